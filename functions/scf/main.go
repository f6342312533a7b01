// Command scf is the connector as a function of Tencent Cloud SCF: an event function or a Web function. It serves all
// actions, or those that the function's handler or WECOM_ACTION selects.
//
// It imports adapters/env and adapters/scf.
package main

import (
	"fmt"
	"os"

	"github.com/wecom-functions/wecom-functions/adapters/env"
	"github.com/wecom-functions/wecom-functions/adapters/scf"
)

func main() {
	loaded, problems := env.Load(os.Stdout)
	if err := scf.Start(loaded.Settings, problems); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
