package env_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
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
	"strings"
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
	const crlf = "\r\n"
	large := "# Every authority\n" + machines(t) + strings.ReplaceAll(ours, "\n", crlf) +
		"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----\n" +
		"-----BEGIN TRUSTED CERTIFICATE-----\nAAAA\n-----END TRUSTED CERTIFICATE-----\n" + theirs + "-----BEGIN CERTIFICATE-----\nMIIB"

	for _, test := range []struct {
		name        string
		files       vars
		environment []string
		says, trust string
	}{
		{"the bundle", vars{"first.pem": ours}, nil, trusted, "first.pem"},
		{"a bundle of everything, with things that are no certificates", vars{"first.pem": large}, nil, trusted, "first.pem"},
		{"an authority that is not in the bundle", vars{"first.pem": theirs}, nil, unknown, "first.pem"},
		{"the first bundle alone", vars{"first.pem": theirs, "second.pem": ours}, nil, unknown, "first.pem"},
		{"the first bundle that holds certificates", vars{"first.pem": "nothing", "second.pem": ours + theirs}, nil, trusted, "second.pem"},
		{"the first bundle that is a file", vars{"first.pem/x": ours, "second.pem": theirs}, nil, unknown, "second.pem"},
		{"no bundle", vars{"other.pem": ours}, nil, unknown, systems},
		{"SSL_CERT_FILE", vars{"first.pem": theirs, "own.pem": ours}, []string{"SSL_CERT_FILE=own.pem"}, trusted, systems},
		{"SSL_CERT_DIR", vars{"first.pem": theirs, "own/a.pem": ours}, []string{"SSL_CERT_DIR=own"}, trusted, systems},
		{"both, and an unknown authority", vars{"first.pem": ours, "own.pem": theirs}, []string{"SSL_CERT_FILE=own.pem", "SSL_CERT_DIR=none"}, unknown, systems},
	} {
		t.Run(test.name, func(t *testing.T) {
			call := exec.CommandContext(t.Context(), program, server.URL)
			if test.trust != systems {
				call.Args = append(call.Args, test.trust)
			}
			call.Dir, call.Env = folder(t, test.files), append([]string{"WECOM_DEFAULT_KEY=" + validKey}, test.environment...)
			output, err := call.CombinedOutput()
			require.NoError(t, err, string(output))
			assert.Equal(t, "settings: <nil>\nbefore: "+systems+"\n"+test.says+"\nafter: "+test.trust+"\n", string(output))
		})
	}
}

// A proxy is spoken to over TLS, too, even for a call that is not.
func TestTheBundleIsTrustedOfProxies(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the authorities are a matter of files on Linux alone")
	}
	ours, certificate := authority(t)
	proxy := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	proxy.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	proxy.StartTLS()
	t.Cleanup(proxy.Close)
	call := exec.CommandContext(t.Context(), build(t, "first.pem"), "http://wecom.invalid/", "first.pem")
	call.Dir, call.Env = folder(t, vars{"first.pem": ours}), []string{"WECOM_DEFAULT_KEY=" + validKey, "WECOM_DEFAULT_PROXY_URL=" + proxy.URL}
	output, err := call.CombinedOutput()
	require.NoError(t, err, string(output))
	assert.Contains(t, string(output), "status: 418\nafter: first.pem\n")
}

const (
	systems = "the system's"
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

// machines is this machine's bundle, if it has one.
func machines(t *testing.T) string {
	t.Helper()
	content, err := os.ReadFile("/etc/ssl/certs/ca-certificates.crt")
	if err != nil {
		t.Log("this machine has no bundle; the test goes on with a small one")
	}
	return string(content)
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
