// Package fcfront stands in for Alibaba Cloud's Function Compute 3.0 before a custom runtime: it says which port it will
// call, waits until something listens there, and calls.
//
//	front, err := fcfront.New()
//	start("bootstrap", front.Environment())
//	err = front.Ready(ctx)
//	answer, err := front.Invoke(ctx, fcfront.Invocation{Payload: event})
//	http.Serve(listener, front) // the HTTP trigger
//
// It keeps to the documents: x-fc-control-path says what a call is, the header of every call has temporary keys, a failure
// of a function is a 404 with x-fc-status, asynchronous invocations are repeated three times after a failure, and there are
// headers that neither callers nor functions may set.
//
// It imports the standard library only.
package fcfront
