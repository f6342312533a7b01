// Command call reads the environment as a function does, calls an address over the transport of its connection, and
// prints what it was answered and whom it trusts: nobody of its own choice, or the certificates of a bundle.
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
	transport := loaded.Settings.Connections[0].Transport.(*http.Transport)
	fmt.Println("before:", describe(transport.TLSClientConfig.RootCAs))
	request, err := http.NewRequest(http.MethodGet, os.Args[1], http.NoBody)
	if err != nil {
		panic(err)
	}
	answer, err := transport.RoundTrip(request)
	if err != nil {
		fmt.Println("error:", err)
	} else {
		fmt.Println("status:", answer.StatusCode)
	}
	fmt.Println("after:", describe(transport.TLSClientConfig.RootCAs))
}

func describe(roots *x509.CertPool) string {
	if roots == nil {
		return "the system's"
	}
	for _, path := range os.Args[2:] {
		content, err := os.ReadFile(path)
		if err != nil {
			panic(err)
		}
		same := x509.NewCertPool()
		if same.AppendCertsFromPEM(content) && roots.Equal(same) {
			return path
		}
	}
	return "others"
}
