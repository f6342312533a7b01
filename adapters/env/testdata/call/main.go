// Command call reads the environment as a function does, calls an address over the transport of its connection, and
// prints what it was answered and how many authorities this process trusts.
//
// It imports adapters/env.
package main

import (
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/wecom-functions/wecom-functions/adapters/env"
)

func main() {
	loaded, err := env.Load(io.Discard)
	fmt.Println("settings:", err)
	request, err := http.NewRequest(http.MethodGet, os.Args[1], http.NoBody)
	if err != nil {
		panic(err)
	}
	answer, err := loaded.Settings.Connections[0].Transport.RoundTrip(request)
	if err != nil {
		fmt.Println("error:", err)
	} else {
		fmt.Println("status:", answer.StatusCode)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		panic(err)
	}
	fmt.Println("authorities:", len(pool.Subjects())) //lint:ignore SA1019 on Linux they are all there
}
