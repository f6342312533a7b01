package functiongraphapi_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
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

// function is a deployed event function: the emulated WeCom, the runtime API, and processes of the bootstrap.
type function struct {
	t    *testing.T
	sim  *wecomsim.Sim
	api  *functiongraphapi.API
	env  []string
	logs *child.Logs // of all processes
}

// deploy deploys the archive. As on the platform, the user's variables come in RUNTIME_USERDATA.
func deploy(t *testing.T, environment ...string) *function {
	t.Helper()
	f := &function{t: t, sim: wecomsim.New(), api: start(t), logs: &child.Logs{}}
	t.Cleanup(f.sim.Close)
	variables := make(map[string]string)
	for _, variable := range child.Enterprise(f.sim.URL()) {
		name, value, _ := strings.Cut(variable, "=")
		variables[name] = value
	}
	userData, err := json.Marshal(variables)
	require.NoError(t, err)
	f.env = append([]string{
		"PATH=/usr/bin:/bin", "RUNTIME_API_ADDR=" + f.api.Address(), "RUNTIME_USERDATA=" + string(userData), "RUNTIME_HANDLER=bootstrap",
		"RUNTIME_TIMEOUT=20", "RUNTIME_MAX_RESP_BODY_SIZE=6291456", "RUNTIME_CODE_ROOT=/opt/function/code",
	}, environment...)
	return f
}

// boot starts a process and waits for its first poll.
func (f *function) boot() *child.Process {
	f.t.Helper()
	polls := f.api.Polls()
	process := child.Command{Path: filepath.Join(child.Unpack(f.t, "functiongraph"), "bootstrap"), Env: f.env, Logs: f.logs}.Start(f.t)
	process.WaitFor(f.t, "it does not poll", func() bool { return f.api.Polls() > polls })
	return process
}

func (f *function) call(i functiongraphapi.Invocation) functiongraphapi.Answer {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.t.Context(), 20*time.Second)
	defer cancel()
	answer, err := f.api.Invoke(ctx, i)
	require.NoError(f.t, err, f.logs.String())
	return answer
}

func (f *function) invoke(payload string) functiongraphapi.Answer {
	f.t.Helper()
	return f.call(functiongraphapi.Invocation{Payload: []byte(payload)})
}

// fault has WeCom do something with calls of a path.
func (f *function) fault(path string, do wecomsim.Do) {
	f.t.Helper()
	require.NoError(f.t, f.sim.SetFaults(wecomsim.Faults{Faults: []wecomsim.Fault{{Match: wecomsim.Match{Path: path}, Do: do}}}))
}

// texts are what the emulated phones show.
func (f *function) texts() []string { return f.sim.Texts() }

func text(content string) string {
	return `{"action":"message.text.send","input":{"touser":"zhangsan","content":"` + content + `"}}`
}

func sample(t *testing.T, file string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("../../../adapters/event/testdata", file))
	require.NoError(t, err)
	return string(raw)
}

func TestTheBootstrapServesEverySample(t *testing.T) {
	t.Parallel()
	f := deploy(t)
	f.boot()
	for file, want := range map[string]string{
		"apig.json":                `"statusCode":200`,
		"direct.json":              `{"action":"message.text.send","output":{"msgid":"`,
		"functiongraph-timer.json": `{"action":"message.text.send","output":{"msgid":"`,
		"smn.json":                 `null`,
	} {
		answer := f.invoke(sample(t, file))
		require.Nil(t, answer.Error, file)
		assert.Contains(t, string(answer.Payload), want, file)
	}
	assert.Contains(t, f.texts(), "磁盘 db-03 已用 91%")
	assert.Len(t, f.texts(), 4)
	assert.NotContains(t, f.logs.String(), functiongraphapi.Canary)
}

func TestFailuresCarryTheirKind(t *testing.T) {
	t.Parallel()
	f := deploy(t)
	f.boot()
	answer := f.invoke(`{"action":"department.delete","input":{"id":999}}`)
	require.NotNil(t, answer.Error)
	assert.Equal(t, "not_found", answer.Error.Type)
	assert.Contains(t, answer.Error.Message, `"errcode":60123`)
	assert.Equal(t, "invalid_input", f.invoke("").Error.Type)
	assert.Equal(t, "invalid_input", f.invoke("private words").Error.Type)
	assert.Equal(t, "invalid_input", f.invoke(`{"httpMethod":"POST","body":""}`).Error.Type)
	assert.Equal(t, "too_large", f.invoke(text(strings.Repeat("x", 5<<20))).Error.Type)
	require.Nil(t, f.invoke(text("still there")).Error)
	assert.NotContains(t, f.logs.String(), "private words")
	assert.NotContains(t, f.logs.String(), functiongraphapi.Canary)
}

func TestTheHandlerSelectsTheAction(t *testing.T) {
	t.Parallel()
	f := deploy(t, "RUNTIME_HANDLER=message.text.send")
	f.boot()
	require.Nil(t, f.invoke(`{"touser":"zhangsan","content":"without an envelope"}`).Error)
	assert.Equal(t, "forbidden", f.invoke(`{"action":"chatbot.text.send","input":{"content":"x"}}`).Error.Type)
	assert.Equal(t, []string{"without an envelope"}, f.texts())
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
			f.boot()
			answer := f.invoke(text("x"))
			require.NotNil(t, answer.Error)
			assert.Equal(t, "misconfigured", answer.Error.Type)
			assert.Contains(t, answer.Error.Message, test.says)
			over := f.invoke(sample(t, "apig.json"))
			require.Nil(t, over.Error)
			assert.Contains(t, string(over.Payload), `"statusCode":500`)
			assert.NotContains(t, f.logs.String()+string(answer.Payload)+string(over.Payload), "canary")
			assert.Empty(t, f.texts())
		})
	}
}

// What is invoked asynchronously is invoked again after a failure, so a call that may have been carried out is no failure.
func TestAnAsynchronousInvocationIsNotSentTwice(t *testing.T) {
	t.Parallel()
	f := deploy(t)
	f.boot()
	f.fault("/cgi-bin/webhook/send", wecomsim.Do{Drop: "accepted"})
	lost := functiongraphapi.Invocation{Payload: []byte(`{"action":"chatbot.text.send","input":{"content":"x"}}`)}
	assert.Equal(t, "outcome_unknown", f.call(lost).Error.Type)
	lost.Async = true
	answer := f.call(lost)
	require.Nil(t, answer.Error)
	assert.Equal(t, "null", string(answer.Payload))
	f.logs.WaitFor(t, "acknowledged although its outcome is unknown")
}

func TestKilledAndStartedAgain(t *testing.T) {
	t.Parallel()
	f := deploy(t)
	f.fault("/cgi-bin/message/send", wecomsim.Do{DelayMS: 5000})
	first := f.boot()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	lost := invoke(ctx, f.api, functiongraphapi.Invocation{Payload: []byte(text("lost"))})
	time.Sleep(300 * time.Millisecond)
	first.Kill()
	require.Error(t, (<-lost).err)
	require.NoError(t, f.sim.SetFaults(wecomsim.Faults{}))
	f.boot()
	require.Nil(t, f.invoke(text("after")).Error)
	assert.Contains(t, f.texts(), "after")
}

func TestTheRuntimeAPIIsGoneForAMoment(t *testing.T) {
	t.Parallel()
	f := deploy(t, "HTTP_PROXY=http://127.0.0.1:1", "http_proxy=http://127.0.0.1:1") // which is none for the runtime API
	f.boot()
	require.Nil(t, f.invoke(text("before")).Error)
	f.api.Stop()
	f.logs.WaitFor(t, "the runtime API is not reached")
	require.NoError(t, f.api.Resume())
	require.Nil(t, f.invoke(text("after")).Error)

	f.fault("/cgi-bin/message/send", wecomsim.Do{DelayMS: 500})
	answer := invoke(t.Context(), f.api, functiongraphapi.Invocation{Payload: []byte(text("answered late"))})
	time.Sleep(200 * time.Millisecond)
	f.api.Stop()
	time.Sleep(600 * time.Millisecond) // the answer finds nobody
	require.NoError(t, f.api.Resume())
	require.Nil(t, (<-answer).Error)
	assert.Equal(t, []string{"before", "after", "answered late"}, f.texts())
}

func TestFrozenBetweenEvents(t *testing.T) {
	t.Parallel()
	f := deploy(t)
	process := f.boot()
	require.Nil(t, f.invoke(text("before")).Error)
	process.Signal(t, syscall.SIGSTOP)
	time.Sleep(300 * time.Millisecond)
	answer := invoke(t.Context(), f.api, functiongraphapi.Invocation{Payload: []byte(text("after"))})
	time.Sleep(300 * time.Millisecond)
	process.Signal(t, syscall.SIGCONT)
	require.Nil(t, (<-answer).Error)
	assert.Equal(t, []string{"before", "after"}, f.texts())
}

func TestARuntimeAPIThatTalksNonsense(t *testing.T) {
	t.Parallel()
	f := deploy(t)
	f.boot()
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
	require.Nil(t, f.invoke(text("one")).Error, "its answer was handed over again")
	require.Nil(t, f.invoke(text("two")).Error)
	assert.Equal(t, []string{"one", "two"}, f.texts())
	assert.NotContains(t, f.logs.String(), functiongraphapi.Canary)
}

func TestTheTimeLimitIsTheDeadline(t *testing.T) {
	t.Parallel()
	f := deploy(t, "RUNTIME_TIMEOUT=1")
	f.boot()
	f.fault("/cgi-bin/webhook/send", wecomsim.Do{DelayMS: 10_000})
	began := time.Now()
	assert.Equal(t, "outcome_unknown", f.invoke(`{"action":"chatbot.text.send","input":{"content":"x"}}`).Error.Type)
	assert.Less(t, time.Since(began), time.Second, "before the platform ends it")
}

func TestToldToStop(t *testing.T) {
	t.Parallel()
	f := deploy(t)
	idle := f.boot()
	assert.Zero(t, idle.Stop(t, syscall.SIGTERM))
	f.logs.WaitFor(t, `"msg":"stopped"`)

	f.fault("/cgi-bin/message/send", wecomsim.Do{DelayMS: 700})
	busy := f.boot()
	polls := f.api.Polls()
	answer := invoke(t.Context(), f.api, functiongraphapi.Invocation{Payload: []byte(text("finished"))})
	time.Sleep(300 * time.Millisecond)
	assert.Zero(t, busy.Stop(t, syscall.SIGTERM))
	require.Nil(t, (<-answer).Error, "the event under way is answered")
	assert.Equal(t, []string{"finished"}, f.texts())
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

	send := func(path string, header http.Header) (int, string) {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+path, strings.NewReader(`{"touser":"zhangsan","content":"over HTTP"}`))
		require.NoError(t, err)
		request.Header = header
		request.Header.Set("Content-Type", "application/json")
		answer, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		return answer.StatusCode, string(body)
	}
	token := functiongraphapi.Canary + strings.Repeat("t", 40<<10)
	status, body := send("//actions/message.text.send", http.Header{"X-Cff-Request-Id": {"r1"}, "X-Cff-Auth-Token": {token}})
	assert.Equal(t, http.StatusOK, status, body)
	assert.Contains(t, body, `"request_id":"r1"`)
	status, body = send("/actions/chatbot.text.send", http.Header{})
	assert.Equal(t, http.StatusForbidden, status, body)
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
	status, body = send("/actions/message.text.send", http.Header{})
	assert.Equal(t, http.StatusUnauthorized, status, "loopback is where the platform calls from: %s", body)
}
