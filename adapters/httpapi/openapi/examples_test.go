package openapi_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/adapters/httpapi"
	"github.com/wecom-functions/wecom-functions/adapters/httpapi/openapi"
	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/caller"
	"github.com/wecom-functions/wecom-functions/core/catalog"
	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

// service is a real server in front of an emulated WeCom.
type service struct {
	url string
	sim *wecomsim.Sim
}

func start(t *testing.T, mode caller.Mode) service {
	t.Helper()
	sim := wecomsim.New()
	t.Cleanup(sim.Close)
	connector, err := core.New(core.Settings{
		Callers: caller.Policy{Mode: mode},
		Connections: []connection.Settings{
			{
				Name: "default", Type: connection.Application, BaseURL: sim.URL(), CorpID: wecomsim.SeedCorpID,
				AgentID: wecomsim.SeedAgentID, Secret: connection.Value(wecomsim.SeedAppSecret),
				ContactsSecret: connection.Value(wecomsim.SeedContactsSecret),
			},
			{Name: "bot", Type: connection.Chatbot, BaseURL: sim.URL(), Key: connection.Value(wecomsim.SeedChatbotKey)},
		},
	})
	require.NoError(t, err)
	server := httptest.NewServer(httpapi.Handler(connector, httpapi.Options{}))
	t.Cleanup(server.Close)
	return service{server.URL, sim}
}

// call sends an input and returns the answer.
func (s service) call(t *testing.T, id string, input []byte) (status int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/actions/"+id, strings.NewReader(string(input)))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Request-Id", "example")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(data)
}

// prepare brings the demo enterprise into the state that an example speaks of, and completes its input.
func (s service) prepare(t *testing.T, id string, input []byte) []byte {
	t.Helper()
	switch id {
	case "department.delete": // a department that nobody is in
		status, body := s.call(t, "department.create", []byte(`{"id":8,"name":"临时","parentid":1}`))
		require.Equal(t, http.StatusOK, status, body)
	case "message.recall": // what is withdrawn was sent, and the emulator chooses its msgid
		status, body := s.call(t, "message.text.send", []byte(`{"touser":["zhangsan"],"content":"to be withdrawn"}`))
		require.Equal(t, http.StatusOK, status, body)
		var sent struct{ Output struct{ MsgID string } }
		require.NoError(t, json.Unmarshal([]byte(body), &sent))
		encoded, err := json.Marshal(map[string]string{"msgid": sent.Output.MsgID})
		require.NoError(t, err)
		return encoded
	}
	return input
}

func TestEveryRequestExampleAnswersItsSuccessExample(t *testing.T) {
	t.Parallel()
	d := read(t)
	for _, a := range catalog.Actions() {
		post := d.Paths["/actions/"+a.ID].Post
		for name, request := range post.RequestBody.Content["application/json"].Examples {
			t.Run(a.ID+" "+request.Summary, func(t *testing.T) {
				t.Parallel()
				s := start(t, caller.None)
				status, body := s.call(t, a.ID, s.prepare(t, a.ID, request.Value))
				require.Equal(t, http.StatusOK, status, body)
				want := post.Responses["200"].Content["application/json"].Examples[name].Value
				assertLike(t, want, body)
			})
		}
	}
}

func TestEveryFailureExampleIsWhatHappens(t *testing.T) {
	t.Parallel()
	d := read(t)
	for _, a := range catalog.Actions() {
		post := d.Paths["/actions/"+a.ID].Post
		for status, response := range post.Responses {
			for name, failure := range response.Content["application/problem+json"].Examples {
				t.Run(a.ID+" "+name, func(t *testing.T) {
					t.Parallel()
					s := start(t, caller.None)
					haveStatus, body := s.call(t, a.ID, s.breaking(t, a, failure))
					assert.Equal(t, status, strconv.Itoa(haveStatus))
					assertLike(t, failure.Value, body)
				})
			}
		}
	}
}

// breaking is the input that fails as the example says, by itself or because WeCom will refuse it.
func (s service) breaking(t *testing.T, a *catalog.Action, failure example) []byte {
	t.Helper()
	if failure.Input != nil {
		return failure.Input
	}
	var problem struct{ WeCom struct{ Errcode int } }
	require.NoError(t, json.Unmarshal(failure.Value, &problem))
	require.NotZero(t, problem.WeCom.Errcode)
	require.NoError(t, s.sim.SetFaults(wecomsim.Faults{Faults: []wecomsim.Fault{{
		Match: wecomsim.Match{Path: "/cgi-bin/" + openapi.CallPath(a)},
		Do:    wecomsim.Do{Errcode: problem.WeCom.Errcode, IP: "203.0.113.9"},
	}}}))
	return []byte(a.Examples[0].Input)
}

func TestTheExampleOfACallerWithoutAKey(t *testing.T) {
	t.Parallel()
	s := start(t, caller.Keys)
	status, body := s.call(t, "message.text.send", []byte(`{}`))
	assert.Equal(t, http.StatusUnauthorized, status)
	want := read(t).Components.Responses["Unauthenticated"].Content["application/problem+json"].Examples["unauthenticated"]
	assertLike(t, want.Value, body)
}

var (
	// hintDigits are the time and a number that WeCom adds to its texts.
	hintDigits = regexp.MustCompile(`hint: \[\d{25}\]`)
	// secretUsed is the sentence that names which of the two secrets a call was made with.
	secretUsed = regexp.MustCompile(` The call was made with [^."]*\.`)
	// times are those of an upload.
	times = regexp.MustCompile(`,"(created|expires)_at":\d+`)
)

// assertLike compares an answer with an example, in which "..." stands for any text.
func assertLike(t *testing.T, want json.RawMessage, have string) {
	t.Helper()
	for _, varies := range []*regexp.Regexp{hintDigits, secretUsed, times} {
		want = varies.ReplaceAll(want, nil)
		have = varies.ReplaceAllString(have, "")
	}
	var wanted, had any
	require.NoError(t, json.Unmarshal(want, &wanted))
	require.NoError(t, json.Unmarshal([]byte(have), &had))
	assert.Equal(t, filled(wanted, had), had)
}

// filled puts into an example, for each "...", the text that an answer has at its place.
func filled(want, have any) any {
	switch w := want.(type) {
	case map[string]any:
		h, _ := have.(map[string]any)
		for key := range w {
			w[key] = filled(w[key], h[key])
		}
	case []any:
		h, _ := have.([]any)
		for i := range min(len(w), len(h)) {
			w[i] = filled(w[i], h[i])
		}
	case string:
		if text, ok := have.(string); ok && w == "..." && text != "" {
			return text
		}
	}
	return want
}
