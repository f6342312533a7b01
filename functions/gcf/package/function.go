// Package function is the connector as "gcloud functions deploy" takes it: the one package at the root of a source, to
// which Google's build adds a main of its own. It registers every function; the entry point is one of their names.
//
// It imports adapters/env, adapters/gcf/framework and functions-framework-go.
package function

import (
	"os"

	// Google's build looks for this import in this very package: without it, it takes the entry point for a Go function.
	_ "github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/wecom-functions/wecom-functions/adapters/env"
	"github.com/wecom-functions/wecom-functions/adapters/gcf/framework"
)

func init() {
	loaded, problems := env.Load(os.Stdout)
	framework.Register(loaded.Settings, problems)
}
