package catalog

import (
	"context"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

var _ = define(action.Info{
	ID:       "message.text.send",
	Title:    "Pushing a text message",
	Doc:      "Sends text from an enterprise application to members, departments and tags. " + memberRate,
	Call:     "POST message/send",
	Document: 90236,
	Examples: []action.Example{{
		Title:  "To two members",
		Input:  `{"touser":["zhangsan","lisi"],"content":"今晚 20:00 例行维护，预计 30 分钟。"}`,
		Output: `{"msgid":"..."}`,
	}},
	Refusals: []int64{81013, 60020, 44004},
}, (*MessageTextSend).Run)

// MessageTextSend is the input of message.text.send.
type MessageTextSend struct {
	Recipients
	Text
}

// Bind declares the fields.
func (m *MessageTextSend) Bind(f *action.Fields) {
	m.Recipients.bind(f)
	m.Text.bind(f)
	m.bindSafe(f, 0, 1)
	m.bindIDTrans(f)
}

// Run sends the message.
func (m *MessageTextSend) Run(ctx context.Context, app *wecom.App) (*Sent, error) {
	return m.send(ctx, app, m.Text.body())
}
