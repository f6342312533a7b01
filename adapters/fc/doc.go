// Package fc runs the connector as a function of Alibaba Cloud's Function Compute 3.0, on a custom runtime: a server that
// the platform calls. The header x-fc-control-path says what for:
//
//	/http-invoke   a request over HTTP, as its caller sent it
//	/invoke        an event: a direct invocation, the text of a timer, the message of a topic; package event reads it
//	/initialize    before the first call, where that is configured: nothing is to be done
//	/pre-stop      before the end, where that is configured: nothing is to be done
//
// A function starts whatever is wrong with its settings, and says so to every caller; so /initialize succeeds, too.
// WECOM_ACTION alone selects what may be run: the handler of a custom runtime means nothing, and the name of a function
// is its owner's.
//
// The platform gives each call temporary keys of the function's role. They are taken off before anything reads the
// request.
//
// It may import core/..., adapters/httpapi, adapters/event and the standard library.
package fc
