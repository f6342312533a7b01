package fc_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/adapters/adaptertest"
	"github.com/wecom-functions/wecom-functions/adapters/fc"
	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/caller"
	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

const requestID = "1-65e59b07-1520da26-bf73bbb91b69"

// function is a function in this process, before an emulated WeCom.
type function struct {
	sim     *wecomsim.Sim
	log     bytes.Buffer // lines and marks
	handler http.Handler
}

func deploy(t *testing.T, mode caller.Mode, actions ...string) *function {
	t.Helper()
	f := &function{sim: wecomsim.New()}
	t.Cleanup(f.sim.Close)
	connector, err := core.New(core.Settings{
		Connections: adaptertest.Connections(f.sim.URL()),
		Actions:     actions, Callers: caller.Policy{Mode: mode}, Logger: slog.New(slog.NewJSONHandler(&f.log, nil)),
	})
	require.NoError(t, err)
	f.handler = fc.Handler(connector, &f.log)
	return f
}

// The temporary keys that the platform gives a call.
const canary = "STS.canary"

// do makes a request as the platform does; more is header fields, name and value by turns.
func (f *function) do(t *testing.T, control, target, body string, more ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := adaptertest.Request(t.Context(), http.MethodPost, target, body, append([]string{
		"X-Fc-Control-Path", control, "X-Fc-Request-Id", requestID,
		"X-Fc-Access-Key-Id", canary, "X-Fc-Access-Key-Secret", canary, "X-Fc-Security-Token", canary,
		"X-Fc-Function-Name", "wecom", "X-Fc-Function-Handler", "index.handler", "X-Fc-Function-Timeout", "60", "X-Fc-Retry-Count", "0",
	}, more...)...)
	answer := adaptertest.Serve(f.handler, r)
	assert.NotContains(t, answer.Body.String(), canary)
	assert.NotContains(t, f.log.String(), canary)
	return answer
}

func (f *function) texts() []string { return f.sim.Texts() }

const (
	hello     = `{"content":"hello"}`
	helloCall = `{"action":"chatbot.text.send","input":` + hello + `}`
)

func TestAnHTTPTrigger(t *testing.T) {
	t.Parallel()
	f := deploy(t, caller.Platform)
	answer := f.do(t, "/http-invoke", "/actions/chatbot.text.send", hello)
	assert.Equal(t, http.StatusOK, answer.Code, answer.Body)
	assert.Contains(t, answer.Body.String(), `"request_id":"`+requestID+`"`)
	assert.Equal(t, []string{"hello"}, f.texts())
	answer = f.do(t, "/http-invoke", "/actions/chatbot.text.send", hello, "X-Request-Id", "mine")
	assert.Equal(t, "mine", answer.Header().Get("X-Request-Id"), "the caller's own goes before")
	for name := range answer.Header() {
		assert.False(t, strings.HasPrefix(name, "X-Fc-"), name)
		assert.NotContains(t, []string{"Connection", "Date", "Keep-Alive", "Server"}, name, "the platform sets it")
	}
	assert.Equal(t, http.StatusUnauthorized, deploy(t, caller.Undecided).do(t, "/http-invoke", "/actions", "").Code)
	assert.Equal(t, http.StatusUnauthorized, deploy(t, caller.Undecided).do(t, "", "/actions", "").Code, "what says nothing is HTTP")
	assert.Equal(t, http.StatusUnauthorized, deploy(t, caller.Undecided).do(t, "/no-such", "/invoke", helloCall).Code)
}

func TestAnEvent(t *testing.T) {
	t.Parallel()
	f := deploy(t, caller.Undecided) // the platform authenticates whoever invokes
	answer := f.do(t, "/invoke", "/invoke", helloCall, "Content-Type", "application/octet-stream")
	assert.Equal(t, http.StatusOK, answer.Code, answer.Body)
	assert.Equal(t, "200", answer.Header().Get("X-Fc-Status"))
	assert.Contains(t, answer.Body.String(), `"request_id":"`+requestID+`"`)
	assert.Equal(t, []string{"hello"}, f.texts())
	assert.NotContains(t, journal(t, f), "enable_duplicate_check")
}

func TestAFunctionOfOneActionTakesItsInput(t *testing.T) {
	t.Parallel()
	f := deploy(t, caller.Platform, "chatbot.text.send")
	assert.Equal(t, http.StatusOK, f.do(t, "/invoke", "/invoke", hello).Code)
	assert.Equal(t, http.StatusOK, f.do(t, "/http-invoke", "/", hello).Code)
	assert.Equal(t, []string{"hello", "hello"}, f.texts())
}

func TestAFailedEvent(t *testing.T) {
	t.Parallel()
	for _, event := range []string{``, `x`, `[]`, hello, `{"triggerName":"t","triggerTime":"t","payload":"awesome"}`, `{"rawPath":"/","body":"e30="}`} {
		answer := deploy(t, caller.Platform).do(t, "/invoke", "/invoke", event)
		assert.Equal(t, http.StatusNotFound, answer.Code, event)
		assert.Equal(t, "404", answer.Header().Get("X-Fc-Status"), event)
		assert.Contains(t, answer.Body.String(), `"kind":"invalid_input"`, event)
	}
}

// The platform tells of a repeat, so WeCom's duplicate check is asked for, and an unknown outcome is not repeated again.
func TestARepeatedEvent(t *testing.T) {
	t.Parallel()
	const call = `{"action":"message.text.send","input":{"touser":"zhangsan","content":"x"}}`
	f := deploy(t, caller.Platform)
	assert.Equal(t, http.StatusOK, f.do(t, "/invoke", "/invoke", call, "X-Fc-Retry-Count", "1").Code)
	assert.Contains(t, journal(t, f), "enable_duplicate_check")

	lost := wecomsim.Faults{Faults: []wecomsim.Fault{{Match: wecomsim.Match{Path: "/cgi-bin/webhook/send"}, Do: wecomsim.Do{Drop: "accepted"}}}}
	require.NoError(t, f.sim.SetFaults(lost))
	assert.Equal(t, http.StatusOK, f.do(t, "/invoke", "/invoke", helloCall, "X-Fc-Retry-Count", "1").Code)
	assert.Equal(t, http.StatusNotFound, f.do(t, "/invoke", "/invoke", helloCall).Code)
}

func TestTheLimitOfThePlatformIsKept(t *testing.T) {
	t.Parallel()
	for _, control := range []string{"/invoke", "/http-invoke"} {
		f := deploy(t, caller.Platform, "chatbot.text.send")
		require.NoError(t, f.sim.SetFaults(wecomsim.Faults{Faults: []wecomsim.Fault{{Do: wecomsim.Do{DelayMS: 5000}}}}))
		started := time.Now()
		answer := f.do(t, control, "/", hello, "X-Fc-Function-Timeout", "1")
		assert.Less(t, time.Since(started), time.Second)
		assert.Contains(t, answer.Body.String(), `"kind":"outcome_unknown"`)
	}
	for _, limit := range []string{"0", "-1", "x", "", "99999999999999999999"} {
		answer := deploy(t, caller.Platform).do(t, "/invoke", "/invoke", helloCall, "X-Fc-Function-Timeout", limit)
		assert.Equal(t, http.StatusOK, answer.Code, limit)
	}
}

func TestCallbacksSucceed(t *testing.T) {
	t.Parallel()
	broken := &function{}
	broken.handler = fc.Handler(core.Misconfigured(core.Settings{Logger: slog.New(slog.DiscardHandler)}, os.ErrInvalid), &broken.log)
	for _, f := range []*function{deploy(t, caller.Undecided), broken} {
		assert.Equal(t, http.StatusOK, f.do(t, "/initialize", "/initialize", "").Code)
		assert.Equal(t, http.StatusOK, f.do(t, "/pre-stop", "/pre-stop", "").Code)
	}
	answer := broken.do(t, "/invoke", "/invoke", helloCall)
	assert.Equal(t, http.StatusNotFound, answer.Code)
	assert.Contains(t, answer.Body.String(), `"kind":"misconfigured"`)
}

func TestMarksStandAroundEachCall(t *testing.T) {
	t.Parallel()
	for control, name := range map[string]string{"/initialize": "Initialize", "/pre-stop": "PreStop", "/invoke": "Invoke", "/http-invoke": "Invoke"} {
		f := deploy(t, caller.Platform, "chatbot.text.send")
		f.do(t, control, "/", hello)
		lines := strings.Split(strings.TrimSpace(f.log.String()), "\n")
		assert.Equal(t, "FC "+name+" Start RequestId: "+requestID, lines[0], control)
		assert.Equal(t, "FC "+name+" End RequestId: "+requestID, lines[len(lines)-1], control)
		for _, line := range lines[1 : len(lines)-1] {
			assert.Contains(t, line, `"request_id":"`+requestID+`"`, "the call's own line")
		}
	}
}

func TestTheSamples(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"direct.json", "fc-timer.json", "fc-mns.json"} {
		sample, err := os.ReadFile(filepath.Join("../event/testdata", file))
		require.NoError(t, err)
		f := deploy(t, caller.Undecided)
		answer := f.do(t, "/invoke", "/invoke", string(sample))
		assert.Equal(t, http.StatusOK, answer.Code, answer.Body)
		assert.Equal(t, []string{"磁盘 db-03 已用 91%"}, f.texts(), file)
	}
}

func journal(t *testing.T, f *function) string {
	t.Helper()
	return adaptertest.JSON(f.sim.Journal())
}
