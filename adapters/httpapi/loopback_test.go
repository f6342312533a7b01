package httpapi_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/adapters/httpapi"
	"github.com/wecom-functions/wecom-functions/core/fault"
)

func TestLoopbackOnly(t *testing.T) {
	t.Parallel()
	guarded := httpapi.LoopbackOnly(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for _, test := range []struct {
		name, host, field, value, reason string // reason "" is let through
	}{
		{"by name", "localhost:8080", "", "", ""},
		{"by address", "127.0.0.1", "", "", ""},
		{"by IPv6 address", "[::1]:8080", "", "", ""},
		{"by IPv6 address without a port", "[::1]", "", "", ""},
		{"its own origin", "localhost:8080", "Origin", "http://localhost:8080", ""},
		{"another origin", "localhost:8080", "Origin", "https://attacker.example", "origin"},
		{"a cross-site fetch", "localhost:8080", "Sec-Fetch-Site", "cross-site", "origin"},
		{"a name that was pointed here", "attacker.example:8080", "", "", "host"},
		{"a name that begins like ours", "localhost.attacker.example", "", "", "host"},
		{"no host", "", "", "", "host"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/actions/x", http.NoBody)
			r.Host = test.host
			r.Header.Set("X-Request-Id", "req-1")
			if test.field != "" {
				r.Header.Set(test.field, test.value)
			}
			w := httptest.NewRecorder()
			guarded.ServeHTTP(w, r)
			if test.reason == "" {
				assert.Equal(t, http.StatusOK, w.Code)
				return
			}
			assert.Equal(t, http.StatusForbidden, w.Code)
			assert.Equal(t, "application/problem+json", w.Header().Get("Content-Type"))
			var problem fault.Problem
			require.NoError(t, json.Unmarshal(w.Body.Bytes(), &problem))
			assert.Equal(t, fault.Forbidden, problem.Kind)
			assert.Equal(t, test.reason, problem.Reason)
			assert.Equal(t, "req-1", problem.RequestID)
		})
	}
}
