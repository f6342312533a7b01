package catalog

import (
	"context"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

var _ = define(action.Info{
	ID:       "groupchat.mpnews.send",
	Title:    "Pushing a text and image message to a group chat",
	Doc:      "Sends articles that WeCom keeps from an enterprise application to a group chat that this very app has made. WeCom answers no msgid, so it cannot be withdrawn. " + chatRate,
	Call:     "POST appchat/send",
	Document: 90248,
	Examples: []action.Example{{
		Title:  "To the on-call chat",
		Input:  `{"chatid":"ops20240901","title":"三季度安全月报","thumb_media_id":"MEDIA_IMAGE_dashboard_0123456789abcdefghijklmnopqrstuvwxyzABCDEF","author":"信息安全部","content":"<p>本季度 <b>0</b> 起高危事件。</p>","content_source_url":"https://intra.example.com/sec/2024q3","digest":"零高危事件"}`,
		Output: `{}`,
	}},
	Refusals: []int64{86003, 86008, 40007},
}, (*GroupchatMpnewsSend).Run)

// GroupchatMpnewsSend is the input of groupchat.mpnews.send.
type GroupchatMpnewsSend struct {
	Chat
	MPNews
}

// Bind declares the fields.
func (g *GroupchatMpnewsSend) Bind(f *action.Fields) {
	g.Chat.bind(f)
	g.MPNews.bind(f)
	g.bindSafe(f, 0, 1, 2)
}

// Run sends the message.
func (g *GroupchatMpnewsSend) Run(ctx context.Context, app *wecom.App) (*wecom.Empty, error) {
	return g.deliver(ctx, app, &g.desk, g.files(), g.MPNews.body())
}
