package lambdaapi_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/local/faas/child"
	"github.com/wecom-functions/wecom-functions/local/faas/lambdaapi"
	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

func TestMain(m *testing.M) { child.Main(m) }

// bootstrap is the program as it is shipped.
func bootstrap(t *testing.T) string {
	t.Helper()
	return child.Build(t, "./functions/lambda", "lambda.norpc,nethttpomithttp2")
}

// function is a deployed function, and the Runtime API that its processes poll.
type function struct {
	*child.Poller[lambdaapi.Invocation, lambdaapi.Answer]
	api *lambdaapi.API
}

func deploy(t *testing.T, environment ...string) *function {
	t.Helper()
	api, _ := start(t)
	f := &function{child.DeployPoller(t, api), api}
	f.Path = bootstrap(t)
	f.Env = child.Enterprise(f.Sim.URL(), append(environment, "AWS_LAMBDA_RUNTIME_API="+api.Address())...)
	return f
}

func (f *function) invoke(payload string) lambdaapi.Answer {
	return f.Call(lambdaapi.Invocation{Payload: []byte(payload)})
}

func TestTheBootstrapServesEverySample(t *testing.T) {
	t.Parallel()
	const shown = "磁盘 db-03 已用 91%"
	for file, want := range map[string]string{
		"http-api.json":     `"statusCode":200`,
		"function-url.json": `"statusCode":200`,
		"rest-api.json":     `"statusCode":200`,
		"http-api-1.0.json": `"statusCode":200`,
		"alb.json":          `"statusDescription":"200 OK"`,
		"alb-multi.json":    `"multiValueHeaders"`,
		"direct.json":       `{"action":"message.text.send","output":{"msgid":"`,
		"sqs.json":          `{"batchItemFailures":[{"itemIdentifier":"00000002-0000-4000-8000-000000000000"}]}`,
		"sns.json":          `null`,
		"eventbridge.json":  `null`,
		"scheduler.json":    `null`,
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			f := deploy(t)
			f.Boot()
			answer := f.invoke(child.Sample(t, file))
			require.Nil(t, answer.Error)
			assert.Contains(t, string(answer.Payload), want)
			assert.Contains(t, f.Texts(), shown)
		})
	}
}

func TestTheArchiveServes(t *testing.T) {
	t.Parallel()
	f := deploy(t, "_HANDLER=wecom-message-text-send")
	f.Path = child.Unpack(t, "lambda") + "/bootstrap"
	f.Boot()
	require.Nil(t, f.invoke(`{"touser":"zhangsan","content":"from the archive"}`).Error)
	assert.Equal(t, []string{"from the archive"}, f.Texts())
}

func TestAFailureCarriesItsKind(t *testing.T) {
	t.Parallel()
	f := deploy(t)
	f.Boot()
	answer := f.invoke(`{"action":"department.delete","input":{"id":999}}`)
	require.NotNil(t, answer.Error)
	assert.Equal(t, "not_found", answer.Error.Type)
	var problem struct {
		Kind   string
		Status int
		WeCom  struct{ Errcode int }
	}
	require.NoError(t, json.Unmarshal([]byte(answer.Error.Message), &problem))
	assert.Equal(t, "not_found", problem.Kind)
	assert.Equal(t, http.StatusNotFound, problem.Status)
	assert.Equal(t, 60123, problem.WeCom.Errcode)

	answer = f.invoke(`{"action":"message.text.send","input":{"touser":"zhangsan","contnet":"private words"}}`)
	assert.Equal(t, "invalid_input", answer.Error.Type)
	require.Nil(t, f.invoke(child.Text("still there")).Error)
	f.Logs.WaitForCount(t, `"msg":"call"`, 3)
	assert.NotContains(t, f.Logs.String(), "errorMessage", "the runtime's own log line is left out")
	assert.NotContains(t, f.Logs.String(), "contnet")
}

func TestTheHandlerSelectsTheAction(t *testing.T) {
	t.Parallel()
	f := deploy(t, "_HANDLER=wecom-message-text-send")
	f.Boot()
	require.Nil(t, f.invoke(`{"touser":"zhangsan","content":"without an envelope"}`).Error)
	assert.Equal(t, "forbidden", f.invoke(`{"action":"chatbot.text.send","input":{"content":"x"}}`).Error.Type)
	assert.Equal(t, []string{"without an envelope"}, f.Texts())
}

func TestWrongSettingsAreEveryAnswer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, variable, says string }{
		{"an unknown handler", "_HANDLER=message.text.sned", "_HANDLER names no action; did you mean message.text.send?"},
		{"a misspelt variable", "WECOM_DEFAULT_SECERT=x", "did you mean WECOM_DEFAULT_SECRET?"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := deploy(t, c.variable)
			f.Boot()
			answer := f.invoke(child.Text("x"))
			require.NotNil(t, answer.Error)
			assert.Equal(t, "misconfigured", answer.Error.Type)
			assert.Contains(t, answer.Error.Message, c.says)
			over := f.invoke(`{"version":"2.0","rawPath":"/","requestContext":{"http":{"method":"POST"}}}`)
			require.Nil(t, over.Error)
			assert.Contains(t, string(over.Payload), `"statusCode":500`)
			f.Logs.WaitForCount(t, "misconfigured: every call is answered with this", 1)
			assert.Empty(t, f.api.InitFailures(), "a start that failed would be tried again and again")
		})
	}
}

func TestKilledAndStartedAgain(t *testing.T) {
	t.Parallel()
	f := deploy(t)
	f.Fault("/cgi-bin/message/send", wecomsim.Do{DelayMS: 5000}, 0)
	first := f.Boot()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	lost := child.Invoking(ctx, f.api, lambdaapi.Invocation{Payload: []byte(child.Text("lost"))})
	time.Sleep(300 * time.Millisecond)
	first.Kill()
	require.Error(t, (<-lost).Err)
	require.NoError(t, f.Sim.SetFaults(wecomsim.Faults{}))
	f.Boot()
	require.Nil(t, f.invoke(child.Text("after")).Error)
	assert.Contains(t, f.Texts(), "after")
}

func TestFourInvocationsAtOnce(t *testing.T) {
	t.Parallel()
	f := deploy(t, "AWS_LAMBDA_MAX_CONCURRENCY=4")
	f.Fault("/cgi-bin/message/send", wecomsim.Do{DelayMS: 1000}, 0)
	f.Boot()
	require.Eventually(t, func() bool { return f.api.Polls() == 4 }, 5*time.Second, time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	outcomes := make(map[string]<-chan child.Outcome[lambdaapi.Answer])
	for _, id := range []string{"r0", "r1", "r2", "r3"} {
		outcomes[id] = child.Invoking(ctx, f.api, lambdaapi.Invocation{Payload: []byte(child.Text(id)), RequestID: id})
	}
	for id, outcome := range outcomes {
		got := <-outcome
		require.NoError(t, got.Err, "they are not served side by side")
		require.Nil(t, got.Answer.Error)
		assert.Contains(t, string(got.Answer.Payload), `"request_id":"`+id+`"`, "each its own")
	}
	assert.ElementsMatch(t, []string{"r0", "r1", "r2", "r3"}, f.Texts())
	tokens := 0
	for _, entry := range f.Sim.Journal() {
		if entry.Path == "/cgi-bin/gettoken" {
			tokens++
		}
	}
	assert.Equal(t, 1, tokens)
}

func TestDeadlines(t *testing.T) {
	t.Parallel()
	f := deploy(t)
	f.Fault("/cgi-bin/webhook/send", wecomsim.Do{DelayMS: 10_000}, 0)
	f.Boot()
	started := time.Now()
	answer := f.Call(lambdaapi.Invocation{
		Payload:  []byte(`{"action":"chatbot.text.send","input":{"content":"x"}}`),
		Deadline: started.Add(time.Second),
	})
	assert.Equal(t, "outcome_unknown", answer.Error.Type)
	assert.Less(t, time.Since(started), 950*time.Millisecond, "before the platform ends it")

	answer = f.Call(lambdaapi.Invocation{Payload: []byte(child.Text("x")), Header: map[string]string{"Lambda-Runtime-Deadline-Ms": ""}})
	require.NotNil(t, answer.Error)
	assert.Contains(t, answer.Error.Message, "deadline")
	require.Nil(t, f.invoke(child.Text("still there")).Error)
	assert.Equal(t, []string{"still there"}, f.Texts(), "what is cut off in the emulator was not delivered")
}

func TestSecretsThroughTheExtension(t *testing.T) {
	t.Parallel()
	const session = "session-token-that-nobody-may-see"
	secret := atomic.Value{}
	secret.Store("a-secret-that-was-rotated-away")
	asked := atomic.Int64{}
	extension := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		switch {
		case r.Header.Get("X-Aws-Parameters-Secrets-Token") != session:
			w.WriteHeader(http.StatusUnauthorized)
		case r.URL.Path == "/secretsmanager/get" && r.URL.Query().Get("secretId") == "arn:aws:secretsmanager:eu-central-1:2:secret:wecom-Ab1":
			inner, _ := json.Marshal(map[string]any{"app": secret.Load(), "n": 1})
			_ = json.NewEncoder(w).Encode(map[string]any{"SecretString": string(inner), "Name": "wecom"})
			secret.Store(wecomsim.SeedAppSecret)
		case r.URL.Path == "/systemsmanager/parameters/get" && r.URL.Query().Get("name") == "/wecom/key" && r.URL.Query().Get("withDecryption") == "true":
			_ = json.NewEncoder(w).Encode(map[string]any{"Parameter": map[string]any{"Value": wecomsim.SeedChatbotKey}})
		default:
			w.WriteHeader(http.StatusBadRequest)
		}
	}))
	t.Cleanup(extension.Close)
	_, port, _ := strings.Cut(strings.TrimPrefix(extension.URL, "http://"), ":")
	f := deploy(t, "AWS_SESSION_TOKEN="+session, "PARAMETERS_SECRETS_EXTENSION_HTTP_PORT="+port,
		"WECOM_DEFAULT_SECRET=aws-secretsmanager:arn:aws:secretsmanager:eu-central-1:2:secret:wecom-Ab1#app",
		"WECOM_DEFAULT_CONTACTS_SECRET=aws-ssm:/wecom/contacts", "WECOM_BOT_KEY=aws-ssm:/wecom/key", "HTTP_PROXY=http://127.0.0.1:1")
	f.Boot()
	assert.Zero(t, asked.Load(), "nothing is read before the first call")
	require.Nil(t, f.invoke(child.Text("one")).Error, "WeCom refused the old secret, and it was read again")
	assert.EqualValues(t, 2, asked.Load())
	require.Nil(t, f.invoke(child.Text("two")).Error)
	require.Nil(t, f.invoke(`{"action":"chatbot.text.send","input":{"content":"three"}}`).Error)
	assert.EqualValues(t, 3, asked.Load(), "a token that lives needs no secret")

	answer := f.invoke(`{"action":"member.list","input":{}}`)
	require.NotNil(t, answer.Error)
	assert.Equal(t, "misconfigured", answer.Error.Type)
	f.Logs.WaitForCount(t, "answered HTTP status 400", 1)
	for _, text := range []string{f.Logs.String(), answer.Error.Message} {
		for _, hidden := range []string{session, wecomsim.SeedAppSecret, wecomsim.SeedChatbotKey, "a-secret-that-was-rotated-away"} {
			assert.NotContains(t, text, hidden)
		}
	}
}

func TestTheBootstrapIsSmall(t *testing.T) {
	t.Parallel()
	info, err := os.Stat(bootstrap(t))
	require.NoError(t, err)
	assert.Less(t, info.Size(), int64(9<<20))
}
