package scfapi_test

import (
	"context"
	"encoding/json"
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

// function is a deployed event function, and the runtime API that its processes poll.
type function struct {
	*child.Poller[scfapi.Invocation, scfapi.Answer]
	t   *testing.T
	api *scfapi.API
}

func deploy(t *testing.T, environment ...string) *function {
	t.Helper()
	api := start(t)
	f := &function{child.DeployPoller(t, api), t, api}
	f.Path = filepath.Join(child.Unpack(t, "scf"), "bootstrap")
	f.Env = append(child.Enterprise(f.Sim.URL(), f.api.Environment()...), "_HANDLER=index.main_handler")
	f.Env = append(f.Env, environment...)
	return f
}

func (f *function) invoke(payload string) scfapi.Answer {
	return f.Call(scfapi.Invocation{Payload: []byte(payload)})
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

func TestTheBootstrapServesEverySample(t *testing.T) {
	t.Parallel()
	f := deploy(t)
	f.Boot()
	for file, want := range map[string]string{
		"scf-url.json":     `"statusCode":200`,
		"scf-gateway.json": `"statusCode":200`,
		"direct.json":      `{"action":"message.text.send","output":{"msgid":"`,
		"scf-timer.json":   `{"action":"message.text.send","output":{"msgid":"`,
	} {
		answer := f.invoke(child.Sample(t, file))
		require.Empty(t, f.kind(answer), file)
		assert.Contains(t, string(answer.Payload), want, file)
	}
	assert.Contains(t, f.Texts(), "磁盘 db-03 已用 91%")
	assert.Len(t, f.Texts(), 4)
}

func TestFailuresCarryTheirKind(t *testing.T) {
	t.Parallel()
	f := deploy(t)
	f.Boot()
	answer := f.invoke(`{"action":"department.delete","input":{"id":999}}`)
	assert.Equal(t, "not_found", f.kind(answer))
	assert.Contains(t, string(answer.Payload), `\"errcode\":60123`)
	assert.Equal(t, "invalid_input", f.kind(f.invoke("")))
	assert.Equal(t, "invalid_input", f.kind(f.invoke("private words")))
	assert.Equal(t, "too_large", f.kind(f.invoke(child.Text(strings.Repeat("x", 5<<20)))))
	assert.Empty(t, f.kind(f.Call(scfapi.Invocation{Payload: []byte(child.Text("still there")), Header: map[string]string{"Request_id": "", "Time_limit_in_ms": ""}})))
	assert.Equal(t, []string{"still there"}, f.Texts(), "also without the fields of the header")
	assert.NotContains(t, f.Logs.String(), "private words")
}

func TestTheHandlerSelectsTheAction(t *testing.T) {
	t.Parallel()
	f := deploy(t, "_HANDLER=wecom-message-text-send")
	f.Boot()
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
		f.Boot()
		answer := f.invoke(child.Text("x"))
		assert.Equal(t, "misconfigured", f.kind(answer))
		assert.Contains(t, string(answer.Payload), says)
		assert.Contains(t, string(f.invoke(child.Sample(t, "scf-url.json")).Payload), `"statusCode":500`)
	}
}

func TestKilledAndStartedAgain(t *testing.T) {
	t.Parallel()
	f := deploy(t)
	f.Fault("/cgi-bin/message/send", wecomsim.Do{DelayMS: 5000}, 0)
	first := f.Boot()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	lost := child.Invoking(ctx, f.api, scfapi.Invocation{Payload: []byte(child.Text("lost"))})
	time.Sleep(300 * time.Millisecond)
	first.Kill()
	require.Error(t, (<-lost).Err)
	require.NoError(t, f.Sim.SetFaults(wecomsim.Faults{}))
	f.Boot()
	require.Empty(t, f.kind(f.invoke(child.Text("after"))))
	assert.Contains(t, f.Texts(), "after")
}

// SCF hands out an event again until it is answered. It is carried out once all the same.
func TestAnAnswerThatGetsLostIsHandedOverWhenTheEventComesBack(t *testing.T) {
	t.Parallel()
	f := deploy(t)
	f.Boot()
	lost := false
	f.api.Before(func(w http.ResponseWriter, r *http.Request) bool {
		if lost || !strings.HasSuffix(r.URL.Path, "/response") {
			return false
		}
		lost = true
		panic(http.ErrAbortHandler) // whether it was taken, nobody knows
	})
	require.Empty(t, f.kind(f.invoke(child.Text("once"))))
	assert.Equal(t, []string{"once"}, f.Texts())
	assert.Equal(t, 2, f.api.Handed())
	f.Logs.WaitFor(t, "the answer could not be handed over; the platform does not know it")
}

func TestTheRuntimeAPIIsGoneForAMoment(t *testing.T) {
	t.Parallel()
	f := deploy(t, "HTTP_PROXY=http://127.0.0.1:1", "http_proxy=http://127.0.0.1:1") // which is none for the runtime API
	f.Boot()
	require.Empty(t, f.kind(f.invoke(child.Text("before"))))
	f.api.Stop()
	f.Logs.WaitFor(t, "the runtime API is not reached")
	require.NoError(t, f.api.Resume())
	require.Empty(t, f.kind(f.invoke(child.Text("after"))))

	f.Fault("/cgi-bin/message/send", wecomsim.Do{DelayMS: 500}, 0)
	answer := child.Invoking(t.Context(), f.api, scfapi.Invocation{Payload: []byte(child.Text("answered late"))})
	time.Sleep(200 * time.Millisecond)
	f.api.Stop()
	time.Sleep(600 * time.Millisecond) // the answer finds nobody
	require.NoError(t, f.api.Resume())
	require.Empty(t, f.kind((<-answer).Answer))
	assert.Equal(t, []string{"before", "after", "answered late"}, f.Texts())
}

func TestTheTimeLimitIsTheDeadline(t *testing.T) {
	t.Parallel()
	f := deploy(t)
	f.Boot()
	f.Fault("/cgi-bin/webhook/send", wecomsim.Do{DelayMS: 10_000}, 0)
	began := time.Now()
	answer := f.Call(scfapi.Invocation{Payload: []byte(`{"action":"chatbot.text.send","input":{"content":"x"}}`), Limit: time.Second})
	assert.Equal(t, "outcome_unknown", f.kind(answer))
	assert.Less(t, time.Since(began), time.Second, "before the platform ends it")
}

func TestToldToStop(t *testing.T) {
	t.Parallel()
	f := deploy(t)
	idle := f.Boot()
	assert.Zero(t, idle.Stop(t, syscall.SIGTERM))
	f.Fault("/cgi-bin/message/send", wecomsim.Do{DelayMS: 700}, 0)
	busy := f.Boot()
	polls := f.api.Polls()
	answer := child.Invoking(t.Context(), f.api, scfapi.Invocation{Payload: []byte(child.Text("finished"))})
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
	process := child.Command{Path: filepath.Join(child.Unpack(t, "scf"), "scf_bootstrap"), Env: f.Env, Logs: f.Logs}.Start(t)
	process.WaitForHTTP(t, url+"/health/ready")
	f.Logs.WaitFor(t, `"msg":"listening"`)
	assert.Regexp(t, `"address":"(0\.0\.0\.0|\[::\]):9000"`, f.Logs.String(), "SCF does not reach loopback addresses")
	answer := child.Do(t, http.MethodPost, url+"/actions/message.text.send", strings.NewReader(`{"touser":"zhangsan","content":"over HTTP"}`), "X-Scf-Request-Id", "r1")
	assert.Equal(t, http.StatusOK, answer.Status, answer.Body)
	assert.Contains(t, answer.Body, `"request_id":"r1"`)
	assert.Equal(t, []string{"over HTTP"}, f.Texts())
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
