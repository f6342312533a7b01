// Package event serves platforms that hand a function its events as bytes: it turns an event into a call, or into an
// HTTP request, and what comes of it into the bytes that the platform expects.
//
//	events := event.New(connector, event.Options{Dialect: event.AWS, HTTP: httpapi.Handler(connector, httpapi.Options{})})
//	answer, err := events.Serve(ctx, raw, event.Call{RequestID: id})
//
// A request that came over HTTP goes through the handler that is handed in, so that it is authenticated, limited and
// answered just as on a socket. Its failures are answers with a status; Serve has no error for them.
//
// Everything else carries an envelope, {"action":"...","connection":"...","input":{...}}: a direct invocation, the body
// of a queue's record, a notification, the detail of an event, the text given to a timer. In a deployment that is
// limited to exactly one action, "action" may be left out, and so may the whole envelope: what has no "input" is that
// action's input itself. Failures of these are the error of Serve, always a *fault.Error; of a queue's batch, the list
// of records to deliver again.
//
// Triggers that deliver at least once are told to the core, which sends messages under WeCom's duplicate check then.
//
// It may import core/... and the standard library.
package event
