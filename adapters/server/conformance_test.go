package server_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/adapters/adaptertest"
	"github.com/wecom-functions/wecom-functions/adapters/server"
	"github.com/wecom-functions/wecom-functions/core"
)

// way is one way in: how a call becomes a request, and an answer a result.
type way struct {
	name    string
	adapter adaptertest.Adapter
	request func(adaptertest.Call) (path, body string, header http.Header)
	answer  func(t *testing.T, status int, body string) adaptertest.Answer
}

var ways = []way{
	{"plain HTTP", adaptertest.Adapter{HTTP: true}, plain, adaptertest.Responded},
	{"CloudEvent in binary mode", adaptertest.Adapter{HTTP: true, OneWay: true}, binary, acknowledged},
	{"CloudEvent in structured mode", adaptertest.Adapter{HTTP: true, OneWay: true}, structured, acknowledged},
}

func TestConformance(t *testing.T) {
	t.Parallel()
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			way.adapter.Start = way.start
			adaptertest.Run(t, way.adapter)
		})
	}
}

func (w way) start(t *testing.T, settings core.Settings) adaptertest.Invoke {
	t.Helper()
	connector, _ := core.New(settings) // wrong settings are for the calls to answer with
	handler := server.Handler(connector)
	socket := httptest.NewServer(handler)
	t.Cleanup(socket.Close)
	return func(ctx context.Context, t *testing.T, call adaptertest.Call) adaptertest.Answer {
		t.Helper()
		path, body, header := w.request(call)
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, socket.URL+path, strings.NewReader(body))
		require.NoError(t, err)
		request.Header = header
		if deadline, has := ctx.Deadline(); has {
			header.Set("X-Timeout", time.Until(deadline).String())
		}
		if ctx.Err() != nil { // whoever left makes no call over a socket
			recorder := httptest.NewRecorder()
			handler.ServeHTTP(recorder, request)
			return w.answer(t, recorder.Code, recorder.Body.String())
		}
		resp, err := http.DefaultTransport.RoundTrip(request)
		require.NoError(t, err)
		defer resp.Body.Close()
		answer, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		return w.answer(t, resp.StatusCode, string(answer))
	}
}

func plain(call adaptertest.Call) (path, body string, header http.Header) {
	path, query := call.Path()
	return path + "?" + query, call.Input, http.Header{"Content-Type": {"application/json"}}
}

func binary(call adaptertest.Call) (path, body string, header http.Header) {
	return "/", call.Envelope(), http.Header{
		"Content-Type": {"application/json"}, "Ce-Specversion": {"1.0"}, "Ce-Id": {"e-1"}, "Ce-Source": {"/tests"}, "Ce-Type": {"com.example.alert"},
	}
}

func structured(call adaptertest.Call) (path, body string, header http.Header) {
	return "/", `{"specversion":"1.0","id":"e-1","source":"/tests","type":"com.example.alert","data":` + call.Envelope() + `}`,
		http.Header{"Content-Type": {"application/cloudevents+json"}}
}

// acknowledged reads what a broker is answered: nothing, or a problem.
func acknowledged(t *testing.T, status int, body string) adaptertest.Answer {
	t.Helper()
	if status != http.StatusNoContent {
		return adaptertest.Refused(t, body)
	}
	require.Empty(t, body)
	return adaptertest.Answer{}
}
