// Package poll runs the loop of a custom runtime: it asks a platform's runtime API for an event, serves it, hands the
// answer over, and asks again.
//
//	err := poll.Serve(connector, events, poll.API{Next: "http://" + address + "/next", ...})
//
// It loses nothing silently. What cannot be asked for is asked for again, at a growing distance. An answer is handed over
// again where the platform cannot take it for another event's; what was never handed over stands in the log, and is kept:
// an event that comes back for that is answered with it, and not run twice.
//
// It keeps no connection to the runtime API, since one does not survive a freeze between two events. It logs no header and
// no error that could quote one: platforms hand their temporary keys over in them.
//
// It may import core/..., adapters/event and the standard library.
package poll
