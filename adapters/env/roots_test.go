package env_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Each case is a process of its own, in a folder of its own: a process loads the authorities once.
func TestWhichAuthoritiesAreTrusted(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the authorities are a matter of files on Linux alone")
	}
	ours, certificate := authority(t)
	theirs, _ := authority(t)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	program := build(t, "first.pem:second.pem")
	pool, err := x509.SystemCertPool()
	require.NoError(t, err)
	system := len(pool.Subjects()) //lint:ignore SA1019 on Linux they are all there

	for _, test := range []struct {
		name        string
		files       vars
		environment []string
		says        string
		authorities int // 0: as many as it may be
	}{
		{"the bundle, and not the directories", vars{"first.pem": ours}, nil, trusted, 1},
		{"an authority that is not in the bundle", vars{"first.pem": theirs}, nil, unknown, 1},
		{"the first bundle that is not empty", vars{"first.pem": "", "second.pem": ours + theirs}, nil, trusted, 2},
		{"the first bundle that is a file", vars{"first.pem/x": ours, "second.pem": theirs}, nil, unknown, 1},
		{"the first bundle alone", vars{"first.pem": theirs, "second.pem": ours}, nil, unknown, 1},
		{"no bundle: what the system has", vars{"other.pem": ours}, nil, unknown, system},
		{"SSL_CERT_FILE, and the directories as ever", vars{"first.pem": theirs, "own.pem": ours}, []string{"SSL_CERT_FILE=own.pem"}, trusted, system + 1},
		{"SSL_CERT_DIR, and the system's bundle as ever", vars{"first.pem": theirs, "own/a.pem": ours}, []string{"SSL_CERT_DIR=own"}, trusted, 0},
		{"both variables", vars{"first.pem": theirs, "own/a.pem": ours}, []string{"SSL_CERT_FILE=none", "SSL_CERT_DIR=own"}, trusted, 1},
		{"both variables, and an unknown authority", vars{"first.pem": ours, "own.pem": theirs}, []string{"SSL_CERT_FILE=own.pem", "SSL_CERT_DIR=none"}, unknown, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			call := exec.CommandContext(t.Context(), program, server.URL)
			call.Dir, call.Env = folder(t, test.files), append([]string{"WECOM_DEFAULT_KEY=" + validKey}, test.environment...)
			output, err := call.CombinedOutput()
			require.NoError(t, err, string(output))
			assert.Contains(t, string(output), "settings: <nil>\n"+test.says+"\n")
			if test.authorities > 0 {
				assert.Contains(t, string(output), fmt.Sprintf("\nauthorities: %d\n", test.authorities))
			}
		})
	}
}

const (
	trusted = "status: 200"
	unknown = "error: tls: failed to verify certificate: x509: certificate signed by unknown authority"
)

// build compiles the program with bundles in other places than a system's.
func build(t *testing.T, bundles string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "call")
	compile := exec.CommandContext(t.Context(), "go", "build", "-o", program,
		"-ldflags", "-X github.com/wecom-functions/wecom-functions/adapters/env.bundles="+bundles, "./testdata/call")
	compile.Env = append(os.Environ(), "CGO_ENABLED=0")
	output, err := compile.CombinedOutput()
	require.NoError(t, err, string(output))
	return program
}

// folder makes one that holds the files.
func folder(t *testing.T, files vars) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		path := filepath.Join(root, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	}
	return root
}

// authority makes an authority that is its own server on loopback.
func authority(t *testing.T) (encoded string, server tls.Certificate) {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: rand.Text()},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	signed, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	block := &pem.Block{Type: "CERTIFICATE", Bytes: signed}
	return string(pem.EncodeToMemory(block)), tls.Certificate{Certificate: [][]byte{signed}, PrivateKey: key}
}
