package catalog

import (
	"context"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

var _ = define(action.Info{
	ID:       "groupchat.markdown.send",
	Title:    "Pushing a markdown message to a group chat",
	Doc:      "Sends markdown from an enterprise application to a group chat that this very app has made. WeCom answers no msgid, so it cannot be withdrawn. " + chatRate,
	Call:     "POST appchat/send",
	Document: 90248,
	Examples: []action.Example{{
		Title:  "To the on-call chat",
		Input:  `{"chatid":"ops20240901","content":"**发布完成** <font color=\"info\">v1.8.2</font>\n> 负责人：李四"}`,
		Output: `{}`,
	}},
	Refusals: []int64{86003, 86008, 45002},
}, (*GroupchatMarkdownSend).Run)

// GroupchatMarkdownSend is the input of groupchat.markdown.send.
type GroupchatMarkdownSend struct {
	Chat
	Markdown
}

// Bind declares the fields.
func (g *GroupchatMarkdownSend) Bind(f *action.Fields) {
	g.Chat.bind(f)
	g.Markdown.bind(f)
}

// Run sends the message.
func (g *GroupchatMarkdownSend) Run(ctx context.Context, app *wecom.App) (*wecom.Empty, error) {
	return g.send(ctx, app, g.Markdown.body())
}
