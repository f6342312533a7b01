package catalog

import (
	"context"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

var _ = define(action.Info{
	ID:       "groupchat.file.send",
	Title:    "Pushing a file message to a group chat",
	Doc:      "Sends a file from an enterprise application to a group chat that this very app has made. WeCom answers no msgid, so it cannot be withdrawn. A confidential one (safe 1) must be " + confidentialTypes + ". " + chatRate,
	Call:     "POST appchat/send",
	Document: 90248,
	Examples: []action.Example{{
		Title:  "To the on-call chat",
		Input:  `{"chatid":"ops20240901","media_id":"MEDIA_FILE_rota_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJK"}`,
		Output: `{}`,
	}},
	Refusals: []int64{86003, 86008, 40007},
}, (*GroupchatFileSend).Run)

// GroupchatFileSend is the input of groupchat.file.send.
type GroupchatFileSend struct {
	Chat
	FileMedia
}

// Bind declares the fields.
func (g *GroupchatFileSend) Bind(f *action.Fields) {
	g.Chat.bind(f)
	g.FileMedia.bind(f, "The media_id of an uploaded file, from media.upload; it lives three days.")
	g.bindSafe(f, 0, 1)
	f.Check(func(r *action.Report) { g.verifyConfidential(r, g.Safe) })
}

// Run sends the message.
func (g *GroupchatFileSend) Run(ctx context.Context, app *wecom.App) (*wecom.Empty, error) {
	return g.deliver(ctx, app, &g.desk, g.files(g.Safe), g.FileMedia.body())
}
