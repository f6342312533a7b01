package httpapi_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

// withAlerts adds a second chatbot, so that "default" is taken where the choice of another cannot be read.
func withAlerts(s *setup) {
	first := &s.settings.Connections[1]
	s.settings.Connections[0].Name, first.Name = "app", "default"
	second := *first
	second.Name, second.Key = "alerts", connection.Value(wecomsim.SeedDisabledChatbotKey)
	s.settings.Connections = append(s.settings.Connections, second)
}

const pushText = "/actions/chatbot.text.send"

func TestAChoiceOfConnectionThatCannotBeReadIsRefused(t *testing.T) {
	t.Parallel()
	several, sole := start(t, withAlerts), start(t, withAlerts, only("chatbot.text.send"))
	const field = "X-WeCom-Connection: "
	for _, test := range []struct {
		name, query, headers string
		hint                 string
	}{
		{name: "a semicolon", query: "?connection=alerts;x", hint: "percent-encoded"},
		{name: "a broken escape", query: "?connection=alerts%zz", hint: "percent-encoded"},
		{name: "twice", query: "?connection=default&connection=alerts"},
		{name: "twice, once empty", query: "?connection=&connection=alerts"},
		{name: "twice the same", query: "?connection=alerts&connection=alerts"},
		{name: "two headers", headers: field + "default\r\n" + field + "alerts\r\n"},
		{name: "query and header differ", query: "?connection=default", headers: field + "alerts\r\n"},
		{name: "misspelt", query: "?conection=alerts", hint: "Did you mean connection?"},
		{name: "upper case", query: "?Connection=alerts", hint: "Did you mean connection?"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			ask := func(s *service, path string) answer {
				return s.raw(t, rawPost(path+test.query, test.headers+"Content-Length: 15\r\n", `{"content":"x"}`))
			}
			for _, answer := range []answer{ask(several, pushText), ask(sole, pushText), ask(sole, "/a/path/of/the/platform")} {
				requireBadChoice(t, answer, test.hint)
			}
		})
	}
}

func requireBadChoice(t *testing.T, answer answer, hint string) {
	t.Helper()
	problem := answer.problem(t)
	assert.Equal(t, http.StatusBadRequest, answer.status)
	assert.Equal(t, fault.InvalidInput, problem.Kind)
	assert.Equal(t, "connection", problem.Reason)
	assert.Equal(t, "chatbot.text.send", problem.Action)
	assert.Contains(t, problem.Hint, hint)
}

func TestParametersOfThePlatformAreLetBe(t *testing.T) {
	t.Parallel()
	s := start(t, withAlerts)
	s.raw(t, rawPost(pushText+"?connection=default&code=key-of-the-platform&debug=1", "Content-Length: 15\r\n", `{"content":"x"}`)).result(t)
}
