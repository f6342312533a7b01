package functiongraph_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/adapters/event"
	"github.com/wecom-functions/wecom-functions/adapters/functiongraph"
	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/caller"
	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

// The tests of this file that set variables are serial.

func TestUserDataJoinsTheEnvironment(t *testing.T) {
	for _, variable := range []string{"WECOM_A", "WECOM_B", "WECOM_C", "WECOM_D", "WECOM_E"} {
		t.Setenv(variable, "") // so that it is put back
		require.NoError(t, os.Unsetenv(variable))
	}
	t.Setenv("WECOM_SET", "before")
	t.Setenv("WECOM_EMPTY", "")
	t.Setenv("RUNTIME_USERDATA", `{"WECOM_A":"text 你好 %s \"x\"","WECOM_B":1000002,"WECOM_C":true,"WECOM_D":null,"WECOM_E":"","WECOM_SET":"after","WECOM_EMPTY":"after"}`)
	require.NoError(t, functiongraph.Environment())
	assert.Equal(t, `text 你好 %s "x"`, os.Getenv("WECOM_A"))
	assert.Equal(t, "1000002", os.Getenv("WECOM_B"))
	assert.Equal(t, "true", os.Getenv("WECOM_C"))
	_, set := os.LookupEnv("WECOM_D")
	assert.False(t, set)
	_, set = os.LookupEnv("WECOM_E")
	assert.True(t, set)
	assert.Equal(t, "before", os.Getenv("WECOM_SET"), "what is set already stays")
	assert.Empty(t, os.Getenv("WECOM_EMPTY"))
}

func TestNoUserData(t *testing.T) {
	for _, none := range []string{"", "{}", "null"} {
		t.Setenv("RUNTIME_USERDATA", none)
		assert.NoError(t, functiongraph.Environment(), none)
	}
}

func TestUserDataThatIsNone(t *testing.T) {
	const canary = "canary"
	t.Setenv("RUNTIME_USERDATA", `{"WECOM_Y":{},"WECOM_Z":{},"WECOM_X":{}}`)
	assert.Regexp(t, `(?s)WECOM_X must.*WECOM_Y must.*WECOM_Z must`, functiongraph.Environment().Error(), "in one order")
	for _, test := range []struct{ name, data, says string }{
		{"no JSON", `WECOM_DEFAULT_SECRET=canary`, "RUNTIME_USERDATA is not a JSON object"},
		{"broken off", `{"WECOM_DEFAULT_SECRET":"canary`, "RUNTIME_USERDATA is not a JSON object"},
		{"a list", `["canary"]`, "RUNTIME_USERDATA is not a JSON object"},
		{"text", `"canary"`, "RUNTIME_USERDATA is not a JSON object"},
		{"two objects", `{"A":"canary"}{}`, "RUNTIME_USERDATA is not a JSON object"},
		{"an object as a value", `{"WECOM_DEFAULT_SECRET":{"canary":1}}`, "RUNTIME_USERDATA: WECOM_DEFAULT_SECRET must be text, a number, true or false"},
		{"a list as a value", `{"canary":["canary"]}`, "RUNTIME_USERDATA: one of its variables must be text"},
		{"no name", `{"":"canary"}`, "RUNTIME_USERDATA: one of its variables cannot be set"},
		{"a name with =", `{"canary=":"canary"}`, "RUNTIME_USERDATA: one of its variables cannot be set"},
		{"NUL", `{"WECOM_NUL":"canary\u0000"}`, "RUNTIME_USERDATA: WECOM_NUL cannot be set"},
	} {
		t.Setenv("RUNTIME_USERDATA", test.data)
		err := functiongraph.Environment()
		require.ErrorContains(t, err, test.says, test.name)
		assert.NotContains(t, err.Error(), canary, test.name)
	}
}

func TestTheHeaderOfAnEvent(t *testing.T) {
	t.Setenv("RUNTIME_TIMEOUT", "30")
	api := functiongraph.RuntimeAPI("127.0.0.1:9")
	assert.Equal(t, "http://127.0.0.1:9/v1/runtime/invocation/request", api.Next)
	assert.Equal(t, "http://127.0.0.1:9/v1/runtime/invocation/response/a%2Fb", api.Response("a/b"))
	assert.Equal(t, "http://127.0.0.1:9/v1/runtime/invocation/error/r1", api.Failure("r1"))
	header := http.Header{"X-Cff-Request-Id": {"r1"}, "X-Cff-Invoke-Type": {"async"}}
	got := api.Event(header)
	assert.Equal(t, event.Call{RequestID: "r1", AtLeastOnce: true}, got.Call)
	assert.Equal(t, 30*time.Second, got.Limit)
	header.Set("X-Cff-Invoke-Type", "ASYNC")
	assert.True(t, api.Event(header).AtLeastOnce)
	header.Set("X-Cff-Invoke-Type", "sync")
	assert.False(t, api.Event(header).AtLeastOnce)
	for _, wrong := range []string{"", "0", "-3", "3s", "9999999999999"} {
		t.Setenv("RUNTIME_TIMEOUT", wrong)
		assert.Zero(t, functiongraph.RuntimeAPI("127.0.0.1:9").Event(header).Limit, wrong)
	}
}

// deployment is a function of a chatbot before an emulated WeCom.
func deployment(t *testing.T, mode caller.Mode) (*core.Connector, *wecomsim.Sim, *bytes.Buffer) {
	t.Helper()
	sim, log := wecomsim.New(), &bytes.Buffer{}
	t.Cleanup(sim.Close)
	connector, err := core.New(core.Settings{
		Connections: []connection.Settings{{Name: "bot", Type: connection.Chatbot, BaseURL: sim.URL(), Key: connection.Value(wecomsim.SeedChatbotKey)}},
		Callers:     caller.Policy{Mode: mode}, Logger: slog.New(slog.NewJSONHandler(log, nil)),
	})
	require.NoError(t, err)
	return connector, sim, log
}

func TestAnswersHoldTheLimitOfThePlatform(t *testing.T) {
	connector, _, _ := deployment(t, caller.Platform)
	t.Setenv("RUNTIME_MAX_RESP_BODY_SIZE", "100")
	_, err := functiongraph.Events(connector).Serve(t.Context(), []byte(`{"action":"chatbot.text.send","input":{"content":"x"}}`), event.Call{RequestID: strings.Repeat("r", 100)})
	require.ErrorContains(t, err, "the platform passes on at most 100. The action was carried out.")
	t.Setenv("RUNTIME_MAX_RESP_BODY_SIZE", "none")
	_, err = functiongraph.Events(connector).Serve(t.Context(), []byte(`{"action":"chatbot.text.send","input":{"content":"x"}}`), event.Call{RequestID: strings.Repeat("r", 100)})
	require.NoError(t, err)
}

func TestHalfAnAPIGEvent(t *testing.T) {
	t.Parallel()
	connector, sim, _ := deployment(t, caller.Platform)
	events := functiongraph.Events(connector)
	for _, test := range []struct{ name, event, says string }{
		{"no context", `{"httpMethod":"POST","path":"/actions/chatbot.text.send","body":"{}"}`, "httpMethod"},
		{"no method", `{"requestContext":{},"path":"/actions/chatbot.text.send","body":"{}"}`, "requestContext"},
	} {
		_, err := events.Serve(t.Context(), []byte(test.event), event.Call{})
		require.ErrorContains(t, err, test.says, test.name)
	}
	for _, test := range []struct{ name, members, says string }{
		{"a method that is none", `"httpMethod":7`, "the method of the request is missing"},
		{"not base64", `"httpMethod":"POST","path":"/x","isBase64Encoded":true,"body":"{}"`, "isBase64Encoded is true, but body, of 2 characters, is not base64"},
		{"neither true nor false", `"httpMethod":"POST","path":"/x","isBase64Encoded":"true","body":"{}"`, "isBase64Encoded is neither true nor false"},
		{"a body that is no text", `"httpMethod":"POST","path":"/x","isBase64Encoded":false,"body":{}`, "body is not a string"},
		{"no path", `"httpMethod":"POST","isBase64Encoded":false,"body":""`, "There is nothing at this path."},
	} {
		answer, err := events.Serve(t.Context(), []byte(`{"requestContext":{},`+test.members+`}`), event.Call{RequestID: "r1"})
		require.NoError(t, err, test.name)
		assert.Contains(t, string(answer), test.says, test.name)
		assert.NotContains(t, string(answer), `"statusCode":200`, test.name)
	}
	assert.Empty(t, sim.Journal())
}

// call makes a request to an HTTP function.
func call(ctx context.Context, handler http.Handler, header http.Header) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "http://127.0.0.1:8000//actions/chatbot.text.send", strings.NewReader(`{"content":"x"}`))
	r.Header = header
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w
}

func TestTheHeaderOfARequest(t *testing.T) {
	t.Parallel()
	connector, sim, log := deployment(t, caller.Platform)
	handler := functiongraph.Handler(connector)
	assert.Equal(t, "r1", call(t.Context(), handler, http.Header{"X-Cff-Request-Id": {"r1"}}).Header().Get("X-Request-Id"))
	assert.Equal(t, "own", call(t.Context(), handler, http.Header{"X-Cff-Request-Id": {"r1"}, "X-Request-Id": {"own"}}).Header().Get("X-Request-Id"))
	assert.Equal(t, 200, call(t.Context(), handler, http.Header{"X-Cff-Auth-Token": {strings.Repeat("t", 64<<10)}}).Code, "tokens are long")
	assert.NotContains(t, log.String(), "ttttt")

	require.NoError(t, sim.SetFaults(wecomsim.Faults{Faults: []wecomsim.Fault{{Match: wecomsim.Match{Path: "/cgi-bin/webhook/send"}, Do: wecomsim.Do{DelayMS: 3000}}}}))
	began := time.Now()
	assert.Equal(t, 504, call(t.Context(), handler, http.Header{"X-Cff-Timeout": {"1"}}).Code)
	assert.Less(t, time.Since(began), time.Second, "before the platform ends it")
	assert.Equal(t, 504, call(t.Context(), handler, http.Header{"X-Cff-Timeout": {"1"}}).Code)
}

func TestLoopbackIsNoReasonToLetCallersIn(t *testing.T) {
	t.Parallel()
	for mode, want := range map[caller.Mode]int{caller.Undecided: 401, caller.Keys: 401, caller.Platform: 200} {
		connector, _, _ := deployment(t, mode)
		assert.Equal(t, want, call(t.Context(), functiongraph.Handler(connector), http.Header{}).Code, mode)
	}
}
