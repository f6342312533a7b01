package scf_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/adapters/event"
	"github.com/wecom-functions/wecom-functions/adapters/scf"
	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/caller"
	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

func TestTheHeaderOfAnEvent(t *testing.T) {
	t.Parallel()
	api := scf.RuntimeAPI("10.0.0.1:9001")
	assert.Equal(t, "http://10.0.0.1:9001/runtime/init/ready", api.Ready)
	assert.Equal(t, "http://10.0.0.1:9001/runtime/invocation/next", api.Next)
	assert.Equal(t, "http://10.0.0.1:9001/runtime/invocation/response", api.Response("r1"))
	assert.Equal(t, "http://10.0.0.1:9001/runtime/invocation/error", api.Failure("r1"))
	assert.False(t, api.ByID)
	for _, test := range []struct {
		name   string
		header http.Header
		id     string
		limit  time.Duration
	}{
		{"as documented", http.Header{"Request_id": {"r1"}, "Time_limit_in_ms": {"20000"}}, "r1", 20 * time.Second},
		{"as net/http does not write it", http.Header{"request_id": {"r1"}, "time_limit_in_ms": {"3000"}}, "r1", 3 * time.Second},
		{"with hyphens and a prefix", http.Header{"X-Scf-Request-Id": {"r1"}, "X-Scf-Time-Limit-In-Ms": {"3000"}}, "r1", 3 * time.Second},
		{"two ids", http.Header{"X-Scf-Request-Id": {"r2"}, "Request_id": {"r1"}}, "r1", 0},
		{"nothing", http.Header{"Content-Type": {"application/json"}, "Request_id": {}}, "", 0},
		{"a limit that is none", http.Header{"Request_id": {"r1"}, "Time_limit_in_ms": {"3s"}}, "r1", 0},
	} {
		got := api.Event(test.header)
		assert.Equal(t, event.Call{RequestID: test.id}, got.Call, test.name)
		assert.Equal(t, test.limit, got.Limit, test.name)
	}
}

// deployment is a function of a chatbot before an emulated WeCom.
func deployment(t *testing.T, mode caller.Mode) (*core.Connector, *wecomsim.Sim) {
	t.Helper()
	sim := wecomsim.New()
	t.Cleanup(sim.Close)
	connector, err := core.New(core.Settings{
		Connections: []connection.Settings{{Name: "bot", Type: connection.Chatbot, BaseURL: sim.URL(), Key: connection.Value(wecomsim.SeedChatbotKey)}},
		Callers:     caller.Policy{Mode: mode}, Logger: slog.New(slog.DiscardHandler),
	})
	require.NoError(t, err)
	return connector, sim
}

func TestHalfAnEvent(t *testing.T) {
	t.Parallel()
	connector, sim := deployment(t, caller.Platform)
	events := scf.Events(connector)
	for _, raw := range []string{
		`{"httpMethod":"POST","path":"/actions/chatbot.text.send","body":"{}"}`,
		`{"headers":{},"path":"/actions/chatbot.text.send","body":"{}"}`,
		`{"Type":"Timer","TriggerName":"t"}`,
		`{"Records":[{"CMQ":{"msgBody":"x"}}]}`,
	} {
		_, err := events.Serve(t.Context(), []byte(raw), event.Call{})
		require.ErrorContains(t, err, "invalid_input", raw)
	}
	for _, test := range []struct{ name, members, says string }{
		{"a method that is none", `"httpMethod":7`, "the method of the request is missing"},
		{"not base64", `"httpMethod":"POST","isBase64Encoded":true,"body":"{}"`, "but body, of 2 characters, is not base64"},
		{"neither true nor false", `"httpMethod":"POST","isBase64Encoded":1,"body":"{}"`, "isBase64Encoded is neither true nor false"},
		{"no body", `"httpMethod":"POST"`, `"kind\":\"invalid_input\"`},
		{"null", `"httpMethod":"POST","body":null`, `"kind\":\"invalid_input\"`},
	} {
		raw := `{"path":"/actions/chatbot.text.send","headers":{"content-type":"application/json"},` + test.members + `}`
		answer, err := events.Serve(t.Context(), []byte(raw), event.Call{RequestID: "r1"})
		require.NoError(t, err, test.name)
		assert.Contains(t, string(answer), test.says, test.name)
		assert.Contains(t, string(answer), `"statusCode":4`, test.name)
	}
	assert.Empty(t, sim.Journal())
}

func TestTheHeaderOfARequest(t *testing.T) {
	t.Parallel()
	for mode, want := range map[caller.Mode]int{caller.Undecided: 401, caller.Keys: 401, caller.Platform: 200} {
		connector, _ := deployment(t, mode)
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/actions/chatbot.text.send", strings.NewReader(`{"content":"x"}`))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Scf-Request-Id", "r1")
		r.Header.Set("X-Scf-Timeout", "30")
		w := httptest.NewRecorder()
		scf.Handler(connector).ServeHTTP(w, r)
		assert.Equal(t, want, w.Code, mode)
		assert.Equal(t, "r1", w.Header().Get("X-Request-Id"), mode)
	}
}
