package event_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/adapters/event"
	"github.com/wecom-functions/wecom-functions/core/fault"
)

// panicking is a transport with a bug.
type panicking struct{}

func (panicking) RoundTrip(*http.Request) (*http.Response, error) {
	panic(errors.New("https://qyapi.example/?key=canary"))
}

func TestADirectInvocationAnswersTheResult(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	answer, err := d.serve(t.Context(), `{"action":"message.text.send","input":{"touser":"zhangsan|nobody","content":"<100%>"}}`)
	require.NoError(t, err)
	var result map[string]any
	require.NoError(t, json.Unmarshal([]byte(answer), &result))
	assert.Equal(t, "message.text.send", result["action"])
	assert.Equal(t, true, result["partial"])
	assert.Equal(t, "call-1", result["request_id"])
	assert.Len(t, result["warnings"], 1)
	assert.Equal(t, []string{"<100%>"}, d.texts())
	assert.NotContains(t, marshal(t, d.sim.Journal()), "enable_duplicate_check", "the caller waits, and knows whether it calls again")
}

func TestEnvelopes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		actions []string // that the deployment is limited to
		payload string
		says    string // "" where it works
	}{
		{"the whole of it", nil, `{"action":"chatbot.text.send","connection":"bot","input":{"content":"x"}}`, ""},
		{"without a connection", nil, `{"action":"chatbot.text.send","input":{"content":"x"}}`, ""},
		{"null is none", nil, ` {"connection":null,"input":{"content":"x"},"action":"chatbot.text.send"} `, ""},
		{"one action: its envelope", []string{"chatbot.text.send"}, `{"action":"chatbot.text.send","input":{"content":"x"}}`, ""},
		{"one action: without its name", []string{"chatbot.text.send"}, `{"input":{"content":"x"},"connection":"bot"}`, ""},
		{"one action: its input alone", []string{"chatbot.text.send"}, `{"content":"x"}`, ""},
		{"one action by a pattern", []string{"chatbot.text.*"}, `{"content":"x"}`, ""},

		{"nothing", nil, ``, "The event is empty."},
		{"white space", nil, " \n", "The event is empty."},
		{"no JSON", nil, `{"action":`, "The event is not a JSON object in UTF-8."},
		{"a list", nil, `[]`, "The event is not a JSON object in UTF-8."},
		{"null", nil, `null`, "The event is not a JSON object in UTF-8."},
		{"invalid UTF-8", nil, "{\"action\":\"\xff\",\"input\":{}}", "The event is not a JSON object in UTF-8."},
		{"two objects", nil, `{}{}`, "The event is not a JSON object in UTF-8."},
		{"an empty object", nil, `{}`, "/action required; /input required"},
		{"an empty batch", nil, `{"Records":[]}`, "/Records unknown; /action required; /input required"},
		{"no action", nil, `{"input":{}}`, "/action required"},
		{"an empty action", nil, `{"action":"","input":{}}`, "/action required"},
		{"null for an action", nil, `{"action":null,"input":{}}`, "/action required"},
		{"no input", nil, `{"action":"department.list"}`, "/input required"},
		{"an action that is no string", nil, `{"action":7,"input":{}}`, "/action type"},
		{"a connection that is no string", nil, `{"action":"department.list","connection":["bot"],"input":{}}`, "/connection type"},
		{"an unknown key", nil, `{"action":"department.list","inptu":{},"input":{}}`, "/inptu unknown"},
		{"keys are exact", nil, `{"Action":"department.list","Input":{}}`, "/Action unknown; /Input unknown; /action required; /input required"},
		{"a key that needs escapes", nil, `{"action":"department.list","a/b~c":1,"input":{}}`, "/a~1b~0c unknown"},
		{"a key twice", nil, `{"action":"department.list","input":{},"input":{"id":2}}`, "/input duplicate"},
		{"an idempotency key, which nothing acts upon", nil, `{"action":"department.list","idempotency_key":"k","input":{}}`, "/idempotency_key unknown"},
		{"input that is null", nil, `{"action":"chatbot.text.send","input":null}`, " type"},
		{"input that is a list", nil, `{"action":"chatbot.text.send","input":[]}`, " type"},
		{"input that is a string", nil, `{"action":"chatbot.text.send","input":"{}"}`, " type"},
		{"input with a key twice", nil, `{"action":"chatbot.text.send","input":{"content":"x","content":"x"}}`, "/content duplicate"},
		{"several actions need a name", []string{"chatbot.*"}, `{"content":"x"}`, "/content unknown; /action required; /input required"},
		{"one action: what is no input", []string{"chatbot.text.send"}, `7`, " type"},
		{"one action: no JSON", []string{"chatbot.text.send"}, `{`, " format"},
		{"one action: nothing", []string{"chatbot.text.send"}, ``, " required"},
		{"one action: half an envelope is its input", []string{"chatbot.text.send"}, `{"action":"chatbot.text.send","content":"x"}`, "/action unknown"},
		{"one action: an unknown key beside the input", []string{"chatbot.text.send"}, `{"input":{"content":"x"},"x":1}`, "/x unknown"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := deploy(t, only(test.actions...))
			answer, err := d.serve(t.Context(), test.payload)
			if test.says == "" {
				require.NoError(t, err)
				assert.Contains(t, answer, `"action":"chatbot.text.send"`)
				assert.Equal(t, []string{"x"}, d.texts())
				return
			}
			p := problem(t, err)
			assert.Equal(t, fault.InvalidInput, p.Kind)
			assert.Equal(t, "call-1", p.RequestID)
			if strings.HasSuffix(test.says, ".") {
				assert.Equal(t, test.says, p.Detail)
			} else {
				assert.Equal(t, test.says, rules(p))
			}
			for _, v := range p.Violations {
				assert.NotEmpty(t, v.Detail)
				assert.NotEmpty(t, v.Limit, v.Detail)
			}
			assert.Zero(t, d.sends())
		})
	}
}

// rules lists the pointers and rules of a problem's violations.
func rules(p fault.Problem) string {
	var list []string
	for _, v := range p.Violations {
		list = append(list, v.Field+" "+string(v.Rule))
	}
	return strings.Join(list, "; ")
}

func TestARefusedEnvelopeSaysWhatToSend(t *testing.T) {
	t.Parallel()
	_, err := deploy(t).serve(t.Context(), `{"acton":"department.list","input":{}}`)
	p := problem(t, err)
	assert.Contains(t, p.Hint, `{"action":"message.text.send"`)
	assert.Equal(t, "acton", p.Violations[0].Given)
	assert.Contains(t, p.Violations[0].Detail, `Did you mean "action"?`)
}

func TestLongKeysAreCut(t *testing.T) {
	t.Parallel()
	_, err := deploy(t).serve(t.Context(), `{"`+strings.Repeat("键", 5000)+`":1}`)
	assert.Less(t, len(marshal(t, problem(t, err))), 2000)
}

func TestManyUnknownKeysAreCounted(t *testing.T) {
	t.Parallel()
	_, err := deploy(t).serve(t.Context(), manyKeys(1000))
	p := problem(t, err)
	assert.Len(t, p.Violations, fault.MaxViolations)
	assert.Contains(t, p.Detail, "breaks 1002 rules")
}

func manyKeys(n int) string {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = `"k` + strings.Repeat("x", i) + `":1`
	}
	return "{" + strings.Join(keys, ",") + "}"
}

func TestActionsThatMayNotBeRun(t *testing.T) {
	t.Parallel()
	d := deploy(t, only("message.*"))
	for payload, kind := range map[string]fault.Kind{
		`{"action":"chatbot.text.send","input":{"content":"x"}}`:                               fault.Forbidden,
		`{"action":"no.such","input":{}}`:                                                      fault.NotFound,
		`{"action":"wecom-message-text-send","input":{}}`:                                      fault.NotFound,
		`{"action":"message.text.send","connection":"x","input":{"touser":"a","content":"x"}}`: fault.NotFound,
	} {
		_, err := d.serve(t.Context(), payload)
		assert.Equal(t, kind, problem(t, err).Kind, payload)
	}
	one := deploy(t, only("message.text.send"))
	_, err := one.serve(t.Context(), `{"action":"chatbot.text.send","input":{"content":"x"}}`)
	assert.Equal(t, fault.Forbidden, problem(t, err).Kind, "the name that is given counts")
}

func TestEventsOverTheLimit(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	_, err := d.serve(t.Context(), `{"action":"message.text.send","input":{"touser":"zhangsan","content":"`+strings.Repeat("a", 4<<20)+`"}}`)
	p := problem(t, err)
	assert.Equal(t, fault.TooLarge, p.Kind)
	assert.Equal(t, "payload_too_large", p.Reason)
	assert.Equal(t, "message.text.send", p.Action)
	assert.Contains(t, p.Detail, "at most 4194304")
	assert.Empty(t, p.Hint)
	assert.Zero(t, d.sends())
}

func TestEventsWithFilesMayBeLarger(t *testing.T) {
	t.Parallel()
	send := func(bytes int) string {
		content := strings.Repeat("AAAA", bytes/3)
		return `{"action":"message.file.send","input":{"touser":"zhangsan","file":{"filename":"a.bin","content":"` + content + `"}}}`
	}
	d := deploy(t)
	_, err := d.serve(t.Context(), send(3<<20+300<<10)) // more than 4 MiB of base64
	require.NoError(t, err)

	for name, c := range map[string]struct {
		d     *deployment
		size  int
		limit string
	}{
		"of the actions":  {deploy(t, dialect(event.Alibaba)), 21<<20 + 1<<18, "at most 29360128"},
		"of the platform": {d, 5 << 20, "at most 6291456"},
	} {
		_, err := c.d.serve(t.Context(), send(c.size))
		p := problem(t, err)
		assert.Equal(t, fault.TooLarge, p.Kind, name)
		assert.Contains(t, p.Detail, c.limit, name)
		assert.Contains(t, p.Hint, "url", "it says how a file becomes small")
	}
}

func TestResultsOverTheLimitOfThePlatform(t *testing.T) {
	t.Parallel()
	d := deploy(t, func(d *deployment) { d.options.MaxAnswer = 300 })
	_, err := d.serve(t.Context(), `{"action":"department.list","input":{}}`)
	p := problem(t, err)
	assert.Equal(t, fault.TooLarge, p.Kind)
	assert.Equal(t, "answer_too_large", p.Reason)
	assert.Contains(t, p.Detail, "at most 300")
}

func TestAPanicOfAnInvocationIsAnError(t *testing.T) {
	t.Parallel()
	d := deploy(t, func(d *deployment) { d.settings.Connections[1].Transport = panicking{} })
	_, err := d.serve(t.Context(), chatbot("x"))
	p := problem(t, err)
	assert.Equal(t, fault.Internal, p.Kind)
	assert.Equal(t, "call-1", p.RequestID)
	assert.NotContains(t, d.log.String(), "canary", "an error's text may hold a URL with a key")
	assert.NotContains(t, marshal(t, p), "panic")
}

func TestNoSecretIsShown(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	for _, payload := range []string{
		text("x"), chatbot("x"), "x", `{}`, `{"action":"member.delete","input":{"userid":"nobody"}}`, sample(t, "sqs.json"), sample(t, "http-api.json"),
	} {
		answer, err := d.serve(t.Context(), payload)
		if err != nil {
			answer = marshal(t, problem(t, err)) + err.Error()
		}
		showsNoSecret(t, "the answer", answer)
	}
	showsNoSecret(t, "the log", d.log.String())
}

func FuzzServe(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	require.NoError(f, err)
	for _, file := range files {
		f.Add([]byte(sample(f, filepath.Base(file))))
	}
	f.Add([]byte(`{"Records":[{"eventSource":"aws:sqs"},7,"",null]}`))
	f.Add([]byte(`{"version":"2.0","cookies":[],"requestContext":{"http":{}},"headers":{"a":[[]]}}`))
	silent := answered(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	var deployments []*deployment
	for _, of := range []event.Dialect{event.AWS, event.Huawei, event.Tencent, event.Plain, event.Azure, event.Alibaba} {
		deployments = append(deployments, deploy(f, only("chatbot.text.send"), dialect(of), silent,
			func(d *deployment) { d.settings.Connections[1].Transport = refusing{} }))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, d := range deployments {
			answer, err := d.serve(t.Context(), string(raw))
			if err == nil && !json.Valid([]byte(answer)) {
				t.Errorf("not JSON: %s", answer)
			}
			if strings.Contains(d.log.String(), `"msg":"panic"`) {
				t.Errorf("panic: %s", d.log)
			}
			d.log.Clear()
		}
	})
}

// refusing is a transport without a network.
type refusing struct{}

func (refusing) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(`{"errcode":45009}`))}, nil
}
