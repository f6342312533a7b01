package catalog

import (
	"context"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

var _ = define(action.Info{
	ID:       "message.image.send",
	Title:    "Pushing an image message",
	Doc:      "Sends an image from an enterprise application to members, departments and tags. " + memberRate,
	Call:     "POST message/send",
	Document: 90236,
	Examples: []action.Example{{
		Title:  "To two members",
		Input:  `{"touser":["zhangsan","lisi"],"media_id":"MEDIA_IMAGE_dashboard_0123456789abcdefghijklmnopqrstuvwxyzABCDEF"}`,
		Output: `{"msgid":"..."}`,
	}},
	Refusals: []int64{81013, 60020, 40007},
}, (*MessageImageSend).Run)

// MessageImageSend is the input of message.image.send.
type MessageImageSend struct {
	Recipients
	ImageMedia
}

// Bind declares the fields.
func (m *MessageImageSend) Bind(f *action.Fields) {
	m.Recipients.bind(f)
	m.ImageMedia.bind(f)
	m.bindSafe(f, 0, 1)
}

// Run sends the message.
func (m *MessageImageSend) Run(ctx context.Context, app *wecom.App) (*Sent, error) {
	return m.deliver(ctx, app, &m.desk, m.files(), m.ImageMedia.body())
}
