package catalog

import (
	"context"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

var _ = define(action.Info{
	ID:       "groupchat.text.send",
	Title:    "Pushing a text message to a group chat",
	Doc:      "Sends text from an enterprise application to a group chat that this very app has made. WeCom answers no msgid, so it cannot be withdrawn. " + chatRate,
	Call:     "POST appchat/send",
	Document: 90248,
	Examples: []action.Example{{
		Title:  "To the on-call chat",
		Input:  `{"chatid":"ops20240901","content":"今晚 20:00 例行维护，预计 30 分钟。","mentioned_list":["lisi"]}`,
		Output: `{}`,
	}},
	Refusals: []int64{86003, 86008, 44004},
}, (*GroupchatTextSend).Run)

// GroupchatTextSend is the input of groupchat.text.send.
type GroupchatTextSend struct {
	Chat
	MentioningText
}

// Bind declares the fields.
func (g *GroupchatTextSend) Bind(f *action.Fields) {
	g.Chat.bind(f)
	g.MentioningText.bind(f)
	g.bindSafe(f, 0, 1)
}

// Run sends the message.
func (g *GroupchatTextSend) Run(ctx context.Context, app *wecom.App) (*wecom.Empty, error) {
	return g.send(ctx, app, g.MentioningText.body())
}
