// Package scf runs the connector as a function of Tencent Cloud SCF.
//
// One program is both kinds of function. Where the platform hands over a runtime API (SCF_RUNTIME_API) it is an event
// function with the runtime CustomRuntime: it reports ready and polls for events of function URLs, the older API gateway,
// timers, and direct invocations; package event says how each is read and answered. Elsewhere it is a Web function: a
// server on port 9000 of every address.
//
// _HANDLER, the function's handler, selects the action where WECOM_ACTION does not.
//
// It may import core/..., adapters/httpapi, adapters/event and adapters/poll.
package scf
