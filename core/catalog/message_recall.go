package catalog

import (
	"context"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

var _ = define(action.Info{
	ID:       "message.recall",
	Title:    "Withdrawing an application message",
	Doc:      "Withdraws a message that the same app sent with a message.*.send action within the last 24 hours. It vanishes from WeCom's clients, not from the WeChat plug-in. Messages to group chats and of chatbots cannot be withdrawn.",
	Call:     "POST message/recall",
	Document: 94867,
	Examples: []action.Example{{
		Title:  "Withdraw a message by the msgid that its sending answered",
		Input:  `{"msgid":"R1mD3mo-msgid_0123456789abcdef"}`,
		Output: `{}`,
	}},
	Refusals: []int64{42052, 40058},
}, (*MessageRecall).Run)

// MessageRecall is the input of message.recall and the body of message/recall.
type MessageRecall struct {
	MsgID string `json:"msgid"`
}

// Bind declares the fields.
func (m *MessageRecall) Bind(f *action.Fields) {
	f.String("msgid", &m.MsgID).ID().Required().Bytes(1, 512).Title("Message ID").Doc("The msgid that the sending answered.")
}

// Run withdraws the message.
func (m *MessageRecall) Run(ctx context.Context, app *wecom.App) (*wecom.Empty, error) {
	return wecom.Do[*wecom.Empty](ctx, app, wecom.Call{Path: "message/recall", Body: m, Effect: wecom.Set})
}
