package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/adapters/httpapi"
)

func TestBehindAPlatform(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		header http.Header
		id     string
		limit  time.Duration // 0 for none
	}{
		{"what the platform says", http.Header{"X-P-Id": {"p1"}, "X-P-Timeout": {"3"}, "X-P-Token": {"t"}}, "p1", 3*time.Second - 250*time.Millisecond},
		{"the caller's own id", http.Header{"X-P-Id": {"p1"}, "X-Request-Id": {"own"}}, "own", 0},
		{"nothing", http.Header{}, "", 0},
		{"no time", http.Header{"X-P-Timeout": {"0"}}, "", 0},
		{"no number", http.Header{"X-P-Timeout": {"3s"}}, "", 0},
		{"a number that is none of time", http.Header{"X-P-Timeout": {"99999999999999999999"}}, "", 0},
	} {
		var got *http.Request
		handler := httpapi.Behind(
			httpapi.Platform{Prefix: "X-P-", RequestID: "X-P-Id", Timeout: "X-P-Timeout", Reserve: 250 * time.Millisecond},
			http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r }),
		)
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", http.NoBody)
		r.Header = test.header
		r.Header.Set("X-Other", "stays")
		handler.ServeHTTP(httptest.NewRecorder(), r)
		require.NotNil(t, got, test.name)
		assert.Equal(t, test.id, got.Header.Get("X-Request-Id"), test.name)
		assert.Equal(t, "stays", got.Header.Get("X-Other"), test.name)
		for name := range got.Header {
			assert.NotContains(t, name, "X-P-", test.name)
		}
		deadline, has := got.Context().Deadline()
		assert.Equal(t, test.limit != 0, has, test.name)
		if has {
			assert.WithinDuration(t, time.Now().Add(test.limit), deadline, time.Second, test.name)
		}
	}
}
