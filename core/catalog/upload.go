package catalog

import (
	"context"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/media"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

// Upload is a file that is uploaded for its own sake.
type Upload struct {
	Type string
	File

	desk Desk
}

// TakeFiles takes what it needs to upload the file.
func (u *Upload) TakeFiles(desk Desk) { u.desk = desk }

func (u *Upload) takesStream() {}

var (
	anyUpload = &action.Format{Name: "image, voice, video or file", Pattern: `^(image|voice|video|file)$`, Check: checkAnyUpload}
	botUpload = &action.Format{Name: "file or voice", Pattern: `^(file|voice)$`, Check: checkBotUpload}
)

func checkAnyUpload(s string) string {
	switch media.Type(s) {
	case media.Image, media.Voice, media.Video, media.File:
		return ""
	default:
		return "must be image, voice, video or file"
	}
}

func checkBotUpload(s string) string {
	switch media.Type(s) {
	case media.Voice, media.File:
		return ""
	default:
		return "must be file or voice; a chatbot sends images without an upload, by chatbot.image.send"
	}
}

func (u *Upload) bind(f *action.Fields, types *action.Format, doc string) {
	f.String("type", &u.Type).Required().Is(types).Title("Type").Doc(doc).Example("file")
	u.File.bind(f, "")
	f.Check(func(r *action.Report) {
		if r.Fit("type") {
			u.File.verify(r, u.rules())
		}
	})
}

func (u *Upload) rules() media.Rules { return media.Rules{Type: media.Type(u.Type)} }

// run uploads the file, even if it was uploaded before: who asks for an upload gets three days.
func (u *Upload) run(ctx context.Context, client wecom.Client) (*wecom.Uploaded, error) {
	uploaded, _, err := u.File.upload(ctx, client, &u.desk, u.rules(), "", false)
	return uploaded, err
}
