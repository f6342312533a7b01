// Package wecom is the client for WeCom's server API: an App talks with access tokens, a Bot with its webhook key.
//
// Do makes one call, and is the only way to make one. It fetches and renews tokens, sends again what may be sent
// again and nothing else, reads the answer strictly and turns every refusal into a *fault.Error with a kind and a
// hint. What it promises:
//
//   - An errcode that is not 0 never becomes a success, nor does an answer without one.
//   - A call is repeated only where that cannot do its effect twice; see Effect.
//   - The context's deadline is kept; package core sets one where there is none. Nothing is left running after a call
//     but idle connections and at most one fetch of a token, which has a limit of its own.
//   - No error holds a URL, a token, a secret or a key.
//
// It imports the standard library, golang.org/x/sync and core packages only.
package wecom
