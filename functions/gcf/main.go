// Command gcf is the connector as a Cloud Run function of Google, deployed as a source of Cloud Run. It serves all
// actions, or those that FUNCTION_TARGET or WECOM_ACTION selects.
//
// It imports adapters/env and adapters/gcf.
package main

import (
	"fmt"
	"os"

	"github.com/wecom-functions/wecom-functions/adapters/env"
	"github.com/wecom-functions/wecom-functions/adapters/gcf"
)

func main() {
	loaded, problems := env.Load(os.Stdout)
	if err := gcf.Start(loaded.Settings, problems, loaded.Host, loaded.Port); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
