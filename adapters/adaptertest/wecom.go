package adaptertest

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/caller"
	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/local/testlog"
	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

// enterprise is an emulated WeCom that answers the same call, made twice, with the same bytes: once by the core, to
// have the measure, and once through the adapter. Ids, tokens and times would differ otherwise.
type enterprise struct {
	sim *wecomsim.Sim
	url string
	log testlog.Log

	mu     sync.Mutex
	made   map[string]made
	tokens []string
}

// made is an answer.
type made struct {
	header http.Header
	body   []byte
}

func newEnterprise(t *testing.T) *enterprise {
	t.Helper()
	e := &enterprise{sim: wecomsim.New(), made: make(map[string]made)}
	server := httptest.NewServer(e)
	e.url = server.URL
	t.Cleanup(server.Close)
	t.Cleanup(e.sim.Close)
	return e
}

// withFaults has the emulator answer by itself, since some of its faults break the connection.
func (e *enterprise) withFaults(t *testing.T, faults []wecomsim.Fault) {
	t.Helper()
	assert.NoError(t, e.sim.SetFaults(wecomsim.Faults{Faults: faults}))
	e.url = e.sim.URL()
}

// settings are those of the demo enterprise, for callers that the platform has authenticated.
func (e *enterprise) settings() core.Settings {
	return core.Settings{
		Connections: Connections(e.url),
		Callers:     caller.Policy{Mode: caller.Platform},
		Logger:      slog.New(slog.NewJSONHandler(&e.log, nil)),
	}
}

// Connections are the demo enterprise's: an application by the name default, and a chatbot by the name bot.
func Connections(url string) []connection.Settings {
	return []connection.Settings{
		{
			Name: "default", Type: connection.Application, BaseURL: url, CorpID: wecomsim.SeedCorpID,
			AgentID: wecomsim.SeedAgentID, Secret: connection.Value(wecomsim.SeedAppSecret),
			ContactsSecret: connection.Value(wecomsim.SeedContactsSecret),
		},
		{Name: "bot", Type: connection.Chatbot, BaseURL: url, Key: connection.Value(wecomsim.SeedChatbotKey)},
	}
}

func (e *enterprise) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	answer := e.answer(r, body)
	for name, values := range answer.header {
		w.Header()[name] = values
	}
	_, _ = w.Write(answer.body) // it fails where the client is gone
}

func (e *enterprise) answer(r *http.Request, body []byte) made {
	e.mu.Lock()
	defer e.mu.Unlock()
	query := r.URL.Query()
	query.Del("access_token")
	key := r.Method + " " + r.URL.Path + "?" + query.Encode() + "\n" + withoutBoundary(r, string(body))
	if known, ok := e.made[key]; ok {
		return known
	}
	recorder := httptest.NewRecorder()
	r.Body = io.NopCloser(bytes.NewReader(body))
	e.sim.ServeHTTP(recorder, r)
	answer := made{recorder.Header(), recorder.Body.Bytes()}
	e.made[key] = answer
	var token struct {
		AccessToken string `json:"access_token"`
	}
	if json.Unmarshal(answer.body, &token) == nil && token.AccessToken != "" {
		e.tokens = append(e.tokens, token.AccessToken)
	}
	return answer
}

// withoutBoundary is the body without what is drawn by lot in it: the boundary of an upload.
func withoutBoundary(r *http.Request, body string) string {
	_, parameters, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if boundary := parameters["boundary"]; boundary != "" {
		return strings.ReplaceAll(body, boundary, "")
	}
	return body
}

// texts are the text messages that the emulated phones and groups hold.
func (e *enterprise) texts(t *testing.T) []string {
	t.Helper()
	var list []string
	for _, m := range e.sim.Inbox(wecomsim.InboxFilter{}) {
		var text struct {
			Content string `json:"content"`
		}
		assert.NoError(t, json.Unmarshal(m.Content, &text))
		list = append(list, text.Content)
	}
	return list
}

// showsNoSecret looks for secrets and tokens in what came back and in the log.
func (e *enterprise) showsNoSecret(t *testing.T, answer Answer) {
	t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, secret := range append([]string{wecomsim.SeedAppSecret, wecomsim.SeedContactsSecret, wecomsim.SeedChatbotKey}, e.tokens...) {
		assert.NotContains(t, answer.Raw, secret, "the answer shows a secret")
		assert.NotContains(t, e.log.String(), secret, "the log shows a secret")
	}
}
