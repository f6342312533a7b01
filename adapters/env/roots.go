package env

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"strings"
	"sync"
)

// bundles are where Linux systems have all their authorities in one file, in the order in which crypto/x509 looks for
// it, separated by ":". They are one string so that a build can name others (-ldflags -X).
var bundles = "/etc/ssl/certs/ca-certificates.crt" + // Debian, Alpine
	":/etc/pki/tls/certs/ca-bundle.crt" + // Amazon Linux, Fedora
	":/etc/ssl/ca-bundle.pem" + // openSUSE
	":/etc/pki/tls/cacert.pem" + // OpenELEC
	":/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem" + // Red Hat
	":/etc/ssl/cert.pem" // older Alpine

// trustBundle has the transport trust the system's bundle, which is loaded when the first connection over TLS is needed.
// Where the environment says what to trust, or there is no bundle, crypto/x509 loads what it always does: the bundle, and
// then each file of the certificate directories, which hold the same once more. That is two thirds of what the first call
// of a cold instance costs.
func trustBundle(transport *http.Transport) {
	if runtime.GOOS != "linux" || os.Getenv("SSL_CERT_FILE") != "" || os.Getenv("SSL_CERT_DIR") != "" {
		return
	}
	proxy, tls := transport.Proxy, transport.TLSClientConfig
	load := sync.OnceFunc(func() { tls.RootCAs = bundle() })
	// net/http asks for the proxy of each request, before it opens a connection and looks at what to trust on it.
	transport.Proxy = func(request *http.Request) (*url.URL, error) {
		through, err := proxy(request)
		if request.URL.Scheme == "https" || through != nil && through.Scheme == "https" {
			load()
		}
		return through, err
	}
}

// bundle is the first bundle that holds certificates; nil if there is none.
func bundle() *x509.CertPool {
	for path := range strings.SplitSeq(bundles, ":") {
		content, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		if pool, found := certificates(content); found {
			return pool
		}
	}
	return nil
}

var (
	opening = []byte("-----BEGIN CERTIFICATE-----")
	closing = []byte("-----END CERTIFICATE-----")
	newline = []byte("\n")
)

// certificates reads a bundle. AppendCertsFromPEM reads the same; but half of its time goes into lines, and this comes out
// of a cold start.
func certificates(content []byte) (pool *x509.CertPool, found bool) {
	pool = x509.NewCertPool()
	for {
		_, opened, begins := bytes.Cut(content, opening)
		encoded, rest, ends := bytes.Cut(opened, closing)
		if !begins || !ends {
			return pool, found
		}
		content = rest
		der, err := base64.StdEncoding.AppendDecode(nil, bytes.ReplaceAll(encoded, newline, nil))
		if err != nil {
			continue
		}
		if certificate, err := x509.ParseCertificate(der); err == nil {
			pool.AddCert(certificate)
			found = true
		}
	}
}
