// Command azure is the connector as a custom handler of Azure Functions. Its package has a function for each of the
// actions, and functions for the catalogue and for a queue.
//
// It imports adapters/env and adapters/azure.
package main

import (
	"fmt"
	"os"

	"github.com/wecom-functions/wecom-functions/adapters/azure"
	"github.com/wecom-functions/wecom-functions/adapters/env"
)

func main() {
	loaded, problems := env.Load(os.Stdout)
	if err := azure.Start(loaded.Settings, problems); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
