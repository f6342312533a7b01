// Command googlefunction is functions/gcf/package with what Google's build puts before it: the server of
// functions-framework-go.
//
// It imports functions/gcf/package and functions-framework-go.
package main

import (
	"log"
	"os"

	"github.com/GoogleCloudPlatform/functions-framework-go/funcframework"

	_ "github.com/wecom-functions/wecom-functions/functions/gcf/package"
)

func main() { log.Fatal(funcframework.StartHostPort("127.0.0.1", os.Getenv("PORT"))) }
