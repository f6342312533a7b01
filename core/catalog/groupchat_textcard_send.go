package catalog

import (
	"context"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

var _ = define(action.Info{
	ID:       "groupchat.textcard.send",
	Title:    "Pushing a text card message to a group chat",
	Doc:      "Sends a card with a button from an enterprise application to a group chat that this very app has made. WeCom answers no msgid, so it cannot be withdrawn. " + chatRate,
	Call:     "POST appchat/send",
	Document: 90248,
	Examples: []action.Example{{
		Title:  "To the on-call chat",
		Input:  `{"chatid":"ops20240901","title":"磁盘告警 db-03","description":"<div class=\"gray\">10:42</div><div class=\"highlight\">已用 91%</div>","url":"https://ops.example.com/alerts/4711","btntxt":"查看"}`,
		Output: `{}`,
	}},
	Refusals: []int64{86003, 86008, 45034},
}, (*GroupchatTextcardSend).Run)

// GroupchatTextcardSend is the input of groupchat.textcard.send.
type GroupchatTextcardSend struct {
	Chat
	TextCard
}

// Bind declares the fields.
func (g *GroupchatTextcardSend) Bind(f *action.Fields) {
	g.Chat.bind(f)
	g.TextCard.bind(f)
	g.bindSafe(f, 0, 1)
}

// Run sends the message.
func (g *GroupchatTextcardSend) Run(ctx context.Context, app *wecom.App) (*wecom.Empty, error) {
	return g.send(ctx, app, g.TextCard.body())
}
