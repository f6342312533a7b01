package httpapi_test

import (
	"io"
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
		{"an id that is none", http.Header{"X-P-Id": {"p1"}, "X-Request-Id": {"two words"}}, "p1", 0},
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

func TestAPlatformWithoutFieldsOfItsOwn(t *testing.T) {
	t.Parallel()
	var got http.Header
	handler := httpapi.Behind(httpapi.Platform{RequestID: "X-Call-Id"},
		http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.Header }))
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", http.NoBody)
	r.Header = http.Header{"X-Call-Id": {"c1"}, "Authorization": {"Bearer k"}}
	handler.ServeHTTP(httptest.NewRecorder(), r)
	assert.Equal(t, http.Header{"X-Call-Id": {"c1"}, "X-Request-Id": {"c1"}, "Authorization": {"Bearer k"}}, got)
}

func TestARequestAtAnotherPath(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/a%2Fb?x=1", http.NoBody)
	assert.Equal(t, "/c?x=1", httpapi.At(r, "/c").URL.String())
	assert.Equal(t, "/a%2Fb?x=1", r.URL.String(), "the request itself stays")
}

// A platform sends on a connection again after the process was frozen for longer than any server keeps an idle one.
func TestAFunctionServerClosesNoIdleConnection(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config = httpapi.NewFunctionServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.RemoteAddr)
	}))
	server.Config.ReadTimeout = 50 * time.Millisecond // what an idle connection gets where nothing else is said
	server.Start()
	t.Cleanup(server.Close)
	var connections []string
	for range 2 {
		time.Sleep(200 * time.Millisecond)
		resp, err := server.Client().Get(server.URL)
		require.NoError(t, err)
		from, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		connections = append(connections, string(from))
	}
	assert.Equal(t, connections[0], connections[1])
}
