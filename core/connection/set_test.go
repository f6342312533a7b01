package connection_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/core/fault"
)

func TestPick(t *testing.T) {
	t.Parallel()
	named := func(s connection.Settings, name string) connection.Settings { s.Name = name; return s }
	app, second, third := application(), named(application(), "second"), named(application(), "third")
	bot, bots := chatbot(), named(chatbot(), "default")
	for _, c := range []struct {
		name    string
		all     []connection.Settings
		request string
		needed  connection.Type
		want    string
		kind    fault.Kind
	}{
		{"the only one", []connection.Settings{second}, "", connection.Application, "second", ""},
		{"the only one of its type", []connection.Settings{app, bot}, "", connection.Chatbot, "alerts", ""},
		{"the default one of several", []connection.Settings{second, app, third}, "", connection.Application, "default", ""},
		{"the named one", []connection.Settings{app, second}, "second", connection.Application, "second", ""},
		{"several and none is the default", []connection.Settings{second, third}, "", connection.Application, "", fault.InvalidInput},
		{"a default of the other type does not count", []connection.Settings{second, third, bots}, "", connection.Application, "", fault.InvalidInput},
		{"an unknown one", []connection.Settings{app}, "secnd", connection.Application, "", fault.NotFound},
		{"an unknown one where there are none", nil, "default", connection.Application, "", fault.NotFound},
		{"one of the wrong type", []connection.Settings{app, bot}, "alerts", connection.Application, "", fault.InvalidInput},
		{"none configured", nil, "", connection.Application, "", fault.Misconfigured},
		{"none of the type configured", []connection.Settings{app}, "", connection.Chatbot, "", fault.Misconfigured},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := connection.Pick(c.all, c.request, c.needed)
			assert.Equal(t, c.want, got.Name)
			if c.kind == "" {
				assert.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, c.kind)
			assert.NotContains(t, fault.From(err).Error(), "secnd", "the caller's text is not repeated")
		})
	}
	t.Run("does not change the list", func(t *testing.T) {
		t.Parallel()
		all := []connection.Settings{bot, app, second}
		_, err := connection.Pick(all, "", connection.Application)
		require.NoError(t, err)
		assert.Equal(t, []connection.Settings{bot, app, second}, all)
	})
	t.Run("hints name what to set or choose from", func(t *testing.T) {
		t.Parallel()
		_, err := connection.Pick(nil, "", connection.Chatbot)
		assert.Contains(t, fault.From(err).Hint, "WECOM_<NAME>_KEY")
		_, err = connection.Pick(nil, "", connection.Application)
		assert.Contains(t, fault.From(err).Hint, "WECOM_<NAME>_SECRET")
		_, err = connection.Pick([]connection.Settings{app, bot}, "x", connection.Application)
		assert.Contains(t, fault.From(err).Hint, "default, alerts")
	})
}
