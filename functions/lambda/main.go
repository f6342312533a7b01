// Command lambda is the connector as a function of AWS Lambda. Built as "bootstrap", it serves all actions, or those
// that the function's Handler or WECOM_ACTION selects.
//
// It imports adapters/env and adapters/lambda.
package main

import (
	"os"

	"github.com/wecom-functions/wecom-functions/adapters/env"
	"github.com/wecom-functions/wecom-functions/adapters/lambda"
)

func main() {
	loaded, problems := env.Load(os.Stdout, lambda.Resolvers())
	lambda.Start(loaded.Settings, problems)
}
