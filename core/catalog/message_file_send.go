package catalog

import (
	"context"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

var _ = define(action.Info{
	ID:       "message.file.send",
	Title:    "Pushing a file message",
	Doc:      "Sends a file from an enterprise application to members, departments and tags. A confidential one (safe 1) must be " + confidentialTypes + ". " + memberRate,
	Call:     "POST message/send",
	Document: 90236,
	Examples: []action.Example{{
		Title:  "To two members",
		Input:  `{"touser":["zhangsan","lisi"],"media_id":"MEDIA_FILE_rota_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJK"}`,
		Output: `{"msgid":"..."}`,
	}},
	Refusals: []int64{81013, 60020, 40007},
}, (*MessageFileSend).Run)

// MessageFileSend is the input of message.file.send.
type MessageFileSend struct {
	Recipients
	FileMedia
}

// Bind declares the fields.
func (m *MessageFileSend) Bind(f *action.Fields) {
	m.Recipients.bind(f)
	m.FileMedia.bind(f, "The media_id of an uploaded file, from media.upload; it lives three days.")
	m.bindSafe(f, 0, 1)
	f.Check(func(r *action.Report) { m.verifyConfidential(r, m.Safe) })
}

// Run sends the message.
func (m *MessageFileSend) Run(ctx context.Context, app *wecom.App) (*Sent, error) {
	return m.deliver(ctx, app, &m.desk, m.files(m.Safe), m.FileMedia.body())
}
