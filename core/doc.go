// Package core is the connector: actions of WeCom behind one way in, Connector.Invoke.
//
//	connector, err := core.New(core.Settings{Connections: []connection.Settings{{
//		Name: "default", Type: connection.Application,
//		CorpID: "ww...", Secret: connection.Value("..."), AgentID: 1000002,
//	}}})
//	result, err := connector.Invoke(ctx, core.Request{
//		Action: "message.text.send",
//		Input:  []byte(`{"touser":"zhangsan","content":"disk db-03 is 91% full"}`),
//	})
//
// It knows no platform: it reads no environment, keeps no global state and starts nothing that outlives a call but
// idle connections and one fetch of a token. Loggers, clocks and transports are handed in.
//
// Stability: this package, connection, caller, fault and the settings of fetch are the Go interface and follow semantic versioning. So do the
// ids, inputs, outputs and errors of the actions. The other packages below core serve these and may change.
//
// It and what is below it import the standard library, golang.org/x and each other only.
package core
