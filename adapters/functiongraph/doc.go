// Package functiongraph runs the connector as a function of Huawei FunctionGraph.
//
// One program is both kinds of function. Where the platform hands over a runtime API (RUNTIME_API_ADDR) it is an event
// function with the runtime Custom: it polls for events of API Gateway (APIG), timers, SMN, and direct invocations;
// package event says how each is read and answered. Elsewhere it is an HTTP function: a server on 127.0.0.1:8000, which
// APIG's requests reach. That it is a loopback address says nothing about who calls, so callers are authenticated.
//
// RUNTIME_HANDLER, the function's handler, selects the action where WECOM_ACTION does not. Event functions find the
// user's variables in RUNTIME_USERDATA; Environment moves them to where all others are.
//
// It may import core/..., adapters/httpapi, adapters/event and adapters/poll.
package functiongraph
