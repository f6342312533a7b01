package catalog

import (
	"context"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

var _ = define(action.Info{
	ID:       "chatbot.media.upload",
	Title:    "Uploading a file by chatbot",
	Doc:      "Uploads a file or a voice for the messages of a chatbot, which name it by its media_id for three days. Only this very bot can send it.",
	Call:     "POST webhook/upload_media",
	Document: 91770,
	Examples: []action.Example{{
		Title:  "Release notes",
		Input:  `{"type":"file","filename":"release-notes.txt","content":"djEuOC4yOiBmaXhlcwo="}`,
		Output: `{"media_id":"...","type":"file","created_at":1767225600,"expires_at":1767484800}`,
	}},
	Refusals: []int64{40006, 93000},
}, (*ChatbotMediaUpload).Run)

// ChatbotMediaUpload is the input of chatbot.media.upload.
type ChatbotMediaUpload struct{ Upload }

// Bind declares the fields.
func (c *ChatbotMediaUpload) Bind(f *action.Fields) {
	c.Upload.bind(f, botUpload, "file: anything of at most 20 MB; voice: AMR, at most 2 MB and 60 seconds. Each has more than 5 bytes.")
}

// Run uploads the file.
func (c *ChatbotMediaUpload) Run(ctx context.Context, bot *wecom.Bot) (*wecom.Uploaded, error) {
	return c.Upload.run(ctx, bot)
}
