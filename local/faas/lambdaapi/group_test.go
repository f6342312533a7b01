package lambdaapi_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A function of template.yaml's groups is selected by a pattern, or by a list where no pattern says it.
func TestAGroupRunsItsActionsAlone(t *testing.T) {
	t.Parallel()
	const send = `{"action":"groupchat.text.send","input":{"chatid":"none","content":"x"}}`
	const get = `{"action":"groupchat.get","input":{"chatid":"none"}}`
	for _, group := range []struct {
		name            string
		environment     []string
		served, refused string
	}{
		{"messages to group chats", []string{"_HANDLER=groupchat.*.send"}, send, get},
		{"group chats", []string{"_HANDLER=bootstrap", "WECOM_ACTION=groupchat.create,groupchat.get,groupchat.update"}, get, send},
	} {
		t.Run(group.name, func(t *testing.T) {
			t.Parallel()
			f := deploy(t, group.environment...)
			f.Boot()
			for payload, want := range map[string]string{group.served: "not_found", group.refused: "forbidden"} {
				answer := f.invoke(payload)
				require.NotNil(t, answer.Error)
				assert.Equal(t, want, answer.Error.Type, answer.Error.Message)
			}
		})
	}
}

// The input that the README gives to a schedule.
func TestAScheduleOfAFunctionWithOneAction(t *testing.T) {
	t.Parallel()
	f := deploy(t, "_HANDLER=chatbot.text.send")
	f.Boot()
	require.Nil(t, f.invoke(`{"detail-type":"Scheduled Event","source":"aws.scheduler","id":"<aws.scheduler.execution-id>",
		"detail":{"content":"Stand-up in five minutes"}}`).Error)
	assert.Equal(t, []string{"Stand-up in five minutes"}, f.Texts())
}
