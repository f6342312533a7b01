package main_test

import (
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheImageTrustsTheBundleOfTheMachineOrTheOneThatIsNamed(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	folder := t.TempDir()
	own := filepath.Join(folder, "own.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	require.NoError(t, os.WriteFile(own, certificate, 0o600))
	code, _, problems := packWith(t, []string{"SSL_CERT_FILE=" + own}, root, "-out", folder, "server")
	require.Zero(t, code, problems)
	assert.Equal(t, certificate, contents(t, filepath.Join(folder, "server", "etc", "ssl", "certs", "ca-certificates.crt")))
}

func TestAnImageThatWouldTrustNobodyIsNotPacked(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	empty := filepath.Join(folder, "empty.pem")
	require.NoError(t, os.WriteFile(empty, []byte("no certificate"), 0o600))
	for _, test := range []struct{ name, bundle, says string }{
		{"no bundle", filepath.Join(folder, "nowhere.pem"), "there is no " + filepath.Join(folder, "nowhere.pem")},
		{"a bundle without certificates", empty, "empty.pem holds no certificate"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			out := filepath.Join(t.TempDir(), "dist")
			code, _, problems := packWith(t, []string{"SSL_CERT_FILE=" + test.bundle}, root, "-out", out, "server")
			assert.Equal(t, 1, code)
			assert.Contains(t, problems, test.says)
			assert.Contains(t, problems, "ca-certificates", "what to install")
			assert.NoDirExists(t, out)
		})
	}
}
