// Package httpapi is the HTTP face of the connector: the net/http handler that every HTTP-shaped platform and the
// container server share, and a server with the limits that it needs.
//
//	POST /actions/{id}       runs an action; the body is its input
//	POST /                   takes a CloudEvent, where Options.Deliver is set; so does the path of an action
//	GET  /actions            the actions that may be run here
//	GET  /actions/{id}       one action: JSON Schemas of input and output, examples, what it is refused with
//	GET  /openapi.json       all of it as OpenAPI 3.1
//	GET  /health/live        whether the process serves
//	GET  /health/ready       whether the settings are right
//
// A deployment that is limited to exactly one action serves it on every other path too, since platforms that front a
// function choose paths of their own. Everything but /health/ is for callers that core/caller accepts.
//
// A failure is an RFC 9457 problem (application/problem+json) made from the one error type of the core. What net/http
// refuses by itself, before there is a request to speak of, is plain text: broken headers, and those over its limit.
//
// It may import core/..., its own openapi package, golang.org/x/sync and the standard library.
package httpapi
