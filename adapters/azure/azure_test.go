package azure_test

import (
	"bytes"
	"crypto/sha256"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/adapters/adaptertest"
	"github.com/wecom-functions/wecom-functions/adapters/azure"
	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/caller"
	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

const invocation = "ab5c1b4e-7a41-4d1e-8c3a-0f9e8d7c6b5a"

// app is a custom handler in this process, before an emulated WeCom with one chatbot.
type app struct {
	sim     *wecomsim.Sim
	log     bytes.Buffer
	handler http.Handler
}

func deploy(t *testing.T, callers caller.Policy, actions ...string) *app {
	t.Helper()
	a := &app{sim: wecomsim.New()}
	t.Cleanup(a.sim.Close)
	connector, err := core.New(core.Settings{
		Connections: adaptertest.Connections(a.sim.URL()),
		Actions:     actions, Callers: callers, Logger: slog.New(slog.NewJSONHandler(&a.log, nil)),
	})
	require.NoError(t, err)
	a.handler = azure.Handler(connector)
	return a
}

var platform = caller.Policy{Mode: caller.Platform}

// do makes a request as the host does; more is header fields, name and value by turns.
func (a *app) do(t *testing.T, method, target, body string, more ...string) *httptest.ResponseRecorder {
	t.Helper()
	more = append([]string{"X-Azure-Functions-InvocationId", invocation}, more...)
	return adaptertest.Serve(a.handler, adaptertest.Request(t.Context(), method, target, body, more...))
}

func (a *app) texts() []string { return a.sim.Texts() }

const hello = `{"content":"hello"}`

// queued is the host's envelope of a message that holds a call.
func queued(call string) string { return envelope("message", call) }

const helloCall = `{"action":"chatbot.text.send","input":` + hello + `}`

func TestTheHostIsToldThatTheServerIsThere(t *testing.T) {
	t.Parallel()
	a := deploy(t, caller.Policy{})
	answer := a.do(t, http.MethodGet, "/", "")
	assert.Equal(t, http.StatusNoContent, answer.Code)
	assert.Empty(t, answer.Body.String())
	assert.Empty(t, answer.Header(), "nothing is revealed")
	assert.Empty(t, a.log.String())
	assert.Equal(t, http.StatusUnauthorized, a.do(t, http.MethodPost, "/", hello).Code, "nothing else is to be had there")
	assert.Equal(t, http.StatusUnauthorized, a.do(t, http.MethodGet, "/x", "").Code)
}

func TestPathsOverHTTP(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		method, target string
		want           int
		says           string
	}{
		{"POST", "/api/actions/chatbot.text.send", 200, `"action":"chatbot.text.send"`},
		{"POST", "/api/wecom-chatbot-text-send", 200, `"action":"chatbot.text.send"`},
		{"POST", "/api/ChatbotTextSend", 200, `"action":"chatbot.text.send"`},
		{"POST", "/api//actions//chatbot.text.send", 200, `"action":"chatbot.text.send"`},
		{"POST", "/api/actions/chatbot.text.send?connection=bot", 200, `"action":"chatbot.text.send"`},
		{"GET", "/api/actions/chatbot.text.send", 200, `"examples"`},
		{"GET", "/api/actions", 200, `"chatbot.text.send"`},
		{"GET", "/api/openapi.json", 200, `"openapi"`},
		{"GET", "/api/health/ready", 200, `"ok"`},
		{"POST", "/api/actions/chatbot%2Etext.send", 404, `"reason":"action"`},
		{"POST", "/api/wecom-chatbot%2Dtext-send", 404, `"reason":"path"`},
		{"POST", "/api/wecom-queue", 404, `"reason":"path"`},
		{"POST", "/api/chatbot.*", 404, `"reason":"path"`},
		{"POST", "/api", 400, "Data and Metadata"}, // a function that is called api
		{"POST", "/apiary/actions/chatbot.text.send", 404, `"reason":"path"`},
		{"POST", "/actions/chatbot.text.send", 200, `"action":"chatbot.text.send"`}, // host.json with an empty prefix
		{"PUT", "/api/actions/chatbot.text.send", 405, `"reason":"method_not_allowed"`},
	} {
		answer := deploy(t, platform).do(t, test.method, test.target, hello)
		assert.Equal(t, test.want, answer.Code, "%s %s: %s", test.method, test.target, answer.Body)
		assert.Contains(t, answer.Body.String(), test.says, test.target)
	}
}

func TestTheInvocationIsTheRequestID(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ target, body string }{
		{"/api/actions/chatbot.text.send", hello},
		{"/wecom-chatbot-text-send", envelope("req", object{
			"Url": "https://a/api/x", "Method": "POST", "Headers": object{"Content-Type": []string{"application/json"}}, "Body": hello,
		})},
		{"/wecom-chatbot-text-send", queued(hello)},
	} {
		a := deploy(t, platform)
		require.Equal(t, http.StatusOK, a.do(t, http.MethodPost, test.target, test.body).Code)
		assert.Contains(t, a.log.String(), `"request_id":"`+invocation+`"`, test.target)
		assert.Equal(t, []string{"hello"}, a.texts())
	}
	answer := deploy(t, platform).do(t, http.MethodPost, "/api/actions/chatbot.text.send", hello, "X-Request-Id", "mine")
	assert.Equal(t, "mine", answer.Header().Get("X-Request-Id"), "the caller's own goes before")
}

func TestFunctionsByTheirNames(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		function, message string
		want              int
	}{
		{"wecom-chatbot-text-send", hello, 200},
		{"ChatbotTextSend", hello, 200},
		{"chatbot_text_send", helloCall, 200},
		{"wecom-queue", helloCall, 200},
		{"wecom-queue", hello, 400},
		{"wecom-message-text-send", helloCall, 403},
		{"wecom-chatbot", hello, 400},
	} {
		answer := deploy(t, platform).do(t, http.MethodPost, "/"+test.function, queued(test.message))
		assert.Equal(t, test.want, answer.Code, "%s: %s", test.function, answer.Body)
	}
	a := deploy(t, platform, "chatbot.text.send")
	assert.Equal(t, 200, a.do(t, http.MethodPost, "/wecom-queue", queued(hello)).Code, "an app of one action needs no envelope")
	assert.Equal(t, 403, a.do(t, http.MethodPost, "/wecom-chatbot-news-send", queued(`{}`)).Code)
}

// Whoever may send requests over HTTP without a key must not be able to send what needs none.
func TestNoCallerCanSendAnEnvelope(t *testing.T) {
	t.Parallel()
	keys := caller.Policy{Mode: caller.Keys, Keys: []caller.Key{{Name: "ci", Hash: sha256.Sum256([]byte("a-key"))}}}
	for _, target := range []string{"/api/wecom-queue", "/api/wecom-chatbot-text-send", "/api/", "/api//wecom-queue", "/wecom-queue/x", "//wecom-queue"} {
		a := deploy(t, keys)
		assert.Equal(t, http.StatusUnauthorized, a.do(t, http.MethodPost, target, queued(helloCall)).Code, target)
		assert.Empty(t, a.texts())
	}
	a := deploy(t, keys)
	answer := a.do(t, http.MethodPost, "/wecom-queue", queued(helloCall), "X-ARR-LOG-ID", "3c9a4a9e-2f43-4a52-8f0b-7f9d6c5b4a39")
	assert.Equal(t, http.StatusUnauthorized, answer.Code, "a catch-all route without a prefix leads here")
	assert.Empty(t, a.texts())
	answer = a.do(t, http.MethodPost, "/api/actions/chatbot.text.send", hello, "Authorization", "Bearer a-key")
	assert.Equal(t, http.StatusOK, answer.Code, answer.Body)
}

func TestFailuresOfAMessageAreProblems(t *testing.T) {
	t.Parallel()
	answer := deploy(t, platform).do(t, http.MethodPost, "/wecom-queue", queued("at noon"))
	assert.Equal(t, http.StatusBadRequest, answer.Code)
	assert.Equal(t, "application/problem+json", answer.Header().Get("Content-Type"))
	assert.Contains(t, answer.Body.String(), `"request_id":"`+invocation+`"`)
}

func TestAMisconfiguredAppSaysSo(t *testing.T) {
	t.Parallel()
	handler := azure.Handler(core.Misconfigured(core.Settings{Logger: slog.New(slog.DiscardHandler)}, os.ErrInvalid))
	a := &app{handler: handler}
	assert.Equal(t, http.StatusNoContent, a.do(t, http.MethodGet, "/", "").Code, "it starts")
	for _, target := range []string{"/api/actions/chatbot.text.send", "/api/wecom-queue", "/wecom-queue"} {
		answer := a.do(t, http.MethodPost, target, queued(helloCall))
		assert.Equal(t, http.StatusInternalServerError, answer.Code, target)
		assert.Contains(t, answer.Body.String(), `"kind":"misconfigured"`, target)
	}
}

func TestTheSamples(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"azure-http.json", "azure-http-query.json", "azure-queue.json", "azure-queue-once.json"} {
		sample, err := os.ReadFile(filepath.Join("../event/testdata", file))
		require.NoError(t, err)
		a := deploy(t, platform)
		answer := a.do(t, http.MethodPost, "/wecom-any", string(sample))
		assert.Equal(t, http.StatusOK, answer.Code, answer.Body)
		assert.Equal(t, []string{"磁盘 db-03 已用 91%"}, a.texts(), file)
		assert.NotContains(t, a.log.String(), "canary", file)
	}
}

// The host takes the answer to a large event, rather than a reset.
func TestAnEventOverTheLimitIsAnsweredOnTheSocket(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(deploy(t, platform).handler)
	t.Cleanup(server.Close)
	body := queued(strings.Repeat("a", 33<<20))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/wecom-queue", strings.NewReader(body))
	require.NoError(t, err)
	answer, err := server.Client().Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	assert.Equal(t, http.StatusRequestEntityTooLarge, answer.StatusCode)
}
