package fcfront_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/local/faas/fcfront"
)

// serve has a function of the test be the runtime.
func serve(t *testing.T, runtime http.HandlerFunc) *fcfront.Front {
	t.Helper()
	front, err := fcfront.New()
	require.NoError(t, err)
	server := httptest.NewUnstartedServer(runtime)
	require.NoError(t, server.Listener.Close())
	server.Listener, err = net.Listen("tcp", front.Address())
	require.NoError(t, err)
	server.Start()
	t.Cleanup(server.Close)
	require.NoError(t, front.Ready(t.Context()))
	return front
}

func TestWhatARuntimeIsSent(t *testing.T) {
	t.Parallel()
	var got *http.Request
	var body string
	front := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		got, body = r, string(data)
	})
	_, err := front.Invoke(t.Context(), fcfront.Invocation{
		Payload: []byte("e"), RequestID: "r1", Timeout: 7 * time.Second, Header: map[string]string{"X-Fc-Region": "", "X-Fc-Retry-Count": "2"},
	})
	require.NoError(t, err)
	assert.Equal(t, "POST /invoke", got.Method+" "+got.URL.Path)
	assert.Equal(t, "e", body)
	for name, want := range map[string]string{
		"Content-Type": "application/octet-stream", "X-Fc-Control-Path": "/invoke", "X-Fc-Request-Id": "r1", "X-Fc-Function-Timeout": "7",
		"X-Fc-Region": "", "X-Fc-Retry-Count": "2", "X-Fc-Access-Key-Secret": fcfront.Canary + "-secret",
	} {
		assert.Equal(t, want, got.Header.Get(name), name)
	}
	require.NoError(t, front.Initialize(t.Context()))
	assert.Equal(t, "POST /initialize", got.Method+" "+got.URL.Path)
	require.NoError(t, front.PreStop(t.Context()))
	assert.Equal(t, "GET /pre-stop", got.Method+" "+got.URL.Path)
	assert.Equal(t, "/pre-stop", got.Header.Get("X-Fc-Control-Path"))

	r := httptest.NewRequestWithContext(t.Context(), "POST", "/a?b=c", strings.NewReader("body"))
	r.Header.Set("X-A", "b")
	front.ServeHTTP(httptest.NewRecorder(), r)
	assert.Equal(t, "/a?b=c", got.RequestURI)
	assert.Equal(t, "body", body)
	assert.Equal(t, "b", got.Header.Get("X-A"))
	assert.Equal(t, "/http-invoke", got.Header.Get("X-Fc-Control-Path"))
	assert.Equal(t, "60", got.Header.Get("X-Fc-Function-Timeout"))
}

func TestWhatBecomesOfAnswers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		status int
		said   string // x-fc-status
		failed bool
		wrong  string
	}{
		{"a success", 200, "200", false, ""},
		{"a success without a word", 200, "", false, ""},
		{"a failure", 404, "404", true, ""},
		{"a failure without a word", 404, "", false, `answered 404 with x-fc-status "200"`},
		{"a status that is none of a function", 500, "", false, "answered 500"},
		{"two that do not agree", 200, "404", false, `answered 200 with x-fc-status "404"`},
	} {
		front := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			if test.said != "" {
				w.Header().Set("X-Fc-Status", test.said)
			}
			w.WriteHeader(test.status)
			_, _ = io.WriteString(w, "p")
		})
		answer, err := front.Invoke(t.Context(), fcfront.Invocation{})
		if test.wrong != "" {
			require.ErrorContains(t, err, test.wrong, test.name)
			continue
		}
		require.NoError(t, err, test.name)
		assert.Equal(t, fcfront.Answer{Payload: []byte("p"), Failed: test.failed}, answer, test.name)
		attempts, _, err := front.InvokeAsync(t.Context(), fcfront.Invocation{})
		require.NoError(t, err)
		assert.Equal(t, map[bool]int{false: 1, true: 4}[test.failed], attempts, test.name)
		assert.Equal(t, test.failed, front.Initialize(t.Context()) != nil, test.name)
	}
}

func TestARepeatIsCounted(t *testing.T) {
	t.Parallel()
	var retries, ids []string
	front := serve(t, func(w http.ResponseWriter, r *http.Request) {
		retries, ids = append(retries, r.Header.Get("X-Fc-Retry-Count")), append(ids, r.Header.Get("X-Fc-Request-Id"))
		w.Header().Set("X-Fc-Status", "404")
		w.WriteHeader(http.StatusNotFound)
	})
	_, _, err := front.InvokeAsync(t.Context(), fcfront.Invocation{RequestID: "r1"})
	require.NoError(t, err)
	assert.Equal(t, []string{"0", "1", "2", "3"}, retries)
	assert.Equal(t, []string{"r1", "r1", "r1", "r1"}, ids)
}

func TestHeadersThatOnlyThePlatformSets(t *testing.T) {
	t.Parallel()
	name := "X-A"
	front := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set(name, "b") })
	answer := httptest.NewRecorder()
	front.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), "GET", "/", http.NoBody))
	assert.Equal(t, "b", answer.Header().Get("X-A"))
	assert.Empty(t, answer.Header().Get("Date"))
	name = "X-Fc-Status"
	answer = httptest.NewRecorder()
	front.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), "GET", "/", http.NoBody))
	assert.Equal(t, http.StatusBadGateway, answer.Code)
	for _, given := range []string{"x-fc-request-id", "Connection", "keep-alive"} {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/", http.NoBody)
		r.Header.Set(given, "x")
		answer := httptest.NewRecorder()
		front.ServeHTTP(answer, r)
		assert.Equal(t, http.StatusBadRequest, answer.Code, given)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	front, err := fcfront.New()
	require.NoError(t, err)
	_, err = front.Invoke(t.Context(), fcfront.Invocation{Payload: bytes.Repeat([]byte(" "), 32<<20+1)})
	require.ErrorContains(t, err, "33554433 bytes is refused")
	_, _, err = front.InvokeAsync(t.Context(), fcfront.Invocation{Payload: bytes.Repeat([]byte(" "), 128<<10+1)})
	require.ErrorContains(t, err, "131073 bytes is refused")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	require.ErrorContains(t, front.Ready(ctx), "nothing listens")
	_, err = front.Invoke(t.Context(), fcfront.Invocation{})
	require.Error(t, err)
	answer := httptest.NewRecorder()
	front.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), "GET", "/", http.NoBody))
	assert.Equal(t, http.StatusBadGateway, answer.Code)
}
