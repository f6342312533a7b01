package event_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/adapters/event"
	"github.com/wecom-functions/wecom-functions/core/caller"
	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

// azureReply is the response in what the Azure Functions host is answered.
func (d *deployment) azureReply(t *testing.T, raw string, call event.Call) reply {
	t.Helper()
	answer, err := d.events.Serve(t.Context(), []byte(raw), call)
	require.NoError(t, err)
	var result struct {
		Outputs     map[string]reply
		Logs        []string
		ReturnValue json.RawMessage
	}
	require.NoError(t, json.Unmarshal(answer, &result), string(answer))
	assert.NotNil(t, result.Logs)
	assert.Equal(t, "null", string(result.ReturnValue))
	require.Contains(t, result.Outputs, "res")
	return result.Outputs["res"]
}

// azureRequest is an envelope with a request of these members.
func azureRequest(members string) string {
	return `{"Data":{"req":{` + members + `}},"Metadata":{}}`
}

func azureMessage(value string) string { return `{"Data":{"message":` + value + `},"Metadata":{}}` }

func TestEnvelopesOfAzureAreRecognized(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]event.Shape{
		"azure-http.json": event.AzureHTTP, "azure-http-query.json": event.AzureHTTP,
		"azure-queue.json": event.AzureTrigger, "azure-queue-once.json": event.AzureTrigger,
		"direct.json": event.AzureTrigger, // and refused, for the host invokes nothing directly
	} {
		assert.Equal(t, want, event.Recognize(event.Azure, []byte(sample(t, file))), file)
	}
}

func TestRequestsInAnEnvelopeOfAzureAreRestored(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, event   string
		call          event.Call
		method, path  string
		rawPath       string
		query, id     string
		body          string
		forwardedFrom []string
	}{
		{
			name: "as the host writes it", event: sample(t, "azure-http.json"), call: event.Call{RequestID: "call-1"},
			method: "POST", path: "/api/actions/message.text.send", query: "connection=default&x=a%20b&x=2&code=canary-function-key", id: "rq-13",
			body: `{"touser": ["zhangsan"], "content": "磁盘 db-03 已用 91%"}`, forwardedFrom: []string{"198.51.100.7:50123"},
		},
		{
			name: "with the query as text, as it is documented", event: sample(t, "azure-http-query.json"), call: event.Call{RequestID: "call-1"},
			method: "POST", path: "/api/actions/message.text.send", query: "connection=default&x=a+b", id: "call-1",
			body: `{"touser": ["zhangsan"], "content": "磁盘 db-03 已用 91%"}`,
		},
		{
			name: "for the function of an action", event: azureRequest(`"Url":"https://a/api/notify?x=1","Method":"POST"`),
			call:   event.Call{RequestID: "call-1", Action: "message.text.send"},
			method: "POST", path: "/actions/message.text.send", query: "x=1", id: "call-1",
		},
		{
			name: "a query in values of every kind", event: azureRequest(`"Url":"https://a/b","Method":"GET","Query":{"a":true,"b":null,"c":1,"d":["x","y"],"e":{}}`),
			call: event.Call{RequestID: "call-1"}, method: "GET", path: "/b", query: "a=&c=1&d=x&d=y", id: "call-1",
		},
		{
			name: "null and nothing", event: azureRequest(`"Url":"https://a/b","Method":"GET","Query":null,"Headers":null,"Body":null`),
			call: event.Call{RequestID: "call-1"}, method: "GET", path: "/b", id: "call-1",
		},
		{
			name: "an empty query as text", event: azureRequest(`"Url":"https://a/b","Method":"GET","Query":""`),
			call: event.Call{RequestID: "call-1"}, method: "GET", path: "/b", id: "call-1",
		},
		{
			name: "an escaped path", event: azureRequest(`"Url":"https://a/actions/a%2Fb","Method":"GET"`),
			call: event.Call{RequestID: "call-1"}, method: "GET", path: "/actions/a/b", rawPath: "/actions/a%2Fb", id: "call-1",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			to := &answering{}
			deploy(t, dialect(event.Azure), answered(to)).azureReply(t, test.event, test.call)
			require.NotNil(t, to.request)
			assert.Equal(t, test.method, to.request.Method)
			assert.Equal(t, test.path, to.request.URL.Path)
			assert.Equal(t, test.rawPath, to.request.URL.RawPath)
			assert.Equal(t, test.query, to.request.URL.RawQuery)
			assert.Equal(t, test.id, to.request.Header.Get("X-Request-Id"))
			assert.Equal(t, test.forwardedFrom, to.request.Header["X-Forwarded-For"])
			assert.NotContains(t, to.request.Header, "Content-Length")
			assert.Equal(t, test.body, to.body)
		})
	}
}

func TestTheAnswerToAzureIsAnOutputBinding(t *testing.T) {
	t.Parallel()
	d := deploy(t, dialect(event.Azure), answered(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["X-A"] = []string{"1", "2"}
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"a":"<é>"}`)
	})))
	answer, err := d.serve(t.Context(), sample(t, "azure-http.json"))
	require.NoError(t, err)
	assert.Equal(t, `{"Outputs":{"res":{"statusCode":201,"headers":{"X-A":"1, 2"},"body":"{\"a\":\"<é>\"}"}},"Logs":[],"ReturnValue":null}`, answer)
}

func TestRequestsOfAzureThatAreNotWhole(t *testing.T) {
	t.Parallel()
	const url, post = `"Url":"https://a/actions/department.list"`, `"Method":"POST","Headers":{"Content-Type":["application/json"]}`
	for _, test := range []struct {
		name, event string
		status      int
		says        string
	}{
		{"no body, as of a chunked request", azureRequest(url + `,` + post), 400, "Give the input as a JSON object"},
		{"an object as the body", azureRequest(url + `,` + post + `,"Body":{}`), 400, "body is not a string"},
		{"a method that is no text", azureRequest(url + `,"Method":7`), 400, "the method of the request is missing"},
		{"a URL that is no text", azureRequest(`"Url":7,"Method":"GET"`), 400, "Url is not the URL of the request"},
		{"a URL that is none", azureRequest(`"Url":"https://a:b:c","Method":"GET"`), 400, "Url is not the URL of the request"},
		{"a URL without a path", azureRequest(`"Url":"https://a","Method":"GET"`), 400, "Url is not the URL of the request"},
		{"true as the query", azureRequest(url + `,` + post + `,"Query":true`), 400, "Query is not an object"},
		{"another text as the query", azureRequest(url + `,` + post + `,"Query":"a=b"`), 400, "Query is not an object"},
		{"bytes, which come as base64", azureRequest(url + `,"Method":"POST","Headers":{"Content-Type":["application/octet-stream"]},"Body":"e30="`), 415, "The body must be JSON"},
		{"no headers", azureRequest(url + `,"Method":"POST","Body":"{}"`), 415, "The body must be JSON"},
	} {
		d := deploy(t, dialect(event.Azure))
		answer := d.azureReply(t, test.event, event.Call{RequestID: "call-1"})
		assert.Equal(t, test.status, answer.StatusCode, test.name)
		assert.Equal(t, "application/problem+json", answer.Headers["Content-Type"], test.name)
		assert.Contains(t, answer.Body, test.says, test.name)
		assert.Contains(t, answer.Body, `"request_id":"call-1"`, test.name)
		assert.Empty(t, d.sim.Journal(), test.name)
	}
}

func TestRequestsOfAzureAreAuthenticated(t *testing.T) {
	t.Parallel()
	for _, mode := range []caller.Mode{caller.Undecided, caller.Keys} {
		d := deploy(t, dialect(event.Azure), func(d *deployment) { d.settings.Callers = caller.Policy{Mode: mode} })
		assert.Equal(t, http.StatusUnauthorized, d.azureReply(t, sample(t, "azure-http.json"), event.Call{}).StatusCode, mode)
		assert.Zero(t, d.sends())
		assert.NotContains(t, d.log.String(), "canary-function-key")
	}
}

func TestAnswersOverTheLimitReachAzureAsAProblem(t *testing.T) {
	t.Parallel()
	d := deploy(t, dialect(event.Azure), answered(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, strings.Repeat(`"`, 4<<20)) // which quoting makes 8 MiB
	})))
	answer := d.azureReply(t, sample(t, "azure-http.json"), event.Call{})
	assert.Equal(t, http.StatusRequestEntityTooLarge, answer.StatusCode)
	assert.Contains(t, answer.Body, `"reason":"answer_too_large"`)
}

func TestMessagesOfAzureQueues(t *testing.T) {
	t.Parallel()
	envelope := text("hello")
	for _, test := range []struct{ name, event string }{
		{"as the host writes it: JSON in JSON in JSON", sample(t, "azure-queue.json")},
		{"as it is documented: JSON in JSON", sample(t, "azure-queue-once.json")},
		{"as an object", azureMessage(envelope)},
		{"with space around", azureMessage(marshal(t, " \n"+marshal(t, envelope)+"\n"))},
	} {
		d := deploy(t, dialect(event.Azure))
		answer, err := d.serve(t.Context(), test.event)
		require.NoError(t, err, test.name)
		assert.Equal(t, `{"Outputs":{},"Logs":[],"ReturnValue":null}`, answer, test.name)
		assert.Len(t, d.texts(), 1, test.name)
		assert.Contains(t, marshal(t, d.sim.Journal()), "enable_duplicate_check", "the host delivers again what failed")
	}
}

func TestMessagesOfAzureThatFail(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, event, says string }{
		{"an envelope of ours where the host's is due", text("x"), "it is not an object with Data and Metadata"},
		{"no metadata", `{"Data":{"m":"{}"}}`, "it is not an object with Data and Metadata"},
		{"no data", `{"Metadata":{}}`, "it is not an object with Data and Metadata"},
		{"other case", `{"data":{"m":"{}"},"metadata":{}}`, "it is not an object with Data and Metadata"},
		{"no trigger", `{"Data":{},"Metadata":{}}`, "Data must be an object with one member"},
		{"data of another type", `{"Data":[],"Metadata":{}}`, "Data must be an object with one member"},
		{"two bindings", `{"Data":{"m":"{}","n":"{}"},"Metadata":{}}`, "other input bindings are not understood"},
		{"a batch", azureMessage(`["{}","{}"]`), "set its cardinality to one"},
		{"a batch as text", azureMessage(`"[{},{}]"`), "set its cardinality to one"},
		{"half a request", azureMessage(`{"Url":"https://a/b"}`), `There is no field \"Url\" here`},
		{"words", azureMessage(`"at noon"`), "not a JSON object"},
		{"nothing", azureMessage(`""`), "The event is empty."},
		{"null", azureMessage(`null`), "not a JSON object"},
		{"a timer", azureMessage(`{"Schedule":{"AdjustForDST":true},"IsPastDue":false}`), `There is no field \"Schedule\" here`},
		{"not JSON", `x`, "not a JSON object"},
		{"a list", `[]`, "not a JSON object"},
	} {
		d := deploy(t, dialect(event.Azure))
		_, err := d.serve(t.Context(), test.event)
		p := problem(t, err)
		assert.Equal(t, fault.InvalidInput, p.Kind, test.name)
		assert.Contains(t, marshal(t, p), test.says, test.name)
		assert.Equal(t, "call-1", p.RequestID, test.name)
		assert.Zero(t, d.sends(), test.name)
	}
}

func TestAMessageForTheFunctionOfAnAction(t *testing.T) {
	t.Parallel()
	call := event.Call{RequestID: "call-1", Action: "chatbot.text.send"}
	for _, test := range []struct {
		name, payload string
		want          fault.Kind
	}{
		{"its input alone", `{"content":"hello"}`, ""},
		{"an envelope without the action", `{"connection":"bot","input":{"content":"hello"}}`, ""},
		{"an envelope with it", chatbot("hello"), ""},
		{"an envelope with another", text("hello"), fault.Forbidden},
		{"an envelope with none that there is", `{"action":"chatbot.text","input":{}}`, fault.Forbidden},
	} {
		d := deploy(t, dialect(event.Azure))
		_, err := d.events.Serve(t.Context(), []byte(azureMessage(marshal(t, test.payload))), call)
		if test.want == "" {
			require.NoError(t, err, test.name)
			assert.Equal(t, []string{"hello"}, d.texts(), test.name)
			continue
		}
		p := problem(t, err)
		assert.Equal(t, test.want, p.Kind, test.name)
		assert.Equal(t, "This function runs chatbot.text.send alone.", p.Detail, test.name)
		assert.Zero(t, d.sends(), test.name)
	}
	d := deploy(t, dialect(event.Azure), only("message.*"))
	_, err := d.events.Serve(t.Context(), []byte(azureMessage(marshal(t, chatbot("x")))), call)
	assert.Equal(t, fault.Forbidden, problem(t, err).Kind, "WECOM_ACTION limits every function of the app")
}

func TestAMessageWithAnUnknownOutcomeIsAcknowledged(t *testing.T) {
	t.Parallel()
	d := deploy(t, dialect(event.Azure))
	require.NoError(t, d.sim.SetFaults(wecomsim.Faults{Faults: []wecomsim.Fault{{Match: wecomsim.Match{Path: "/cgi-bin/webhook/send"}, Do: wecomsim.Do{Drop: "accepted"}}}}))
	answer, err := d.serve(t.Context(), azureMessage(marshal(t, chatbot("x"))))
	require.NoError(t, err)
	assert.Equal(t, `{"Outputs":{},"Logs":[],"ReturnValue":null}`, answer)
	assert.Len(t, d.log.LinesOf(t, "acknowledged although its outcome is unknown: it will not be delivered again"), 1)
}

func TestNamesOfFunctions(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"wecom-message-text-send": "message.text.send", "message.text.send": "message.text.send", "MessageTextSend": "message.text.send",
		"message_text_send": "message.text.send", "WECOM-x": "", "wecom-queue": "", "": "", "*": "", "message.*": "", "message.text": "", "wecom-": "",
	} {
		assert.Equal(t, want, event.Named(name), name)
	}
}
