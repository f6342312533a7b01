// Package azurehost stands in for the Azure Functions host before a custom handler: it reads the folder of an app as
// Azure does, says which port it will call, waits for the handler to answer there, and hands over requests and messages.
//
//	app, err := azurehost.Open(folder)
//	start(app.Executable(), app.Environment())
//	err = app.Ready(ctx)
//	http.Serve(listener, app)                              // what callers reach
//	delivery, err := app.Enqueue(ctx, "wecom-calls", text) // a message in a queue
//
// It keeps to what the host's own source shows: three ways to hand over a request (SetMode), an envelope of which strings
// are written as JSON once more, bodies that are missing without a Content-Length, a status other than 2xx as a failed
// invocation, strings in outputs that are decoded where they look like base64. Keys of functions are checked; there is one.
// Open is strict where Azure would fall back to a default in silence. It is the test of our function.json: the schema that
// is published, read as the draft that it names, refuses every trigger of HTTP.
//
// It imports the standard library only.
package azurehost
