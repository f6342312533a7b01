package catalog_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/catalog"
	"github.com/wecom-functions/wecom-functions/core/fault"
)

func TestTriggersThatMayRepeatTurnTheDuplicateCheckOn(t *testing.T) {
	t.Parallel()
	const on, off = `"enable_duplicate_check":1`, `"enable_duplicate_check":0`
	for _, test := range []struct {
		name, action, input string
		atLeastOnce         bool
		want, never         string
	}{
		{"a message", "message.text.send", `{"touser":"a","content":"x"}`, true, on, off},
		{"the caller decided against it", "message.text.send", `{"touser":"a","content":"x","enable_duplicate_check":0}`, true, off, on},
		{"the caller decided for it", "message.text.send", `{"touser":"a","content":"x","enable_duplicate_check":1}`, true, on, off},
		{"null leaves it to us", "message.text.send", `{"touser":"a","content":"x","enable_duplicate_check":null}`, true, on, off},
		{"a trigger that delivers once", "message.text.send", `{"touser":"a","content":"x"}`, false, "", "duplicate_check"},
		{"group chats have no such check", "groupchat.text.send", `{"chatid":"c","content":"x"}`, true, "", "duplicate_check"},
		{"chatbots have no such check", "chatbot.text.send", `{"content":"x"}`, true, "", "duplicate_check"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			weCom := newStandIn(t, []string{`{"errcode":0,"errmsg":"ok","msgid":"m"}`})
			_, err := weCom.connector(t, false).Invoke(t.Context(), core.Request{
				Action: test.action, Input: []byte(test.input), AtLeastOnce: test.atLeastOnce,
			})
			require.NoError(t, err)
			require.Len(t, weCom.recorded(), 1)
			body := weCom.recorded()[0].body
			assert.Contains(t, body, test.want)
			assert.NotContains(t, body, test.never)
		})
	}
}

func TestALostAnswerUnderTheDuplicateCheckIsAskedForAgain(t *testing.T) {
	t.Parallel()
	weCom := newStandIn(t, []string{lost, `{"errcode":0,"errmsg":"ok","msgid":"m"}`})
	request := core.Request{Action: "message.text.send", Input: []byte(`{"touser":"a","content":"x"}`)}
	_, err := weCom.connector(t, false).Invoke(t.Context(), request)
	require.ErrorIs(t, err, fault.OutcomeUnknown, "without the check it is not sent again")

	weCom = newStandIn(t, []string{lost, `{"errcode":0,"errmsg":"ok","msgid":"m"}`})
	request.AtLeastOnce = true
	_, err = weCom.connector(t, false).Invoke(t.Context(), request)
	require.NoError(t, err)
	sent := weCom.recorded()
	require.Len(t, sent, 2)
	assert.Equal(t, sent[0].body, sent[1].body, "WeCom compares bytes")
}

func TestEveryMessageThatIsSentCanBeChecked(t *testing.T) {
	t.Parallel()
	for _, action := range catalog.Actions() {
		_, can := action.New().(catalog.DuplicateChecker)
		want := strings.HasPrefix(action.ID, "message.") && strings.HasSuffix(action.ID, ".send")
		assert.Equal(t, want, can, action.ID)
	}
}
