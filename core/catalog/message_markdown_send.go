package catalog

import (
	"context"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

var _ = define(action.Info{
	ID:       "message.markdown.send",
	Title:    "Pushing a markdown message",
	Doc:      "Sends markdown from an enterprise application to members, departments and tags. Members who read in the WeChat plug-in do not see it. " + memberRate,
	Call:     "POST message/send",
	Document: 90236,
	Examples: []action.Example{{
		Title:  "To two members",
		Input:  `{"touser":["zhangsan","lisi"],"content":"**发布完成** <font color=\"info\">v1.8.2</font>\n> 负责人：李四"}`,
		Output: `{"msgid":"..."}`,
	}},
	Refusals: []int64{81013, 60020, 45002},
}, (*MessageMarkdownSend).Run)

// MessageMarkdownSend is the input of message.markdown.send.
type MessageMarkdownSend struct {
	Recipients
	Markdown
}

// Bind declares the fields.
func (m *MessageMarkdownSend) Bind(f *action.Fields) {
	m.Recipients.bind(f)
	m.Markdown.bind(f)
}

// Run sends the message.
func (m *MessageMarkdownSend) Run(ctx context.Context, app *wecom.App) (*Sent, error) {
	return m.send(ctx, app, m.Markdown.body())
}
