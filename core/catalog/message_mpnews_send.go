package catalog

import (
	"context"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

var _ = define(action.Info{
	ID:       "message.mpnews.send",
	Title:    "Pushing an image and text message",
	Doc:      "Sends articles that WeCom keeps from an enterprise application to members, departments and tags. " + memberRate,
	Call:     "POST message/send",
	Document: 90236,
	Examples: []action.Example{{
		Title:  "To two members",
		Input:  `{"touser":["zhangsan","lisi"],"title":"三季度安全月报","thumb_media_id":"MEDIA_IMAGE_dashboard_0123456789abcdefghijklmnopqrstuvwxyzABCDEF","author":"信息安全部","content":"<p>本季度 <b>0</b> 起高危事件。</p>","content_source_url":"https://intra.example.com/sec/2024q3","digest":"零高危事件"}`,
		Output: `{"msgid":"..."}`,
	}},
	Refusals: []int64{81013, 60020, 40007},
}, (*MessageMpnewsSend).Run)

// MessageMpnewsSend is the input of message.mpnews.send.
type MessageMpnewsSend struct {
	Recipients
	MPNews
}

// Bind declares the fields.
func (m *MessageMpnewsSend) Bind(f *action.Fields) {
	m.Recipients.bind(f)
	m.MPNews.bind(f)
	m.bindSafe(f, 0, 1, 2)
	m.bindIDTrans(f)
}

// Run sends the message.
func (m *MessageMpnewsSend) Run(ctx context.Context, app *wecom.App) (*Sent, error) {
	return m.deliver(ctx, app, &m.desk, m.files(), m.MPNews.body())
}
