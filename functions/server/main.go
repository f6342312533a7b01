// Command server serves the connector over HTTP, in a container or on a machine of one's own.
//
// It is set up by environment variables; -help lists them. Log lines go to standard output, and why it does not start
// to standard error.
//
// It imports adapters/env and adapters/server.
package main

import (
	"os"

	"github.com/wecom-functions/wecom-functions/adapters/env"
	"github.com/wecom-functions/wecom-functions/adapters/server"
)

func main() {
	loaded, problems := env.Load(os.Stdout)
	os.Exit(server.Main(server.Program{
		Args: os.Args[1:], Settings: loaded.Settings, Problems: problems, Host: loaded.Host, Port: loaded.Port,
		Help: env.Table(), Stdout: os.Stdout, Stderr: os.Stderr,
	}))
}
