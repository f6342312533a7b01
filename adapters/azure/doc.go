// Package azure runs the connector as a custom handler of Azure Functions: a server on loopback that the Functions host
// starts, and hands over every event to.
//
// What it is asked, and how it tells:
//
//	GET /               the host's question whether the server is there; answered without a word
//	/api/...            a request over HTTP as its caller sent it (enableProxyingHttpRequest or enableForwardingHttpRequest)
//	POST /<function>    an event in the host's own envelope, for the function of that name: HTTP where neither of the two is
//	                    set, and everything else: a message of a queue or of the Service Bus
//
// The function's name selects the action, in any of its spellings; a function of another name runs what the request's
// path or the message's envelope says. A request over HTTP may come by a function's name, too: /api/<function>.
//
// The host is reached from everywhere, so its being on this machine proves nothing: requests over HTTP need an API key,
// or the platform's own authentication. An envelope needs none; therefore it is only taken where no caller can put it: not
// below /api/, and not with the header that Azure's front end gives to whatever came from outside.
//
// It may import core/..., adapters/httpapi, adapters/event and the standard library.
package azure
