package catalog

import (
	"context"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

var _ = define(action.Info{
	ID:       "groupchat.image.send",
	Title:    "Pushing an image message to a group chat",
	Doc:      "Sends an image from an enterprise application to a group chat that this very app has made. WeCom answers no msgid, so it cannot be withdrawn. " + chatRate,
	Call:     "POST appchat/send",
	Document: 90248,
	Examples: []action.Example{{
		Title:  "To the on-call chat",
		Input:  `{"chatid":"ops20240901","media_id":"MEDIA_IMAGE_dashboard_0123456789abcdefghijklmnopqrstuvwxyzABCDEF"}`,
		Output: `{}`,
	}},
	Refusals: []int64{86003, 86008, 40007},
}, (*GroupchatImageSend).Run)

// GroupchatImageSend is the input of groupchat.image.send.
type GroupchatImageSend struct {
	Chat
	ImageMedia
}

// Bind declares the fields.
func (g *GroupchatImageSend) Bind(f *action.Fields) {
	g.Chat.bind(f)
	g.ImageMedia.bind(f)
	g.bindSafe(f, 0, 1)
}

// Run sends the message.
func (g *GroupchatImageSend) Run(ctx context.Context, app *wecom.App) (*wecom.Empty, error) {
	return g.deliver(ctx, app, &g.desk, g.files(), g.ImageMedia.body())
}
