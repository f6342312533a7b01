package fcfront_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/local/faas/child"
	"github.com/wecom-functions/wecom-functions/local/faas/fcfront"
	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

func TestMain(m *testing.M) { child.Main(m) }

// deployed is the function as it is shipped, unpacked and started by the platform.
type deployed struct {
	*child.Function
	t       *testing.T
	front   *fcfront.Front
	url     string // of the HTTP trigger
	runtime *child.Process
}

// deploy starts the function. Variables of the environment come after those of the demo enterprise, and so win.
func deploy(t *testing.T, environment ...string) *deployed {
	t.Helper()
	front, err := fcfront.New()
	require.NoError(t, err)
	trigger := httptest.NewServer(front)
	t.Cleanup(trigger.Close)
	d := &deployed{Function: child.Deploy(t), t: t, front: front, url: trigger.URL}
	d.Dir = child.Unpack(t, "fc")
	d.Path = filepath.Join(d.Dir, "bootstrap")
	d.Env = append(append(front.Environment(), child.Enterprise(d.Sim.URL())...), environment...)
	d.start()
	t.Cleanup(func() { assert.NotContains(t, d.Logs.String(), fcfront.Canary) })
	return d
}

func (d *deployed) start() {
	d.t.Helper()
	d.runtime = d.Start(d.t)
	ctx, cancel := context.WithTimeout(d.t.Context(), 20*time.Second)
	defer cancel()
	require.NoError(d.t, d.front.Ready(ctx), d.Logs)
}

func (d *deployed) invoke(payload string) fcfront.Answer {
	d.t.Helper()
	answer, err := d.front.Invoke(d.t.Context(), fcfront.Invocation{Payload: []byte(payload)})
	require.NoError(d.t, err, d.Logs)
	assert.NotContains(d.t, string(answer.Payload), fcfront.Canary)
	return answer
}

func (d *deployed) request(method, path, body string, more ...string) child.Response {
	d.t.Helper()
	return child.Do(d.t, method, d.url+path, strings.NewReader(body), more...)
}

const (
	sendText = "/actions/message.text.send"
	awkward  = "100% 完成 %d <b>&amp;</b> 你好 🎉"
	hello    = `{"touser":"zhangsan","content":"` + awkward + `"}`
	call     = `{"action":"message.text.send","input":` + hello + `}`
	bot      = `{"action":"chatbot.text.send","connection":"bot","input":{"content":"x"}}`
	webhook  = "/cgi-bin/webhook/send"
)

func TestTheLifeOfAnInstance(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	require.NoError(t, d.front.Initialize(t.Context()))
	answer := d.invoke(call)
	assert.False(t, answer.Failed, string(answer.Payload))
	assert.Contains(t, string(answer.Payload), `"action":"message.text.send"`)
	got := d.request(http.MethodPost, sendText, hello)
	assert.Equal(t, http.StatusOK, got.Status, got.Body)
	assert.Contains(t, got.Body, `"request_id":"`+got.Header.Get("X-Fc-Request-Id")+`"`)
	require.NoError(t, d.front.PreStop(t.Context()))
	assert.Equal(t, []string{awkward, awkward}, d.Texts())
	assert.Equal(t, 1, d.front.Dials(), "connections are kept")
	assert.Zero(t, d.runtime.Stop(t, syscall.SIGTERM))
	for mark, times := range map[string]int{"FC Initialize": 1, "FC Invoke": 2, "FC PreStop": 1} {
		starts := regexp.MustCompile(`(?m)^`+mark+` Start RequestId: (.*)$`).FindAllStringSubmatch(d.Logs.String(), -1)
		require.Len(t, starts, times, mark)
		for _, start := range starts {
			assert.Contains(t, d.Logs.String(), "\n"+mark+" End RequestId: "+start[1]+"\n")
		}
	}
}

func TestEvents(t *testing.T) {
	t.Parallel()
	d := deploy(t, "WECOM_AUTH=") // the platform authenticates whoever invokes
	for _, file := range []string{"direct.json", "fc-timer.json", "fc-mns.json"} {
		answer := d.invoke(child.Sample(t, file))
		assert.False(t, answer.Failed, string(answer.Payload))
	}
	for payload, says := range map[string]string{
		``: `"kind":"invalid_input"`, `x`: `"kind":"invalid_input"`, `{"action":"no.such","input":{}}`: `"kind":"not_found"`,
		`{"triggerTime":"t","triggerName":"t","payload":"awesome"}`:                               `"kind":"invalid_input"`,
		`{"action":"message.text.send","input":{"content":"` + strings.Repeat("a", 5<<20) + `"}}`: `"kind":"too_large"`,
		`{"action":"message.file.send","input":{"x":"` + strings.Repeat("a", 28<<20) + `"}}`:      `link (url)`,
	} {
		answer := d.invoke(payload)
		assert.True(t, answer.Failed)
		assert.Contains(t, string(answer.Payload), says)
	}
	got := d.request(http.MethodPost, sendText, hello)
	assert.Equal(t, http.StatusUnauthorized, got.Status, "nobody decided who may call over HTTP")
}

func TestTheHTTPTrigger(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	for _, test := range []struct {
		method, path, body string
		status             int
		says               string
	}{
		{"GET", "/actions", "", 200, `"message.text.send"`},
		{"GET", "/openapi.json", "", 200, `"openapi":"3.1`},
		{"GET", "/health/ready", "", 200, `"ok"`},
		{"POST", sendText + "?connection=nobody", hello, 404, `"kind":"not_found"`},
		{"POST", "//actions/message.text.send", hello, 200, `"msgid"`},
		{"POST", "/", hello, 404, `"reason":"path"`},
		{"POST", "/invoke", call, 404, `"reason":"path"`},
		{"PUT", sendText, hello, 405, `"reason":"method_not_allowed"`},
		{"POST", sendText, `{"content":"` + strings.Repeat("a", 5<<20) + `"}`, 413, `"kind":"too_large"`},
	} {
		got := d.request(test.method, test.path, test.body)
		assert.Equal(t, test.status, got.Status, "%s %s: %s", test.method, test.path, got.Body)
		assert.Contains(t, got.Body, test.says, test.path)
	}
	assert.Equal(t, http.StatusBadRequest, d.request("POST", "/", call, "X-Fc-Control-Path", "/invoke").Status, "no caller can set this")
}

func TestAFunctionOfOneAction(t *testing.T) {
	t.Parallel()
	d := deploy(t, "WECOM_ACTION=message.text.send")
	assert.False(t, d.invoke(hello).Failed)
	assert.Equal(t, http.StatusOK, d.request(http.MethodPost, "/", hello).Status)
	assert.Contains(t, string(d.invoke(bot).Payload), `"kind":"forbidden"`)
	assert.Equal(t, []string{awkward, awkward}, d.Texts())
}

func TestAsynchronousEvents(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		payload  string
		faults   wecomsim.Faults
		attempts int
		failed   bool
		texts    int
	}{
		{name: "a call", payload: call, attempts: 1, texts: 1},
		{name: "over WeCom's limit at first", payload: bot, faults: child.Faults(webhook, wecomsim.Do{Errcode: 45009}, 1), attempts: 2, texts: 1},
		{name: "a call that breaks a rule", payload: `{}`, attempts: 4, failed: true},
		{name: "a timer whose outcome is unknown", payload: `{"triggerTime":"t","triggerName":"t","payload":"{\"action\":\"chatbot.text.send\",\"input\":{\"content\":\"x\"}}"}`, faults: child.Faults(webhook, wecomsim.Do{Drop: "accepted"}, 0), attempts: 1, texts: 1},
		{name: "an outcome that is unknown at first, and the platform does not say that it will repeat", payload: bot, faults: child.Faults(webhook, wecomsim.Do{Drop: "accepted"}, 0), attempts: 2, texts: 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := deploy(t)
			require.NoError(t, d.Sim.SetFaults(test.faults))
			attempts, last, err := d.front.InvokeAsync(t.Context(), fcfront.Invocation{Payload: []byte(test.payload)})
			require.NoError(t, err)
			assert.Equal(t, test.attempts, attempts)
			assert.Equal(t, test.failed, last.Failed)
			assert.Len(t, d.Texts(), test.texts)
		})
	}
}

func TestTheFunctionsLimitIsKept(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	d.Fault("", wecomsim.Do{DelayMS: 5000}, 0)
	started := time.Now()
	answer, err := d.front.Invoke(t.Context(), fcfront.Invocation{Payload: []byte(bot), Timeout: time.Second})
	require.NoError(t, err)
	assert.Less(t, time.Since(started), time.Second)
	assert.True(t, answer.Failed)
	assert.Contains(t, string(answer.Payload), `"kind":"outcome_unknown"`)
}

func TestAMisconfiguredFunctionStartsAndSaysSo(t *testing.T) {
	t.Parallel()
	d := deploy(t, "WECOM_DEFAULT_CORP_ID=", "WECOM_AKTION=x")
	require.NoError(t, d.front.Initialize(t.Context()))
	answer := d.invoke(call)
	assert.True(t, answer.Failed)
	got := d.request(http.MethodPost, sendText, hello)
	assert.Equal(t, http.StatusInternalServerError, got.Status)
	for _, text := range []string{string(answer.Payload), got.Body, d.Logs.String()} {
		assert.Contains(t, text, "WECOM_DEFAULT_CORP_ID")
		assert.Contains(t, text, "did you mean WECOM_ACTION?")
	}
}

func TestManyCallsAtOnce(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	d.Fault("/cgi-bin/message/send", wecomsim.Do{DelayMS: 300}, 0)
	started := time.Now()
	var all sync.WaitGroup
	for i := range 24 {
		input := fmt.Sprintf(`{"touser":"zhangsan","content":"%d"}`, i)
		all.Go(func() {
			if i%2 == 0 {
				assert.False(t, d.invoke(`{"action":"message.text.send","input":`+input+`}`).Failed)
				return
			}
			assert.Equal(t, http.StatusOK, d.request(http.MethodPost, sendText, input).Status)
		})
	}
	all.Wait()
	assert.Less(t, time.Since(started), 3*time.Second)
	assert.Len(t, d.Texts(), 24)
	d.Logs.WaitForCount(t, "FC Invoke End RequestId: ", 24)
	for line := range strings.Lines(d.Logs.String()) {
		assert.Regexp(t, `^(FC Invoke (Start|End) RequestId: 1-[0-9a-f-]{30}|\{.*\})\n$`, line, "no line is torn")
	}
}

func TestAKilledInstanceIsReplaced(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	require.False(t, d.invoke(call).Failed)
	d.runtime.Kill()
	d.start()
	assert.False(t, d.invoke(call).Failed)
}

// A call may come on a connection that was kept over a freeze.
func TestAnInstanceThatWasFrozen(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	require.False(t, d.invoke(call).Failed)
	d.runtime.Signal(t, syscall.SIGSTOP)
	time.Sleep(300 * time.Millisecond)
	d.runtime.Signal(t, syscall.SIGCONT)
	assert.False(t, d.invoke(call).Failed)
	assert.Equal(t, 1, d.front.Dials())
}

func TestAnInstanceThatIsStoppedFinishesItsCalls(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	d.Fault("/cgi-bin/message/send", wecomsim.Do{DelayMS: 700}, 0)
	answered := make(chan fcfront.Answer, 1)
	go func() { answered <- d.invoke(call) }()
	d.runtime.WaitFor(t, "WeCom hears nothing", func() bool { return len(d.Sim.Journal()) > 0 })
	assert.Zero(t, d.runtime.Stop(t, syscall.SIGTERM))
	assert.False(t, (<-answered).Failed)
	assert.Len(t, d.Texts(), 1)
}

func TestWhereItListens(t *testing.T) {
	t.Parallel()
	program := filepath.Join(child.Unpack(t, "fc"), "bootstrap")
	port := child.FreePort(t)
	process := child.Start(t, program, child.Enterprise("http://127.0.0.1:1", "FC_SERVER_PORT="+port)...)
	process.WaitForHTTP(t, "http://127.0.0.1:"+port+"/health/live")
	process.Logs.WaitFor(t, `"msg":"listening"`)
	assert.Regexp(t, `"address":"(\[::\]|0\.0\.0\.0):`+port+`"`, process.Logs.String(), "every address of the machine")

	again := child.Start(t, program, child.Enterprise("http://127.0.0.1:1", "FC_CUSTOM_LISTEN_PORT="+port)...)
	assert.Equal(t, 1, again.Ended(t))
	assert.Contains(t, again.Logs.String(), "address already in use")
	assert.Contains(t, again.Logs.String(), "customRuntimeConfig.port must be a free port")
}
