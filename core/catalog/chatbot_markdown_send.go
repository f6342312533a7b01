package catalog

import (
	"context"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

var _ = define(action.Info{
	ID:       "chatbot.markdown.send",
	Title:    "Pushing a markdown message by chatbot",
	Doc:      "Sends markdown to the group of a chatbot. " + botRate + " Cannot be withdrawn.",
	Call:     "POST webhook/send",
	Document: 91770,
	Examples: []action.Example{{
		Title:  "A release note",
		Input:  `{"content":"**发布完成** <font color=\"info\">v1.8.2</font>\n> 负责人：<@lisi>"}`,
		Output: `{}`,
	}},
	Refusals: []int64{93000, 45009},
}, (*ChatbotMarkdownSend).Run)

// maxBotMarkdown is larger than applications have, in bytes.
const maxBotMarkdown = 4096

// ChatbotMarkdownSend is the input of chatbot.markdown.send.
type ChatbotMarkdownSend struct{ Markdown }

// Bind declares the fields.
func (c *ChatbotMarkdownSend) Bind(f *action.Fields) {
	bindMarkdown(f, &c.Content, maxBotMarkdown, "<@userid> mentions a member.")
}

// Run sends the message.
func (c *ChatbotMarkdownSend) Run(ctx context.Context, bot *wecom.Bot) (*wecom.Empty, error) {
	return push(ctx, bot, c.Markdown.body())
}
