package catalog

import (
	"context"

	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/core/media"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

// attachment is a file that is uploaded so that a message can name it.
type attachment struct {
	file  *File
	field string // its JSON Pointer in the input
	rules media.Rules
	to    *string // the media_id of the message

	uploaded *wecom.Uploaded
	earlier  bool // by an earlier call, so that WeCom may have lost it since
}

// deliver uploads the files of a message and sends it. What was uploaded stands in the error of a message that could not
// be sent, so that nobody has to upload it again.
func deliver[T any](ctx context.Context, client wecom.Client, desk *Desk, files []*attachment, send func() (T, error)) (T, error) {
	if len(files) == 0 {
		return send()
	}
	for _, a := range files { // before the first of them is uploaded
		if a.file.URL == "" {
			continue
		}
		if _, err := a.file.link(desk, a.rules, a.field); err != nil {
			var none T
			return none, err
		}
	}
	out, err := uploadAndSend(ctx, client, desk, files, send)
	if wecom.Gone(err) && forget(client, files) {
		out, err = uploadAndSend(ctx, client, desk, files, send)
	}
	if err != nil {
		fault.From(err).Completed = completed(files)
	}
	return out, err
}

func uploadAndSend[T any](ctx context.Context, client wecom.Client, desk *Desk, files []*attachment, send func() (T, error)) (out T, err error) {
	for _, a := range files {
		if a.uploaded != nil {
			continue
		}
		if a.uploaded, a.earlier, err = a.file.upload(ctx, client, desk, a.rules, a.field, true); err != nil {
			return out, err
		}
		*a.to = a.uploaded.MediaID
	}
	return send()
}

// forget drops the uploads of earlier calls, and tells whether there are any: WeCom does not say which one it has lost.
func forget(client wecom.Client, files []*attachment) (any bool) {
	for _, a := range files {
		if a.earlier {
			wecom.Forget(client, a.uploaded)
			a.uploaded, any = nil, true
		}
	}
	return any
}

// completed says what was uploaded; nil if nothing was.
func completed(files []*attachment) *fault.Completed {
	done := &fault.Completed{}
	for _, a := range files {
		if a.uploaded != nil {
			done.Uploads = append(done.Uploads, fault.Upload{Field: a.field, MediaID: a.uploaded.MediaID, ExpiresAt: a.uploaded.ExpiresAt})
		}
	}
	switch {
	case len(done.Uploads) == 0:
		return nil
	case len(files) > 1:
		return done
	default:
		return &fault.Completed{MediaID: done.Uploads[0].MediaID, ExpiresAt: done.Uploads[0].ExpiresAt}
	}
}
