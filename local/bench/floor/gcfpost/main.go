// Command gcfpost is a function of Google Cloud that answers each request with one POST to WeCom at FLOOR_URL, with the
// token FLOOR_TOKEN: package floor's handler, served by functions-framework-go.
//
// It imports local/bench/floor and functions-framework-go.
package main

import (
	"log"
	"os"

	"github.com/GoogleCloudPlatform/functions-framework-go/funcframework"
	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/wecom-functions/wecom-functions/local/bench/floor"
)

func main() {
	handler := floor.Handler(floor.NewClient(os.Getenv("FLOOR_URL"), os.Getenv("FLOOR_TOKEN")))
	functions.HTTP(os.Getenv("FUNCTION_TARGET"), handler.ServeHTTP)
	log.Fatal(funcframework.StartHostPort("127.0.0.1", os.Getenv("PORT")))
}
