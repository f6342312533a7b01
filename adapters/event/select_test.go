package event_test

import (
	"bytes"
	"errors"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/wecom-functions/wecom-functions/adapters/event"
	"github.com/wecom-functions/wecom-functions/core"
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
