package load_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wecom-functions/wecom-functions/local/bench/load"
)

func driver(t *testing.T, connections int, handler http.HandlerFunc) *load.Driver {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	addr := server.Listener.Addr().String()
	d, err := load.Dial(addr, load.Request(addr, "/path", "Bearer key", []byte(`{"a":1}`)), connections)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

func TestDriverSendsTheRequest(t *testing.T) {
	var served atomic.Int64
	d := driver(t, 3, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // compared below
		if r.URL.Path != "/path" || r.Header.Get("Authorization") != "Bearer key" || string(body) != `{"a":1}` {
			w.WriteHeader(http.StatusBadRequest)
		}
		served.Add(1)
		io.WriteString(w, "an answer")
	})
	result, err := d.Times(100)
	if err != nil || result.Requests != 100 || served.Load() != 100 {
		t.Errorf("%d requests, %d served, %v", result.Requests, served.Load(), err)
	}
	if result.PerSecond() <= 0 || result.Percentile(50) > result.Percentile(99) {
		t.Errorf("result: %+v", result)
	}
	if result, err = d.For(20 * time.Millisecond); err != nil || result.Requests == 0 {
		t.Errorf("%d requests, %v", result.Requests, err)
	}
}

func TestDriverInsistsOnSuccess(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"answered HTTP/1.1 503 Service Unavailable: too busy": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusServiceUnavailable)
			io.WriteString(w, "too busy")
		},
		"without Content-Length": func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, strings.Repeat("long ", 10_000))
		},
	} {
		d := driver(t, 1, handler)
		if _, err := d.Times(1); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("error %v, want %q", err, name)
		}
	}
}
