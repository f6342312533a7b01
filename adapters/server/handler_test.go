package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/adapters/server"
	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/caller"
	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/local/testlog"
	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

// service is the handler on a real socket, in front of an emulated WeCom.
type service struct {
	url string
	sim *wecomsim.Sim
	log *testlog.Log
}

func serve(t *testing.T, actions ...string) *service {
	t.Helper()
	s := &service{sim: wecomsim.New(), log: &testlog.Log{}}
	t.Cleanup(s.sim.Close)
	connector, err := core.New(core.Settings{
		Actions: actions, Callers: caller.Policy{Mode: caller.Platform}, Logger: slog.New(slog.NewJSONHandler(s.log, nil)),
		Connections: []connection.Settings{
			{
				Name: "default", Type: connection.Application, BaseURL: s.sim.URL(), CorpID: wecomsim.SeedCorpID,
				AgentID: wecomsim.SeedAgentID, Secret: connection.Value(wecomsim.SeedAppSecret),
			},
			{Name: "bot", Type: connection.Chatbot, BaseURL: s.sim.URL(), Key: connection.Value(wecomsim.SeedChatbotKey)},
		},
	})
	require.NoError(t, err)
	socket := httptest.NewServer(server.Handler(connector))
	t.Cleanup(socket.Close)
	s.url = socket.URL
	return s
}

// shows are the texts that reached the emulated phones and groups.
func (s *service) shows() []string { return s.sim.Texts() }

// sample sends the request in a file, and returns the answer and its body.
func sample(t *testing.T, base, file string) (*http.Response, string) {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + file)
	require.NoError(t, err)
	head, body, found := strings.Cut(string(raw), "\n\n")
	require.True(t, found)
	lines := strings.Split(head, "\n")
	path := strings.Fields(lines[0])[1]
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+path, strings.NewReader(body))
	require.NoError(t, err)
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ": ")
		if name == "Host" {
			request.Host = value
			continue
		}
		request.Header.Set(name, value)
	}
	return sent(t, request)
}

func sent(t *testing.T, request *http.Request) (*http.Response, string) {
	t.Helper()
	resp, err := http.DefaultTransport.RoundTrip(request)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp, string(body)
}

func TestSamples(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		file   string
		status int
		id     string // of the request, in answer and log
	}{
		{"cloudevent-binary.http", 204, "2f1c7b0e-5a0b-4a7e-9d2e-0c6a4f2b8d11"},
		{"cloudevent-structured.http", 204, "A234-1234-1234"},
		{"cloudevent-action.http", 204, "7"},
		{"cloudevent-pubsub.http", 204, "9001000000000007"},
		{"openfaas.http", 200, "3b5e6a0c-2f0d-4a35-8c6e-5d0f2c1b9a77"},
	} {
		t.Run(test.file, func(t *testing.T) {
			t.Parallel()
			s := serve(t)
			resp, body := sample(t, s.url, test.file)
			assert.Equal(t, test.status, resp.StatusCode, body)
			assert.Equal(t, test.id, resp.Header.Get("X-Request-Id"))
			assert.Equal(t, []string{"磁盘 db-03 已用 91%"}, s.shows())
			assert.Contains(t, s.log.String(), `"request_id":"`+test.id+`"`)
		})
	}
}

// What is delivered again within WeCom's duplicate check arrives once.
func TestAnEventThatIsDeliveredTwice(t *testing.T) {
	t.Parallel()
	s := serve(t)
	for range 2 {
		resp, body := sample(t, s.url, "cloudevent-binary.http")
		assert.Equal(t, http.StatusNoContent, resp.StatusCode, body)
	}
	assert.Len(t, s.shows(), 1)
}

// A group has no duplicate check, so a call whose outcome is unknown must not come again.
func TestAnEventWhoseOutcomeIsUnknown(t *testing.T) {
	t.Parallel()
	s := serve(t, "chatbot.text.send")
	require.NoError(t, s.sim.SetFaults(wecomsim.Faults{Faults: []wecomsim.Fault{{
		Match: wecomsim.Match{Path: "/cgi-bin/webhook/send"}, Do: wecomsim.Do{Drop: "accepted"},
	}}}))
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url, strings.NewReader(
		`{"specversion":"1.0","id":"e-9","source":"s","type":"t","data":{"content":"once"}}`))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/cloudevents+json")
	resp, body := sent(t, request)
	assert.Equal(t, http.StatusNoContent, resp.StatusCode, body)
	assert.Equal(t, []string{"once"}, s.shows())
	assert.Contains(t, s.log.String(), "acknowledged although its outcome is unknown")
}

func TestProbesOfOpenFaaS(t *testing.T) {
	t.Parallel()
	for _, actions := range [][]string{nil, {"message.text.send"}} { // one action takes every other path
		s := serve(t, actions...)
		for _, path := range []string{"/_/health", "/_/ready"} {
			assert.Equal(t, http.StatusOK, get(t, s.url+path), path)
		}
	}
	broken, _ := core.New(core.Settings{Connections: []connection.Settings{{Name: "default", Type: connection.Application}}})
	socket := httptest.NewServer(server.Handler(broken))
	defer socket.Close()
	assert.Equal(t, http.StatusOK, get(t, socket.URL+"/_/health"))
	assert.Equal(t, http.StatusServiceUnavailable, get(t, socket.URL+"/_/ready"))
}

// calling makes the call of a chatbot, which is delayed, with header fields.
func calling(t *testing.T, base string, fields ...string) *http.Request {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/actions/chatbot.text.send", strings.NewReader(`{"content":"hello"}`))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(fields); i += 2 {
		request.Header.Set(fields[i], fields[i+1])
	}
	return request
}

func TestTheCallerGivesTheTime(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, given string
		want        int
	}{
		{"short of it", "600ms", http.StatusGatewayTimeout},
		{"too short for anything", "1ns", http.StatusServiceUnavailable},
		{"enough", "10s", http.StatusOK},
		{"none", "0s", http.StatusOK},
		{"negative", "-5s", http.StatusOK},
		{"no time at all", "soon", http.StatusOK},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t)
			require.NoError(t, s.sim.SetFaults(wecomsim.Faults{Faults: []wecomsim.Fault{{
				Match: wecomsim.Match{Path: "/cgi-bin/webhook/send"}, Do: wecomsim.Do{DelayMS: 900},
			}}}))
			started := time.Now()
			resp, body := sent(t, calling(t, s.url, "X-Timeout", test.given))
			assert.Equal(t, test.want, resp.StatusCode, body)
			if limit, _ := time.ParseDuration(test.given); test.want == http.StatusGatewayTimeout {
				assert.Less(t, time.Since(started), limit, "the answer comes within the time")
			}
		})
	}
}

func TestTheCallersOwnIDWins(t *testing.T) {
	t.Parallel()
	s := serve(t)
	resp, _ := sent(t, calling(t, s.url, "X-Call-Id", "gateway", "X-Request-Id", "mine"))
	assert.Equal(t, "mine", resp.Header.Get("X-Request-Id"))
	resp, _ = sent(t, calling(t, s.url, "X-Call-Id", "not an id"))
	assert.Len(t, resp.Header.Get("X-Request-Id"), 32, "one of our own")
}

// watchdog stands in for OpenFaaS's of-watchdog in the mode http, as far as a program behind it sees it: paths, queries
// and headers arrive as they were sent, X-Timeout ends the request, and the answer carries the time that it took.
func watchdog(t *testing.T, upstream string) string {
	t.Helper()
	target, err := url.Parse(upstream)
	require.NoError(t, err)
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target); r.Out.Host = r.In.Host },
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) {
			w.Header().Set("X-OpenFaaS-Internal", "of-watchdog")
			w.WriteHeader(http.StatusGatewayTimeout)
		},
	}
	socket := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		if given, err := time.ParseDuration(r.Header.Get("X-Timeout")); err == nil {
			ctx, cancel := context.WithTimeout(r.Context(), given)
			defer cancel()
			r = r.WithContext(ctx)
		}
		w.Header().Set("X-Duration-Seconds", fmt.Sprintf("%f", time.Since(started).Seconds()))
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(socket.Close)
	return socket.URL
}

func TestBehindAWatchdog(t *testing.T) {
	t.Parallel()
	s := serve(t)
	front := watchdog(t, s.url)
	resp, body := sample(t, front, "openfaas.http")
	assert.Equal(t, http.StatusOK, resp.StatusCode, body)
	assert.NotEmpty(t, resp.Header.Get("X-Duration-Seconds"))
	var result struct {
		RequestID string `json:"request_id"`
	}
	require.NoError(t, json.Unmarshal([]byte(body), &result))
	assert.Equal(t, "3b5e6a0c-2f0d-4a35-8c6e-5d0f2c1b9a77", result.RequestID)

	require.NoError(t, s.sim.SetFaults(wecomsim.Faults{Faults: []wecomsim.Fault{{
		Match: wecomsim.Match{Path: "/cgi-bin/webhook/send"}, Do: wecomsim.Do{DelayMS: 2000},
	}}}))
	resp, body = sent(t, calling(t, front, "X-Timeout", "800ms"))
	assert.Equal(t, http.StatusGatewayTimeout, resp.StatusCode)
	assert.Contains(t, body, `"kind":"outcome_unknown"`, "the answer is the connector's, before the watchdog gives up")
}
