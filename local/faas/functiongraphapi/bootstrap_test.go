package functiongraphapi_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/local/faas/child"
	"github.com/wecom-functions/wecom-functions/local/faas/functiongraphapi"
	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

func TestMain(m *testing.M) { child.Main(m) }

// function is a deployed event function, and the runtime API that its processes poll.
type function struct {
	*child.Poller[functiongraphapi.Invocation, functiongraphapi.Answer]
	api *functiongraphapi.API
}

// deploy deploys the archive. As on the platform, the user's variables come in RUNTIME_USERDATA.
func deploy(t *testing.T, environment ...string) *function {
	t.Helper()
	api := start(t)
	f := &function{child.DeployPoller(t, api), api}
	f.Path = filepath.Join(child.Unpack(t, "functiongraph"), "bootstrap")
	variables := make(map[string]string)
	for _, variable := range child.Enterprise(f.Sim.URL()) {
		name, value, _ := strings.Cut(variable, "=")
		variables[name] = value
	}
	userData, err := json.Marshal(variables)
	require.NoError(t, err)
	f.Env = append([]string{
		"PATH=/usr/bin:/bin", "RUNTIME_API_ADDR=" + f.api.Address(), "RUNTIME_USERDATA=" + string(userData), "RUNTIME_HANDLER=bootstrap",
		"RUNTIME_TIMEOUT=20", "RUNTIME_MAX_RESP_BODY_SIZE=6291456", "RUNTIME_CODE_ROOT=/opt/function/code",
	}, environment...)
	return f
}

func (f *function) invoke(payload string) functiongraphapi.Answer {
	return f.Call(functiongraphapi.Invocation{Payload: []byte(payload)})
}

func TestTheBootstrapServesEverySample(t *testing.T) {
	t.Parallel()
	f := deploy(t)
	f.Boot()
	for file, want := range map[string]string{
		"apig.json":                `"statusCode":200`,
		"direct.json":              `{"action":"message.text.send","output":{"msgid":"`,
		"functiongraph-timer.json": `{"action":"message.text.send","output":{"msgid":"`,
		"smn.json":                 `null`,
	} {
		answer := f.invoke(child.Sample(t, file))
		require.Nil(t, answer.Error, file)
		assert.Contains(t, string(answer.Payload), want, file)
	}
	assert.Contains(t, f.Texts(), "磁盘 db-03 已用 91%")
	assert.Len(t, f.Texts(), 4)
	assert.NotContains(t, f.Logs.String(), functiongraphapi.Canary)
}

func TestFailuresCarryTheirKind(t *testing.T) {
	t.Parallel()
	f := deploy(t)
	f.Boot()
	answer := f.invoke(`{"action":"department.delete","input":{"id":999}}`)
	require.NotNil(t, answer.Error)
	assert.Equal(t, "not_found", answer.Error.Type)
	assert.Contains(t, answer.Error.Message, `"errcode":60123`)
	assert.Equal(t, "invalid_input", f.invoke("").Error.Type)
	assert.Equal(t, "invalid_input", f.invoke("private words").Error.Type)
	assert.Equal(t, "invalid_input", f.invoke(`{"httpMethod":"POST","body":""}`).Error.Type)
	assert.Equal(t, "too_large", f.invoke(child.Text(strings.Repeat("x", 5<<20))).Error.Type)
	require.Nil(t, f.invoke(child.Text("still there")).Error)
	assert.NotContains(t, f.Logs.String(), "private words")
	assert.NotContains(t, f.Logs.String(), functiongraphapi.Canary)
}

func TestTheHandlerSelectsTheAction(t *testing.T) {
	t.Parallel()
	f := deploy(t, "RUNTIME_HANDLER=message.text.send")
	f.Boot()
	require.Nil(t, f.invoke(`{"touser":"zhangsan","content":"without an envelope"}`).Error)
	assert.Equal(t, "forbidden", f.invoke(`{"action":"chatbot.text.send","input":{"content":"x"}}`).Error.Type)
	assert.Equal(t, []string{"without an envelope"}, f.Texts())
}

func TestWrongSettingsAreEveryAnswer(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, variable, says string }{
		{"an unknown handler", "RUNTIME_HANDLER=message.text.sned", "RUNTIME_HANDLER names no action; did you mean message.text.send?"},
		{"no user data", "RUNTIME_USERDATA={\"WECOM_DEFAULT_SECRET\":\"canary", "RUNTIME_USERDATA is not a JSON object"},
		{"a misspelt variable", `RUNTIME_USERDATA={"WECOM_DEFAULT_SECERT":"canary"}`, "did you mean WECOM_DEFAULT_SECRET?"},
		{"an object", `RUNTIME_USERDATA={"WECOM_DEFAULT_SECRET":{"canary":1}}`, "WECOM_DEFAULT_SECRET must be text, a number, true or false"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := deploy(t, test.variable)
			f.Boot()
			answer := f.invoke(child.Text("x"))
			require.NotNil(t, answer.Error)
			assert.Equal(t, "misconfigured", answer.Error.Type)
			assert.Contains(t, answer.Error.Message, test.says)
			over := f.invoke(child.Sample(t, "apig.json"))
			require.Nil(t, over.Error)
			assert.Contains(t, string(over.Payload), `"statusCode":500`)
			assert.NotContains(t, f.Logs.String()+string(answer.Payload)+string(over.Payload), "canary")
			assert.Empty(t, f.Texts())
		})
	}
}

// What is invoked asynchronously is invoked again after a failure, so a call that may have been carried out is no failure.
func TestAnAsynchronousInvocationIsNotSentTwice(t *testing.T) {
	t.Parallel()
	f := deploy(t)
	f.Boot()
	f.Fault("/cgi-bin/webhook/send", wecomsim.Do{Drop: "accepted"}, 0)
	lost := functiongraphapi.Invocation{Payload: []byte(`{"action":"chatbot.text.send","input":{"content":"x"}}`)}
	assert.Equal(t, "outcome_unknown", f.Call(lost).Error.Type)
	lost.Async = true
	answer := f.Call(lost)
	require.Nil(t, answer.Error)
	assert.Equal(t, "null", string(answer.Payload))
	f.Logs.WaitFor(t, "acknowledged although its outcome is unknown")
}

func TestKilledAndStartedAgain(t *testing.T) {
	t.Parallel()
	f := deploy(t)
	f.Fault("/cgi-bin/message/send", wecomsim.Do{DelayMS: 5000}, 0)
	first := f.Boot()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	lost := child.Invoking(ctx, f.api, functiongraphapi.Invocation{Payload: []byte(child.Text("lost"))})
	time.Sleep(300 * time.Millisecond)
	first.Kill()
	require.Error(t, (<-lost).Err)
	require.NoError(t, f.Sim.SetFaults(wecomsim.Faults{}))
	f.Boot()
	require.Nil(t, f.invoke(child.Text("after")).Error)
	assert.Contains(t, f.Texts(), "after")
}

func TestTheRuntimeAPIIsGoneForAMoment(t *testing.T) {
	t.Parallel()
	f := deploy(t, "HTTP_PROXY=http://127.0.0.1:1", "http_proxy=http://127.0.0.1:1") // which is none for the runtime API
	f.Boot()
	require.Nil(t, f.invoke(child.Text("before")).Error)
	f.api.Stop()
	f.Logs.WaitFor(t, "the runtime API is not reached")
	require.NoError(t, f.api.Resume())
	require.Nil(t, f.invoke(child.Text("after")).Error)

	f.Fault("/cgi-bin/message/send", wecomsim.Do{DelayMS: 500}, 0)
	answer := child.Invoking(t.Context(), f.api, functiongraphapi.Invocation{Payload: []byte(child.Text("answered late"))})
	time.Sleep(200 * time.Millisecond)
	f.api.Stop()
	time.Sleep(600 * time.Millisecond) // the answer finds nobody
	require.NoError(t, f.api.Resume())
	require.Nil(t, (<-answer).Answer.Error)
	assert.Equal(t, []string{"before", "after", "answered late"}, f.Texts())
}

func TestFrozenBetweenEvents(t *testing.T) {
	t.Parallel()
	f := deploy(t)
	process := f.Boot()
	require.Nil(t, f.invoke(child.Text("before")).Error)
	process.Signal(t, syscall.SIGSTOP)
	time.Sleep(300 * time.Millisecond)
	answer := child.Invoking(t.Context(), f.api, functiongraphapi.Invocation{Payload: []byte(child.Text("after"))})
	time.Sleep(300 * time.Millisecond)
	process.Signal(t, syscall.SIGCONT)
	require.Nil(t, (<-answer).Answer.Error)
	assert.Equal(t, []string{"before", "after"}, f.Texts())
}

func TestARuntimeAPIThatTalksNonsense(t *testing.T) {
	t.Parallel()
	f := deploy(t)
	f.Boot()
	answers, polls := 0, 0
	f.api.Before(func(w http.ResponseWriter, r *http.Request) bool {
		w.Header().Set("X-CFF-Secret-Key", functiongraphapi.Canary)
		if r.Method == http.MethodPost {
			if answers++; answers <= 2 {
				w.WriteHeader(http.StatusBadGateway)
			}
			return answers <= 2
		}
		switch polls++; polls {
		case 1:
			_, _ = io.WriteString(w, "an event without an id")
		case 2:
			w.WriteHeader(http.StatusInternalServerError)
		case 3:
			panic(http.ErrAbortHandler)
		default:
			return false
		}
		return true
	})
	require.Nil(t, f.invoke(child.Text("one")).Error, "its answer was handed over again")
	require.Nil(t, f.invoke(child.Text("two")).Error)
	assert.Equal(t, []string{"one", "two"}, f.Texts())
	assert.NotContains(t, f.Logs.String(), functiongraphapi.Canary)
}

func TestTheTimeLimitIsTheDeadline(t *testing.T) {
	t.Parallel()
	f := deploy(t, "RUNTIME_TIMEOUT=1")
	f.Boot()
	f.Fault("/cgi-bin/webhook/send", wecomsim.Do{DelayMS: 10_000}, 0)
	began := time.Now()
	assert.Equal(t, "outcome_unknown", f.invoke(`{"action":"chatbot.text.send","input":{"content":"x"}}`).Error.Type)
	assert.Less(t, time.Since(began), time.Second, "before the platform ends it")
}

func TestToldToStop(t *testing.T) {
	t.Parallel()
	f := deploy(t)
	idle := f.Boot()
	assert.Zero(t, idle.Stop(t, syscall.SIGTERM))
	f.Logs.WaitFor(t, `"msg":"stopped"`)

	f.Fault("/cgi-bin/message/send", wecomsim.Do{DelayMS: 700}, 0)
	busy := f.Boot()
	polls := f.api.Polls()
	answer := child.Invoking(t.Context(), f.api, functiongraphapi.Invocation{Payload: []byte(child.Text("finished"))})
	time.Sleep(300 * time.Millisecond)
	assert.Zero(t, busy.Stop(t, syscall.SIGTERM))
	require.Nil(t, (<-answer).Answer.Error, "the event under way is answered")
	assert.Equal(t, []string{"finished"}, f.Texts())
	assert.Equal(t, polls, f.api.Polls(), "and no other is asked for")
}

// The same archive is an HTTP function where the platform offers no runtime API. Its port is one for all, so the tests of
// it are one.
func TestTheBootstrapIsAnHTTPFunction(t *testing.T) {
	t.Parallel()
	const address, url = "127.0.0.1:8000", "http://127.0.0.1:8000"
	free, err := net.Listen("tcp", address)
	if err != nil {
		t.Skipf("FunctionGraph's port cannot be had on this machine, so this is NOT TESTED: %v", err)
	}
	require.NoError(t, free.Close())
	sim := wecomsim.New()
	t.Cleanup(sim.Close)
	bootstrap := filepath.Join(child.Unpack(t, "functiongraph"), "bootstrap")
	env := append(child.Enterprise(sim.URL()), "PATH=/usr/bin:/bin", "RUNTIME_HANDLER=message.*")
	process := child.Start(t, bootstrap, env...)
	process.WaitForHTTP(t, url+"/health/ready")

	send := func(path string, more ...string) child.Response {
		return child.Do(t, http.MethodPost, url+path, strings.NewReader(`{"touser":"zhangsan","content":"over HTTP"}`), more...)
	}
	token := functiongraphapi.Canary + strings.Repeat("t", 40<<10)
	answer := send("//actions/message.text.send", "X-Cff-Request-Id", "r1", "X-Cff-Auth-Token", token)
	assert.Equal(t, http.StatusOK, answer.Status, answer.Body)
	assert.Contains(t, answer.Body, `"request_id":"r1"`)
	answer = send("/actions/chatbot.text.send")
	assert.Equal(t, http.StatusForbidden, answer.Status, answer.Body)
	assert.NotContains(t, process.Logs.String(), functiongraphapi.Canary)
	assert.NotEqual(t, 0, child.Start(t, bootstrap, env...).Ended(t), "the port is taken, and that is said")
	assert.Zero(t, process.Stop(t, syscall.SIGTERM))

	undecided := make([]string, 0, len(env))
	for _, variable := range env {
		if variable != "WECOM_AUTH=platform" {
			undecided = append(undecided, variable)
		}
	}
	open := child.Start(t, bootstrap, undecided...)
	open.WaitForHTTP(t, url+"/health/ready")
	answer = send("/actions/message.text.send")
	assert.Equal(t, http.StatusUnauthorized, answer.Status, "loopback is where the platform calls from: %s", answer.Body)
}
