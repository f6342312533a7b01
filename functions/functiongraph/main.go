// Command functiongraph is the connector as a function of Huawei FunctionGraph: an event function or an HTTP function.
// It serves all actions, or those that the function's handler or WECOM_ACTION selects.
//
// It imports adapters/env and adapters/functiongraph.
package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/wecom-functions/wecom-functions/adapters/env"
	"github.com/wecom-functions/wecom-functions/adapters/functiongraph"
)

func main() {
	unread := functiongraph.Environment()
	loaded, problems := env.Load(os.Stdout)
	if err := functiongraph.Start(loaded.Settings, errors.Join(unread, problems)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
