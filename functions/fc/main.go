// Command fc is the connector as a function of Alibaba Cloud's Function Compute 3.0, on a custom runtime. Built as
// "bootstrap", it serves all actions, or those that WECOM_ACTION selects.
//
// It imports adapters/env and adapters/fc.
package main

import (
	"fmt"
	"os"

	"github.com/wecom-functions/wecom-functions/adapters/env"
	"github.com/wecom-functions/wecom-functions/adapters/fc"
)

func main() {
	loaded, problems := env.Load(os.Stdout)
	if err := fc.Start(loaded.Settings, problems); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
