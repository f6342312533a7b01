package azurehost_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/local/faas/azurehost"
	"github.com/wecom-functions/wecom-functions/local/faas/child"
	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

func TestMain(m *testing.M) { child.Main(m) }

var modes = []azurehost.Mode{azurehost.Proxied, azurehost.Forwarded, azurehost.Enveloped}

// deployed is the app as it is shipped, unpacked and started by the host.
type deployed struct {
	*child.Function
	t       *testing.T
	app     *azurehost.App
	url     string // what callers reach
	handler *child.Process
}

// deploy starts the app. Variables of the environment come after those of the demo enterprise, and so win.
func deploy(t *testing.T, environment ...string) *deployed {
	t.Helper()
	folder := child.Unpack(t, "azure")
	app, err := azurehost.Open(folder)
	require.NoError(t, err)
	front := httptest.NewServer(app)
	t.Cleanup(front.Close)
	d := &deployed{Function: child.Deploy(t), t: t, app: app, url: front.URL}
	d.Path, d.Dir = app.Executable(), folder
	d.Env = append(append(app.Environment(), child.Enterprise(d.Sim.URL())...), environment...)
	d.start()
	return d
}

func (d *deployed) start() {
	d.t.Helper()
	d.handler = d.Start(d.t)
	ctx, cancel := context.WithTimeout(d.t.Context(), 20*time.Second)
	defer cancel()
	require.NoError(d.t, d.app.Ready(ctx), d.Logs)
}

// do makes a request with the function's key; more is header fields, name and value by turns.
func (d *deployed) do(method, path string, body io.Reader, more ...string) child.Response {
	d.t.Helper()
	return child.Do(d.t, method, d.url+path, body, append([]string{"X-Functions-Key", azurehost.Key}, more...)...)
}

func (d *deployed) post(path, body string, more ...string) child.Response {
	d.t.Helper()
	return d.do(http.MethodPost, path, strings.NewReader(body), more...)
}

func (d *deployed) enqueue(message string) azurehost.Delivery {
	d.t.Helper()
	delivery, err := d.app.Enqueue(d.t.Context(), "wecom-calls", message)
	require.NoError(d.t, err)
	return delivery
}

// inEveryMode runs a test on an app for each mode.
func inEveryMode(t *testing.T, test func(t *testing.T, d *deployed), environment ...string) {
	t.Helper()
	for _, mode := range modes {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			d := deploy(t, environment...)
			d.app.SetMode(mode)
			test(t, d)
		})
	}
}

const (
	sendText = "/api/actions/message.text.send"
	awkward  = "100% 完成 %d <b>&amp;</b> 你好 🎉 YWJjZA=="
	hello    = `{"touser":"zhangsan","content":"` + awkward + `"}`
	lost     = "/cgi-bin/webhook/send"
)

func TestRequestsInEveryMode(t *testing.T) {
	t.Parallel()
	inEveryMode(t, func(t *testing.T, d *deployed) {
		answer := d.post(sendText+"?connection=default&x=1", hello)
		assert.Equal(t, http.StatusOK, answer.Status, answer.Body)
		assert.Equal(t, "application/json; charset=utf-8", answer.Header.Get("Content-Type"))
		assert.Regexp(t, `"request_id":"[0-9a-f]{8}-[0-9a-f-]{27}"`, answer.Body, "the invocation's id")
		assert.Equal(t, []string{awkward}, d.Texts())

		answer = d.post(sendText, hello, "X-Request-Id", "mine")
		assert.Equal(t, "mine", answer.Header.Get("X-Request-Id"))
		answer = d.post("/api/actions/department.create", `{"nmae":"QA"}`)
		assert.Equal(t, http.StatusBadRequest, answer.Status)
		assert.Equal(t, "application/problem+json", answer.Header.Get("Content-Type"))
		answer = d.post(sendText+"?connection=nobody", hello)
		assert.Equal(t, http.StatusNotFound, answer.Status, answer.Body)
		assert.Contains(t, answer.Body, `"kind":"not_found"`)
		answer = d.post(sendText+"?connection=default&connection=bot", hello)
		assert.GreaterOrEqual(t, answer.Status, 400, "two names are none, also where the host joins them with a comma")
		answer = d.post(sendText, `{"touser":"zhangsan","content":"`+strings.Repeat("a", 5<<20)+`"}`)
		assert.Equal(t, http.StatusRequestEntityTooLarge, answer.Status)
		assert.Contains(t, answer.Body, `"kind":"too_large"`)
	})
}

func TestTheCatalogueInEveryMode(t *testing.T) {
	t.Parallel()
	inEveryMode(t, func(t *testing.T, d *deployed) {
		for path, says := range map[string]string{
			"/api/actions": `"message.text.send"`, "/api/openapi.json": `"openapi":"3.1`, "/api/health/live": `"ok"`, "/api/health/ready": `"ok"`,
			sendText: `"examples"`,
		} {
			answer := d.do(http.MethodGet, path, http.NoBody)
			assert.Equal(t, http.StatusOK, answer.Status, path)
			assert.Contains(t, answer.Body, says, path)
		}
		answer := d.do(http.MethodGet, "/api/nothing", http.NoBody)
		assert.Equal(t, http.StatusNotFound, answer.Status)
		assert.Contains(t, answer.Body, `"kind":"not_found"`)
	})
}

func TestABodyWithoutALengthIsLostByTheHost(t *testing.T) {
	t.Parallel()
	inEveryMode(t, func(t *testing.T, d *deployed) {
		answer := d.do(http.MethodPost, sendText, io.MultiReader(strings.NewReader(hello))) // of a length that net/http cannot know
		if d.app.Mode() == azurehost.Proxied {
			assert.Equal(t, http.StatusOK, answer.Status, answer.Body)
			return
		}
		assert.Contains(t, []int{http.StatusBadRequest, http.StatusUnsupportedMediaType}, answer.Status, answer.Body)
		assert.Contains(t, answer.Body, `"kind":"invalid_input"`)
		assert.Empty(t, d.Texts())
	})
}

func TestEveryActionHasAFunction(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	listed := regexp.MustCompile(`"id":"([a-z.]+)"`).FindAllStringSubmatch(d.do(http.MethodGet, "/api/actions", http.NoBody).Body, -1)
	require.Len(t, listed, 31)
	assert.Len(t, d.app.Functions(), len(listed)+2)
	assert.Subset(t, d.app.Functions(), []string{"MessageTextSend", "Catalogue", "Queue"})
	for _, mode := range modes {
		d.app.SetMode(mode)
		for _, action := range listed {
			answer := d.post("/api/actions/"+action[1], `{"no_such_field":1}`)
			assert.Equal(t, http.StatusBadRequest, answer.Status, action[1])
			assert.Contains(t, answer.Body, `"action":"`+action[1]+`"`)
		}
	}
}

func TestCallersNeedTheFunctionsKey(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	assert.Equal(t, http.StatusUnauthorized, d.post(sendText, hello, "X-Functions-Key", "").Status)
	assert.Equal(t, http.StatusUnauthorized, d.do(http.MethodGet, "/api/actions", http.NoBody, "X-Functions-Key", "").Status)
	for _, mode := range modes {
		d.app.SetMode(mode)
		assert.Equal(t, http.StatusOK, d.post(sendText+"?code="+azurehost.Key, hello, "X-Functions-Key", "").Status, mode)
		assert.Equal(t, http.StatusNotFound, d.post(sendText+"x?code="+azurehost.Key, hello).Status, mode)
	}
	assert.NotContains(t, d.Logs.String(), "canary")
}

// The handler is called over loopback by a host that is reached from everywhere, so it asks for keys of its own.
func TestCallersNeedAnAPIKeyUnlessThePlatformIsTrusted(t *testing.T) {
	t.Parallel()
	key := fmt.Sprintf("WECOM_API_KEYS=ci:%x", sha256.Sum256([]byte("a-key")))
	inEveryMode(t, func(t *testing.T, d *deployed) {
		assert.Equal(t, http.StatusUnauthorized, d.post(sendText, hello).Status)
		forged := `{"Data":{"message":"{\"action\":\"message.text.send\",\"input\":{}}"},"Metadata":{}}`
		assert.Equal(t, http.StatusNotFound, d.post("/api/Queue", forged).Status, "the host has no such route")
		assert.Equal(t, http.StatusUnauthorized, d.post(sendText, forged).Status)
		assert.Empty(t, d.Texts())
		assert.Equal(t, http.StatusOK, d.post(sendText, hello, "Authorization", "Bearer a-key").Status)
		assert.Equal(t, 1, d.enqueue(`{"action":"message.text.send","input":`+hello+`}`).Attempts, "a queue is the platform's matter")
	}, "WECOM_AUTH=", key)
	d := deploy(t, "WECOM_AUTH=")
	assert.Equal(t, http.StatusUnauthorized, d.post(sendText, hello).Status, "nobody decided who may call")
}

func TestMessages(t *testing.T) {
	t.Parallel()
	call := `{"action":"message.text.send","input":` + hello + `}`
	const bot = `{"action":"chatbot.text.send","connection":"bot","input":{"content":"x"}}`
	for _, test := range []struct {
		name     string
		message  string
		faults   wecomsim.Faults
		attempts int
		poisoned bool
		texts    int
	}{
		{name: "a call", message: call, attempts: 1, texts: 1},
		{name: "over WeCom's limit at first", message: bot, faults: child.Faults(lost, wecomsim.Do{Errcode: 45009}, 1), attempts: 2, texts: 1},
		{name: "an outcome that is unknown is not asked for again", message: bot, faults: child.Faults(lost, wecomsim.Do{Drop: "accepted"}, 0), attempts: 1, texts: 1},
		{name: "a call that breaks a rule", message: `{"action":"message.text.send","input":{}}`, attempts: 5, poisoned: true},
		{name: "words", message: "at noon", attempts: 5, poisoned: true},
		{name: "an unknown action", message: `{"action":"no.such","input":{}}`, attempts: 5, poisoned: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := deploy(t)
			require.NoError(t, d.Sim.SetFaults(test.faults))
			delivery := d.enqueue(test.message)
			assert.Equal(t, test.attempts, delivery.Attempts, delivery.Failures)
			assert.Equal(t, test.poisoned, delivery.Poisoned, delivery.Failures)
			assert.Nil(t, delivery.ReturnValue)
			assert.Len(t, d.Texts(), test.texts)
			for _, failure := range delivery.Failures {
				assert.Contains(t, failure, `"request_id":"`)
			}
			assert.NotContains(t, d.Logs.String(), "canary")
		})
	}
}

func TestAnUnresolvedSecretIsNamed(t *testing.T) {
	t.Parallel()
	inEveryMode(t, func(t *testing.T, d *deployed) {
		answer := d.post(sendText, hello)
		assert.Equal(t, http.StatusInternalServerError, answer.Status)
		assert.Contains(t, answer.Body, `"kind":"misconfigured"`)
		assert.Contains(t, answer.Body, "WECOM_DEFAULT_SECRET is a Key Vault reference that the platform has not resolved")
		assert.True(t, d.enqueue(`{"action":"message.text.send","input":`+hello+`}`).Poisoned)
		d.Logs.WaitFor(t, "WECOM_DEFAULT_SECRET is a Key Vault reference")
		assert.NotContains(t, d.Logs.String()+answer.Body, "vault.azure.net")
	}, "WECOM_DEFAULT_SECRET=@Microsoft.KeyVault(SecretUri=https://wecom.vault.azure.net/secrets/app)")
}

func TestManyRequestsAtOnce(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	d.Fault("/cgi-bin/message/send", wecomsim.Do{DelayMS: 300}, 0)
	started := time.Now()
	var all sync.WaitGroup
	for i := range 24 {
		input := fmt.Sprintf(`{"touser":"zhangsan","content":"%d"}`, i)
		all.Go(func() {
			if i%4 == 0 {
				assert.False(t, d.enqueue(`{"action":"message.text.send","input":`+input+`}`).Poisoned)
				return
			}
			assert.Equal(t, http.StatusOK, d.post(sendText, input).Status)
		})
	}
	all.Wait()
	assert.Less(t, time.Since(started), 3*time.Second)
	assert.Len(t, d.Texts(), 24)
}

func TestAKilledHandlerIsStartedAgain(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	require.Equal(t, http.StatusOK, d.post(sendText, hello).Status)
	d.handler.Kill()
	d.start()
	assert.Equal(t, http.StatusOK, d.post(sendText, hello).Status)
	assert.Len(t, d.Texts(), 2)
}

func TestAHandlerThatIsStoppedFinishesItsRequests(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	d.Fault("/cgi-bin/message/send", wecomsim.Do{DelayMS: 700}, 0)
	answered := make(chan child.Response, 1)
	go func() { answered <- d.post(sendText, hello) }()
	d.handler.WaitFor(t, "WeCom hears nothing", func() bool { return len(d.Sim.Journal()) > 0 })
	assert.Zero(t, d.handler.Stop(t, syscall.SIGTERM))
	assert.Equal(t, http.StatusOK, (<-answered).Status)
	assert.Len(t, d.Texts(), 1)
}

func TestAHandlerWithoutAPortSaysSo(t *testing.T) {
	t.Parallel()
	program := filepath.Join(child.Unpack(t, "azure"), "wecom")
	for variable, says := range map[string]string{
		"FUNCTIONS_CUSTOMHANDLER_PORT=": "it is not set", "FUNCTIONS_CUSTOMHANDLER_PORT=x": "unknown port", "FUNCTIONS_CUSTOMHANDLER_PORT=99999": "invalid port",
	} {
		process := child.Start(t, program, child.Enterprise("http://127.0.0.1:1", variable)...)
		assert.Equal(t, 1, process.Ended(t))
		assert.Contains(t, process.Logs.String(), says)
		assert.Contains(t, process.Logs.String(), "FUNCTIONS_CUSTOMHANDLER_PORT must be a free port")
	}
}

func TestTheArchiveIsSmall(t *testing.T) {
	t.Parallel()
	info, err := os.Stat(filepath.Join(child.Unpack(t, "azure"), "wecom"))
	require.NoError(t, err)
	assert.Less(t, info.Size(), int64(9<<20))
}
