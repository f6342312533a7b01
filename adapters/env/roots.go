package env

import (
	"os"
	"runtime"
	"strings"
)

// bundles are where Linux systems have all their authorities in one file, in the order in which crypto/x509 looks for
// it, separated by ":". They are one string so that a build can name others (-ldflags -X).
var bundles = "/etc/ssl/certs/ca-certificates.crt" + // Debian, Alpine
	":/etc/pki/tls/certs/ca-bundle.crt" + // Amazon Linux, Fedora
	":/etc/ssl/ca-bundle.pem" + // openSUSE
	":/etc/pki/tls/cacert.pem" + // OpenELEC
	":/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem" + // Red Hat
	":/etc/ssl/cert.pem" // older Alpine

// trustOneBundle has crypto/x509 take the system's bundle and nothing else, unless the environment says what to take. By
// itself it reads the bundle, and then each file of the certificate directories, which hold the same once more: two
// thirds of what the first call of a cold instance costs. It still loads what it takes at the first handshake.
func trustOneBundle() {
	if runtime.GOOS != "linux" || os.Getenv("SSL_CERT_FILE") != "" || os.Getenv("SSL_CERT_DIR") != "" {
		return
	}
	for path := range strings.SplitSeq(bundles, ":") {
		if hasContent(path) {
			_ = os.Setenv("SSL_CERT_FILE", path) // neither can fail: both are words without a zero byte
			_ = os.Setenv("SSL_CERT_DIR", os.DevNull)
			return
		}
	}
}

// hasContent tells whether there is a file that is not empty.
func hasContent(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Size() > 0
}
