package catalog

import (
	"context"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

const (
	maxChatName = 50
	// maxChatID is generous: the documented 32 letters and digits hold for new chats, what old ids look like is not
	// known.
	maxChatID = 64
)

func bindChatID(f *action.Fields, to *string, doc string) {
	f.String("chatid", to).ID().Required().Bytes(1, maxChatID).Title("Group Chat ID").Doc(doc).Example("ops20240901")
}

// Chat is the envelope of a message to a group chat (document 90248).
type Chat struct {
	ChatID string `json:"chatid"`
	Safe   *int64 `json:"safe,omitempty"`
}

func (c *Chat) bind(f *action.Fields) {
	bindChatID(f, &c.ChatID, "The chat, which must have been made by this very app.")
}

func (c *Chat) bindSafe(f *action.Fields, values ...int64) { bindSafe(f, &c.Safe, values...) }

// deliver sends a message to the chat, once the files that it carries are uploaded.
func (c *Chat) deliver(ctx context.Context, app *wecom.App, desk *Desk, files []*attachment, content body) (*wecom.Empty, error) {
	return deliver(ctx, app, desk, files, func() (*wecom.Empty, error) { return c.send(ctx, app, content) })
}

// send sends a message to the chat. WeCom answers no msgid, so it cannot be withdrawn, and has no duplicate check.
func (c *Chat) send(ctx context.Context, app *wecom.App, content body) (*wecom.Empty, error) {
	return wecom.Do[*wecom.Empty](ctx, app, wecom.Call{Path: "appchat/send", Effect: wecom.Send, Body: struct {
		*Chat
		body
	}{c, content}})
}
