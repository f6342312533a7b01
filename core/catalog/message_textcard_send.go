package catalog

import (
	"context"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

var _ = define(action.Info{
	ID:       "message.textcard.send",
	Title:    "Pushing a text card message",
	Doc:      "Sends a card with a button from an enterprise application to members, departments and tags. " + memberRate,
	Call:     "POST message/send",
	Document: 90236,
	Examples: []action.Example{{
		Title:  "To two members",
		Input:  `{"touser":["zhangsan","lisi"],"title":"磁盘告警 db-03","description":"<div class=\"gray\">10:42</div><div class=\"highlight\">已用 91%</div>","url":"https://ops.example.com/alerts/4711","btntxt":"查看"}`,
		Output: `{"msgid":"..."}`,
	}},
	Refusals: []int64{81013, 60020, 45034},
}, (*MessageTextcardSend).Run)

// MessageTextcardSend is the input of message.textcard.send.
type MessageTextcardSend struct {
	Recipients
	TextCard
}

// Bind declares the fields.
func (m *MessageTextcardSend) Bind(f *action.Fields) {
	m.Recipients.bind(f)
	m.TextCard.bind(f)
	m.bindIDTrans(f)
}

// Run sends the message.
func (m *MessageTextcardSend) Run(ctx context.Context, app *wecom.App) (*Sent, error) {
	return m.send(ctx, app, m.TextCard.body())
}
