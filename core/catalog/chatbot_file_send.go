package catalog

import (
	"context"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

var _ = define(action.Info{
	ID:       "chatbot.file.send",
	Title:    "Pushing a file message by chatbot",
	Doc:      "Sends a file to the group of a chatbot. An id must be from this very bot, by chatbot.media.upload: ids of media.upload do not work here. " + botRate + " Cannot be withdrawn.",
	Call:     "POST webhook/send",
	Document: 91770,
	Examples: []action.Example{{
		Title:  "Release notes",
		Input:  `{"media_id":"MEDIA_BOTFILE_release_0123456789abcdefghijklmnopqrstuvwxyzABCDEF"}`,
		Output: `{}`,
	}},
	Refusals: []int64{40007, 93000},
}, (*ChatbotFileSend).Run)

// ChatbotFileSend is the input of chatbot.file.send.
type ChatbotFileSend struct{ FileMedia }

// Bind declares the fields.
func (c *ChatbotFileSend) Bind(f *action.Fields) {
	c.FileMedia.bind(f, "The media_id of a file that this very bot has uploaded, from chatbot.media.upload; it lives three days.")
}

// Run sends the message.
func (c *ChatbotFileSend) Run(ctx context.Context, bot *wecom.Bot) (*wecom.Empty, error) {
	return deliver(ctx, bot, &c.desk, c.files(nil), func() (*wecom.Empty, error) { return push(ctx, bot, c.FileMedia.body()) })
}
