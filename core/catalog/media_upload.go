package catalog

import (
	"context"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

var _ = define(action.Info{
	ID:       "media.upload",
	Title:    "Uploading a file",
	Doc:      "Uploads an image, a voice, a video or a file for the messages of applications and to group chats, which name it by its media_id for three days. Every app of the enterprise can send it; chatbots cannot.",
	Call:     "POST media/upload",
	Document: 90253,
	Examples: []action.Example{{
		Title:  "A note",
		Input:  `{"type":"file","filename":"排班表.txt","content":"5ZGo5LiAIOW8oOS4iQo="}`,
		Output: `{"media_id":"...","type":"file","created_at":1767225600,"expires_at":1767484800}`,
	}},
	Refusals: []int64{40006, 40004, 60020},
}, (*MediaUpload).Run)

// MediaUpload is the input of media.upload.
type MediaUpload struct{ Upload }

// Bind declares the fields.
func (m *MediaUpload) Bind(f *action.Fields) {
	m.Upload.bind(f, anyUpload, "image: JPG or PNG, at most 10 MB; voice: AMR, at most 2 MB and 60 seconds; video: MP4, at most 10 MB; file: anything of at most 20 MB. Each has more than 5 bytes.")
}

// Run uploads the file.
func (m *MediaUpload) Run(ctx context.Context, app *wecom.App) (*wecom.Uploaded, error) {
	return m.Upload.run(ctx, app)
}
