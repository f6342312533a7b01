package gcf_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	cloudevents "github.com/cloudevents/sdk-go/v2"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/adapters/gcf"
	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/caller"
	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

// deployed is a deployment before an emulated WeCom.
type deployed struct {
	*gcf.Deployment
	sim *wecomsim.Sim
	log *bytes.Buffer // calls are made one after the other
}

func deploy(t *testing.T, actions ...string) deployed {
	t.Helper()
	d := deployed{sim: wecomsim.New(), log: &bytes.Buffer{}}
	t.Cleanup(d.sim.Close)
	connector, err := core.New(core.Settings{
		Actions: actions, Callers: caller.Policy{Mode: caller.Platform}, Logger: slog.New(slog.NewJSONHandler(d.log, nil)),
		Connections: []connection.Settings{
			{
				Name: "default", Type: connection.Application, BaseURL: d.sim.URL(), CorpID: wecomsim.SeedCorpID,
				AgentID: wecomsim.SeedAgentID, Secret: connection.Value(wecomsim.SeedAppSecret),
			},
			{Name: "bot", Type: connection.Chatbot, BaseURL: d.sim.URL(), Key: connection.Value(wecomsim.SeedChatbotKey)},
		},
	})
	require.NoError(t, err)
	d.Deployment = gcf.New(connector)
	return d
}

func (d deployed) serve(r *http.Request) *httptest.ResponseRecorder {
	recorder := httptest.NewRecorder()
	d.ServeHTTP(recorder, r)
	return recorder
}

// line is the only line of the log.
func (d deployed) line(t *testing.T) map[string]any {
	t.Helper()
	var line map[string]any
	require.NoError(t, json.Unmarshal(d.log.Bytes(), &line), d.log.String())
	return line
}

const hello = `{"content":"hello"}`

func TestWhatIsServedWhere(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name         string
		actions      []string
		method, path string
		want         int
	}{
		{"an action by its route", nil, "POST", "/actions/chatbot.text.send", 200},
		{"an action by its function", nil, "POST", "/ChatbotTextSend", 200},
		{"an action by its function, with a query", nil, "POST", "/ChatbotTextSend?connection=bot", 200},
		{"an action's schema by its function", nil, "GET", "/ChatbotTextSend", 200},
		{"a function's path goes no deeper", nil, "POST", "/ChatbotTextSend/x", 404},
		{"no function", nil, "POST", "/ChatbotTextSned", 404},
		{"requests at the function of all", nil, "POST", "/WeCom", 400},
		{"requests at the function of all events", nil, "POST", "/WeComEvent", 400},
		{"one action is served on every path", []string{"chatbot.text.send"}, "POST", "/any/path", 200},
		{"another one is not served", []string{"chatbot.text.send"}, "POST", "/MessageTextSend", 403},
		{"health", []string{"chatbot.text.send"}, "GET", "/health/ready", 200},
		{"what robots ask for", []string{"chatbot.text.send"}, "GET", "/robots.txt", 404},
		{"what browsers ask for", []string{"chatbot.text.send"}, "GET", "/favicon.ico", 404},
		{"no call is made there either", []string{"chatbot.text.send"}, "POST", "/robots.txt", 404},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := deploy(t, test.actions...)
			r := posted(test.path, hello)
			r.Method = test.method
			answer := d.serve(r)
			assert.Equal(t, test.want, answer.Code, answer.Body.String())
			sent := 0
			if test.want == http.StatusOK && test.method == http.MethodPost {
				sent = 1
			}
			assert.Len(t, d.sim.Inbox(wecomsim.InboxFilter{}), sent)
		})
	}
}

func TestAFunctionForEventsRunsItsActionAlone(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, path, data string
		want             int
	}{
		{"its input", "/ChatbotTextSendEvent", hello, 204},
		{"an envelope without an action", "/ChatbotTextSendEvent", `{"input":` + hello + `}`, 204},
		{"an envelope of its action", "/ChatbotTextSendEvent", `{"action":"chatbot.text.send","input":` + hello + `}`, 204},
		{"an envelope of another one", "/MessageTextSendEvent", `{"action":"chatbot.text.send","input":` + hello + `}`, 403},
		{"the function of all wants to hear which", "/WeComEvent", `{"input":` + hello + `}`, 400},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := posted(test.path, test.data)
			for name, value := range map[string]string{"id": "7", "source": "s", "type": custom, "specversion": "1.0"} {
				r.Header.Set("Ce-"+name, value)
			}
			answer := deploy(t).serve(r)
			assert.Equal(t, test.want, answer.Code, answer.Body.String())
		})
	}
}

func TestARequestIsLoggedUnderThePlatformsIds(t *testing.T) {
	t.Parallel()
	const trace = "105445aa7843bc8bf206b12000100000"
	for _, test := range []struct {
		name    string
		headers map[string]string
		want    any
	}{
		{"the platform's header", map[string]string{"X-Cloud-Trace-Context": trace + "/1;o=1"}, trace},
		{"without a span", map[string]string{"X-Cloud-Trace-Context": trace}, trace},
		{"the standard header", map[string]string{"Traceparent": "00-" + trace + "-00f067aa0ba902b7-01"}, trace},
		{"the standard one wins", map[string]string{"Traceparent": "00-" + trace + "-00f067aa0ba902b7-01", "X-Cloud-Trace-Context": strings.Repeat("1", 32) + "/1"}, trace},
		{"what is no trace", map[string]string{"X-Cloud-Trace-Context": "canary"}, nil},
		{"none", nil, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := deploy(t)
			r := posted("/ChatbotTextSend", hello)
			r.Header.Set("Function-Execution-Id", "e1x2")
			for name, value := range test.headers {
				r.Header.Set(name, value)
			}
			answer := d.serve(r)
			require.Equal(t, http.StatusOK, answer.Code, answer.Body.String())
			assert.Equal(t, "e1x2", answer.Header().Get("X-Request-Id"))
			assert.Equal(t, "e1x2", d.line(t)["request_id"])
			assert.Equal(t, test.want, d.line(t)["trace_id"])
		})
	}
}

// event is a sample as the SDK of CloudEvents reads it.
func event(t *testing.T, file string) cloudevents.Event {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", file))
	require.NoError(t, err)
	var e cloudevents.Event
	require.NoError(t, json.Unmarshal(raw, &e))
	return e
}

func TestSamplesInBothModes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		file  string
		want  int
		shows []string
	}{
		{"pubsub.json", 204, []string{"磁盘 db-03 已用 91%"}},
		{"eventarc.json", 204, []string{"磁盘 db-03 已用 91%"}},
		{"storage.json", 400, nil},
	} {
		for _, mode := range []string{"binary", "structured"} {
			t.Run(test.file+" "+mode, func(t *testing.T) {
				t.Parallel()
				d, e := deploy(t), event(t, test.file)
				ctx := cloudevents.WithEncodingBinary(t.Context())
				if mode == "structured" {
					ctx = cloudevents.WithEncodingStructured(t.Context())
				}
				r, err := cehttp.NewHTTPRequestFromEvent(ctx, "http://localhost/WeComEvent", e)
				require.NoError(t, err)
				answer := d.serve(r)
				assert.Equal(t, test.want, answer.Code, answer.Body.String())
				assert.Equal(t, test.shows, texts(d.sim))
				assert.Equal(t, e.ID(), d.line(t)["request_id"])
			})
		}
	}
}

func texts(sim *wecomsim.Sim) []string { return sim.Texts() }
