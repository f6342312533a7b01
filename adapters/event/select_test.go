package event_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/wecom-functions/wecom-functions/adapters/event"
	"github.com/wecom-functions/wecom-functions/adapters/httpapi"
	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/caller"
	"github.com/wecom-functions/wecom-functions/core/catalog"
	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/core/fault"
)

func bot(actions ...string) core.Settings {
	return core.Settings{
		Actions:     actions,
		Connections: []connection.Settings{{Name: "bot", Type: connection.Chatbot, Key: connection.Value("a-key")}},
	}
}

func TestSelectors(t *testing.T) {
	t.Parallel()
	one, all := 1, len(catalog.Actions())
	for _, test := range []struct {
		name    string
		actions []string // WECOM_ACTION
		value   string
		want    int
		problem string
	}{
		{"nothing is chosen", nil, "", all, ""},
		{"what a console fills in", nil, "bootstrap", all, ""},
		{"what a console fills in", nil, "scf_bootstrap", all, ""},
		{"what a console fills in", nil, "-", all, ""},
		{"what a console fills in", nil, "main", all, ""},
		{"what a console fills in", nil, "handler", all, ""},
		{"what a console fills in", nil, "index.handler", all, ""},
		{"what a console fills in", nil, "index.main_handler", all, ""},
		{"an id", nil, "message.text.send", one, ""},
		{"a function's name", nil, "wecom-message-text-send", one, ""},
		{"a Go type", nil, "MessageTextSend", one, ""},
		{"a tool's name", nil, "message_text_send", one, ""},
		{"a pattern", nil, "chatbot.*", 6, ""},
		{"WECOM_ACTION wins", []string{"chatbot.*"}, "message.text.send", 6, ""},
		{"WECOM_ACTION wins over nonsense", []string{"chatbot.*"}, "nonsense", 6, ""},
		{"a misspelt one", nil, "message.text.sned", 0, "_HANDLER names no action; did you mean message.text.send?"},
		{"nonsense", nil, "index.js", 0, "_HANDLER names no action; set it to the id of one, such as message.text.send, or to bootstrap and WECOM_ACTION to what may be run"},
	} {
		connector := event.Connect(bot(test.actions...), nil, event.Selector{Variable: "_HANDLER", Value: test.value})
		if test.problem == "" {
			assert.NoError(t, connector.Err(), test.name)
			assert.Len(t, connector.Actions(), test.want, test.name)
			continue
		}
		assert.ErrorIs(t, connector.Err(), fault.Misconfigured, test.name)
		assert.Equal(t, test.problem, fault.From(connector.Err()).Detail, test.name)
	}
}

func TestAFunctionStartsWhateverIsWrong(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		settings core.Settings
		problems error
		value    string
		want     string
	}{
		{"the environment", bot(), errors.New("WECOM_X is unknown"), "", "WECOM_X is unknown"},
		{"the environment and the selector", bot(), errors.New("WECOM_X is unknown"), "messages.text.send", "WECOM_X is unknown\n_HANDLER names no action; did you mean message.text.send?"},
		{"what the core finds", core.Settings{Connections: []connection.Settings{{Name: "bot", Type: connection.Chatbot}}}, nil, "", "connection bot: Key is required"},
	} {
		var log bytes.Buffer
		test.settings.Logger = slog.New(slog.NewTextHandler(&log, nil))
		connector := event.Connect(test.settings, test.problems, event.Selector{Variable: "_HANDLER", Value: test.value})
		_, err := event.New(connector, event.Options{Dialect: event.Plain}).Serve(t.Context(), []byte(`{}`), event.Call{})
		p := problem(t, err)
		assert.Equal(t, fault.Misconfigured, p.Kind, test.name)
		assert.Contains(t, p.Detail, test.want, test.name)
		assert.Contains(t, log.String(), "misconfigured: every call is answered with this", test.name)
	}
}

// What is wrong is not for everybody: who may call still counts.
func TestTheProblemsOfADeploymentAreToldToItsCallers(t *testing.T) {
	t.Parallel()
	settings := bot()
	settings.Callers = caller.Policy{Mode: caller.Keys, Keys: []caller.Key{{Name: "ci", Hash: sha256.Sum256([]byte("a-key"))}}}
	for _, test := range []struct {
		name     string
		problems error
		handler  string
	}{
		{"of the environment", errors.New("WECOM_X is unknown"), ""},
		{"of the selector", nil, "messages.text.send"},
	} {
		connector := event.Connect(settings, test.problems, event.Selector{Variable: "_HANDLER", Value: test.handler})
		for authorization, want := range map[string]int{"": 401, "Bearer a-key": 500} {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/actions/chatbot.text.send", http.NoBody)
			r.Header.Set("Authorization", authorization)
			w := httptest.NewRecorder()
			httpapi.Handler(connector, httpapi.Options{}).ServeHTTP(w, r)
			assert.Equal(t, want, w.Code, test.name)
		}
	}
}
