package catalog

import (
	"context"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

var _ = define(action.Info{
	ID:       "chatbot.text.send",
	Title:    "Pushing a text message by chatbot",
	Doc:      "Sends text to the group of a chatbot and mentions members. " + botRate + " Cannot be withdrawn.",
	Call:     "POST webhook/send",
	Document: 91770,
	Examples: []action.Example{{
		Title:  "An alarm that mentions two members",
		Input:  `{"content":"磁盘告警：db-03 已用 91%","mentioned_list":["zhangsan"],"mentioned_mobile_list":["13800000002"]}`,
		Output: `{}`,
	}},
	Refusals: []int64{93000, 45009},
}, (*ChatbotTextSend).Run)

// ChatbotTextSend is the input of chatbot.text.send.
type ChatbotTextSend struct{ MentioningText }

// Bind declares the fields.
func (c *ChatbotTextSend) Bind(f *action.Fields) {
	bindText(f, &c.Content)
	c.bindMembers(f)
	c.bindMobiles(f)
}

// Run sends the message.
func (c *ChatbotTextSend) Run(ctx context.Context, bot *wecom.Bot) (*wecom.Empty, error) {
	return push(ctx, bot, c.MentioningText.body())
}
