// Package child runs the programs of the project in tests as a platform runs them: built, and as processes of their own.
//
//	func TestMain(m *testing.M) { child.Main(m) }
//
//	program := child.Build(t, "./functions/lambda", "lambda.norpc,nethttpomithttp2")       // or child.Unpack(t, "lambda") + "/bootstrap"
//	process := child.Start(t, program, child.Enterprise(sim.URL(), "_HANDLER=message.*")...)
//	process.Logs.WaitFor(t, "listening")
//
// Function is a program that is deployed before an emulated WeCom, and Poller one that polls a runtime API for its events.
//
// It may import local/wecomsim, local/testlog, testify and the standard library.
package child
