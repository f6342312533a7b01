package scfapi_test

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
	"github.com/wecom-functions/wecom-functions/local/faas/scfapi"
	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

func TestMain(m *testing.M) { child.Main(m) }

// function is a deployed event function: the emulated WeCom, the runtime API, and processes of the bootstrap.
type function struct {
	t    *testing.T
	sim  *wecomsim.Sim
	api  *scfapi.API
	env  []string
	logs *child.Logs // of all processes
}

func deploy(t *testing.T, environment ...string) *function {
	t.Helper()
	f := &function{t: t, sim: wecomsim.New(), api: start(t), logs: &child.Logs{}}
	t.Cleanup(f.sim.Close)
	f.env = append(child.Enterprise(f.sim.URL(), f.api.Environment()...), "_HANDLER=index.main_handler")
	f.env = append(f.env, environment...)
	return f
}

// boot starts a process and waits for its first poll.
func (f *function) boot() *child.Process {
	f.t.Helper()
	polls := f.api.Polls()
	process := child.Command{Path: filepath.Join(child.Unpack(f.t, "scf"), "bootstrap"), Env: f.env, Logs: f.logs}.Start(f.t)
	process.WaitFor(f.t, "it does not poll", func() bool { return f.api.Polls() > polls })
	return process
}

func (f *function) call(i scfapi.Invocation) scfapi.Answer {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.t.Context(), 20*time.Second)
	defer cancel()
	answer, err := f.api.Invoke(ctx, i)
	require.NoError(f.t, err, f.logs.String())
	return answer
}

func (f *function) invoke(payload string) scfapi.Answer {
	f.t.Helper()
	return f.call(scfapi.Invocation{Payload: []byte(payload)})
}

// kind is that of a failure; "" for a success.
func (f *function) kind(a scfapi.Answer) string {
	f.t.Helper()
	if !a.Failed {
		return ""
	}
	var failure struct{ ErrorType string }
	require.NoError(f.t, json.Unmarshal(a.Payload, &failure), string(a.Payload))
	return failure.ErrorType
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
		"scf-url.json":     `"statusCode":200`,
		"scf-gateway.json": `"statusCode":200`,
		"direct.json":      `{"action":"message.text.send","output":{"msgid":"`,
		"scf-timer.json":   `{"action":"message.text.send","output":{"msgid":"`,
	} {
		answer := f.invoke(sample(t, file))
		require.Empty(t, f.kind(answer), file)
		assert.Contains(t, string(answer.Payload), want, file)
	}
	assert.Contains(t, f.texts(), "磁盘 db-03 已用 91%")
	assert.Len(t, f.texts(), 4)
}

func TestFailuresCarryTheirKind(t *testing.T) {
	t.Parallel()
	f := deploy(t)
	f.boot()
	answer := f.invoke(`{"action":"department.delete","input":{"id":999}}`)
	assert.Equal(t, "not_found", f.kind(answer))
	assert.Contains(t, string(answer.Payload), `\"errcode\":60123`)
	assert.Equal(t, "invalid_input", f.kind(f.invoke("")))
	assert.Equal(t, "invalid_input", f.kind(f.invoke("private words")))
	assert.Equal(t, "too_large", f.kind(f.invoke(text(strings.Repeat("x", 5<<20)))))
	assert.Empty(t, f.kind(f.call(scfapi.Invocation{Payload: []byte(text("still there")), Header: map[string]string{"Request_id": "", "Time_limit_in_ms": ""}})))
	assert.Equal(t, []string{"still there"}, f.texts(), "also without the fields of the header")
	assert.NotContains(t, f.logs.String(), "private words")
}

func TestTheHandlerSelectsTheAction(t *testing.T) {
	t.Parallel()
	f := deploy(t, "_HANDLER=wecom-message-text-send")
	f.boot()
	require.Empty(t, f.kind(f.invoke(`{"touser":"zhangsan","content":"without an envelope"}`)))
	assert.Equal(t, "forbidden", f.kind(f.invoke(`{"action":"chatbot.text.send","input":{"content":"x"}}`)))
}

func TestWrongSettingsAreEveryAnswer(t *testing.T) {
	t.Parallel()
	for variable, says := range map[string]string{
		"_HANDLER=message.text.sned": "_HANDLER names no action; did you mean message.text.send?",
		"WECOM_DEFAULT_SECERT=x":     "did you mean WECOM_DEFAULT_SECRET?",
	} {
		f := deploy(t, variable)
		f.boot()
		answer := f.invoke(text("x"))
		assert.Equal(t, "misconfigured", f.kind(answer))
		assert.Contains(t, string(answer.Payload), says)
		assert.Contains(t, string(f.invoke(sample(t, "scf-url.json")).Payload), `"statusCode":500`)
	}
}

func TestKilledAndStartedAgain(t *testing.T) {
	t.Parallel()
	f := deploy(t)
	f.fault("/cgi-bin/message/send", wecomsim.Do{DelayMS: 5000})
	first := f.boot()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	lost := invoke(ctx, f.api, scfapi.Invocation{Payload: []byte(text("lost"))})
	time.Sleep(300 * time.Millisecond)
	first.Kill()
	require.Error(t, (<-lost).err)
	require.NoError(t, f.sim.SetFaults(wecomsim.Faults{}))
	f.boot()
	require.Empty(t, f.kind(f.invoke(text("after"))))
	assert.Contains(t, f.texts(), "after")
}

// SCF hands out an event again until it is answered. It is carried out once all the same.
func TestAnAnswerThatGetsLostIsHandedOverWhenTheEventComesBack(t *testing.T) {
	t.Parallel()
	f := deploy(t)
	f.boot()
	lost := false
	f.api.Before(func(w http.ResponseWriter, r *http.Request) bool {
		if lost || !strings.HasSuffix(r.URL.Path, "/response") {
			return false
		}
		lost = true
		panic(http.ErrAbortHandler) // whether it was taken, nobody knows
	})
	require.Empty(t, f.kind(f.invoke(text("once"))))
	assert.Equal(t, []string{"once"}, f.texts())
	assert.Equal(t, 2, f.api.Handed())
	f.logs.WaitFor(t, "the answer could not be handed over; the platform does not know it")
}

func TestTheRuntimeAPIIsGoneForAMoment(t *testing.T) {
	t.Parallel()
	f := deploy(t, "HTTP_PROXY=http://127.0.0.1:1", "http_proxy=http://127.0.0.1:1") // which is none for the runtime API
	f.boot()
	require.Empty(t, f.kind(f.invoke(text("before"))))
	f.api.Stop()
	f.logs.WaitFor(t, "the runtime API is not reached")
	require.NoError(t, f.api.Resume())
	require.Empty(t, f.kind(f.invoke(text("after"))))

	f.fault("/cgi-bin/message/send", wecomsim.Do{DelayMS: 500})
	answer := invoke(t.Context(), f.api, scfapi.Invocation{Payload: []byte(text("answered late"))})
	time.Sleep(200 * time.Millisecond)
	f.api.Stop()
	time.Sleep(600 * time.Millisecond) // the answer finds nobody
	require.NoError(t, f.api.Resume())
	require.Empty(t, f.kind((<-answer).Answer))
	assert.Equal(t, []string{"before", "after", "answered late"}, f.texts())
}

func TestTheTimeLimitIsTheDeadline(t *testing.T) {
	t.Parallel()
	f := deploy(t)
	f.boot()
	f.fault("/cgi-bin/webhook/send", wecomsim.Do{DelayMS: 10_000})
	began := time.Now()
	answer := f.call(scfapi.Invocation{Payload: []byte(`{"action":"chatbot.text.send","input":{"content":"x"}}`), Limit: time.Second})
	assert.Equal(t, "outcome_unknown", f.kind(answer))
	assert.Less(t, time.Since(began), time.Second, "before the platform ends it")
}

func TestToldToStop(t *testing.T) {
	t.Parallel()
	f := deploy(t)
	idle := f.boot()
	assert.Zero(t, idle.Stop(t, syscall.SIGTERM))
	f.fault("/cgi-bin/message/send", wecomsim.Do{DelayMS: 700})
	busy := f.boot()
	polls := f.api.Polls()
	answer := invoke(t.Context(), f.api, scfapi.Invocation{Payload: []byte(text("finished"))})
	time.Sleep(300 * time.Millisecond)
	assert.Zero(t, busy.Stop(t, syscall.SIGTERM))
	require.Empty(t, f.kind((<-answer).Answer), "the event under way is answered")
	assert.Equal(t, polls, f.api.Polls(), "and no other is asked for")
}

// The same archive is a Web function, which SCF starts through scf_bootstrap, even where it offers a runtime API. Its port
// is one for all, so the tests of it are one.
func TestTheArchiveIsAWebFunction(t *testing.T) {
	t.Parallel()
	free, err := net.Listen("tcp", "0.0.0.0:9000")
	if err != nil {
		t.Skipf("SCF's port cannot be had on this machine, so this is NOT TESTED: %v", err)
	}
	require.NoError(t, free.Close())
	const url = "http://127.0.0.1:9000"
	f := deploy(t, "PATH=/usr/bin:/bin")
	process := child.Command{Path: filepath.Join(child.Unpack(t, "scf"), "scf_bootstrap"), Env: f.env, Logs: f.logs}.Start(t)
	process.WaitForHTTP(t, url+"/health/ready")
	f.logs.WaitFor(t, `"msg":"listening"`)
	assert.Regexp(t, `"address":"(0\.0\.0\.0|\[::\]):9000"`, f.logs.String(), "SCF does not reach loopback addresses")
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/actions/message.text.send", strings.NewReader(`{"touser":"zhangsan","content":"over HTTP"}`))
	require.NoError(t, err)
	request.Header = http.Header{"Content-Type": {"application/json"}, "X-Scf-Request-Id": {"r1"}}
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, answer.StatusCode, string(body))
	assert.Contains(t, string(body), `"request_id":"r1"`)
	assert.Equal(t, []string{"over HTTP"}, f.texts())
	assert.Zero(t, f.api.Polls())
	assert.Zero(t, process.Stop(t, syscall.SIGTERM))
}

// What SCF asks of the file that starts a Web function.
func TestTheStartOfAWebFunction(t *testing.T) {
	t.Parallel()
	file := filepath.Join(child.Unpack(t, "scf"), "scf_bootstrap")
	script, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(string(script), "#!/bin/bash\n"))
	assert.NotContains(t, string(script), "\r")
	assert.Contains(t, string(script), "/var/user/bootstrap", "an absolute path")
	info, err := os.Stat(file)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o755), info.Mode())
}
