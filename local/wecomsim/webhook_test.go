package wecomsim_test

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

// picture writes a chatbot's image with the right checksum.
func picture(raw []byte) string {
	sum := md5.Sum(raw)
	return pictureWith(raw, hex.EncodeToString(sum[:]))
}

func pictureWith(raw []byte, sum string) string {
	return `{"msgtype":"image","image":{"base64":"` + base64.StdEncoding.EncodeToString(raw) + `","md5":"` + sum + `"}}`
}

func png(size int) []byte { return append([]byte("\x89PNG"), make([]byte, size-4)...) }

func TestWebhookSend(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, body, text string }{
		{"text with mentions", `{"msgtype":"text","text":{"content":"告警","mentioned_list":["zhangsan","@all"],"mentioned_mobile_list":["13800138000"]}}`, "告警"},
		{"text of 5,120 bytes", `{"msgtype":"text","text":{"content":"` + repeat("a", 5120) + `"}}`, repeat("a", 120) + "…"},
		{"markdown of 4,096 bytes", `{"msgtype":"markdown","markdown":{"content":"` + repeat("a", 4096) + `"}}`, repeat("a", 120) + "…"},
		{"markdown_v2", `{"msgtype":"markdown_v2","markdown_v2":{"content":"*x*"}}`, "*x*"},
		{"image PNG", picture(png(100)), "[image]"},
		{"image JPG of 2 MB", picture(append([]byte("\xFF\xD8\xFF"), make([]byte, 2<<20-3)...)), "[image]"},
		{"news with a link without scheme", `{"msgtype":"news","news":{"articles":[{"title":"周会","description":"第 2 周","url":"www.qq.com"}]}}`, "周会 第 2 周"},
		{"file", `{"msgtype":"file","file":{"media_id":"` + wecomsim.SeedBotFileMediaID + `"}}`, "[file] release-notes.txt"},
		{"voice", `{"msgtype":"voice","voice":{"media_id":"BOTVOICE"}}`, "[voice] v.amr"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, func(s *wecomsim.State) {
				s.Media = append(s.Media, wecomsim.Media{MediaID: "BOTVOICE", Type: "voice", Filename: "v.amr", Key: wecomsim.SeedChatbotKey})
			})
			assert.Equal(t, `{"errcode":0,"errmsg":"ok"}`, b.webhook(row.body).Raw)
			m := b.last()
			assert.Equal(t, row.text, m.Text())
			assert.Equal(t, wecomsim.FromBot, m.From)
			assert.Equal(t, "693a***", m.Key)
			assert.Contains(t, row.body, string(m.Content)) // stored as sent
			assert.NotContains(t, b.lastEntry().Query.Encode(), wecomsim.SeedChatbotKey)
		})
	}
}

func TestWebhookNewsIsCut(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.webhook(`{"msgtype":"news","news":{"articles":[{"title":"`+repeat("a", 129)+`","description":"`+repeat("b", 513)+`","url":"x"}]}}`).success(t, "ok")
	assert.Equal(t, `{"articles":[{"title":"`+repeat("a", 128)+`","description":"`+repeat("b", 512)+`","url":"x"}]}`, string(b.last().Content))
}

func TestWebhookRefusals(t *testing.T) {
	t.Parallel()
	for _, row := range []refusal{
		{"msgtype missing", `{}`, 40008, "invalid message type"},
		{"msgtype in upper case", `{"msgtype":"Text","text":{"content":"x"}}`, 40008, "invalid message type"},
		{"broken JSON", `{`, 40008, "Warning: wrong json format. invalid message type"},
		{"mpnews is not for chatbots", `{"msgtype":"mpnews","mpnews":{}}`, 40008, ""},
		{"text empty", `{"msgtype":"text","text":{"content":""}}`, 44004, "empty content"},
		{"broken JSON after the type", `{"msgtype":"text","text":`, 44004, "Warning: wrong json format. empty content"},
		{"markdown missing", `{"msgtype":"markdown"}`, 44004, "empty content"},
		{"text of 5,121 bytes", `{"msgtype":"text","text":{"content":"` + repeat("a", 5121) + `"}}`, 40058, "text.content exceed max length 5120. invalid Request Parameter"},
		{"markdown of 4,097 bytes", `{"msgtype":"markdown","markdown":{"content":"` + repeat("a", 4097) + `"}}`, 40058, "markdown.content exceed max length 4096. invalid Request Parameter"},
		{"markdown_v2 of 4,097 bytes", `{"msgtype":"markdown_v2","markdown_v2":{"content":"` + repeat("a", 4097) + `"}}`, 40058, "markdown_v2.content exceed max length 4096. invalid Request Parameter"},
		{"image without base64", `{"msgtype":"image","image":{"md5":"x"}}`, 44001, "empty media data"},
		{"image without md5", `{"msgtype":"image","image":{"base64":"eA=="}}`, 40063, ""},
		{"image with a data URL", `{"msgtype":"image","image":{"base64":"data:image/png;base64,eA==","md5":"x"}}`, 40123, ""},
		{"image with the md5 of something else", pictureWith(png(100), repeat("0", 32)), 301019, "media md5 not match"},
		{"image that is a GIF", picture([]byte("GIF89a......")), 40123, ""},
		{"image over 2 MB", picture(png(2<<20 + 1)), 40009, ""},
		{"news without url", `{"msgtype":"news","news":{"articles":[{"title":"t"}]}}`, 41010, ""},
		{"news without title", `{"msgtype":"news","news":{"articles":[{"url":"x"}]}}`, 41016, ""},
		{"9 articles", `{"msgtype":"news","news":{"articles":[` + strings.TrimSuffix(repeat(`{"title":"t","url":"x"},`, 9), ",") + `]}}`, 45008, ""},
		{"file without media_id", `{"msgtype":"file","file":{}}`, 41006, ""},
		{"file of the enterprise", `{"msgtype":"file","file":{"media_id":"` + wecomsim.SeedFileMediaID + `"}}`, 40007, "invalid media_id"},
		{"file as voice", `{"msgtype":"voice","voice":{"media_id":"` + wecomsim.SeedBotFileMediaID + `"}}`, 40007, "invalid media_id"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			newBench(t).webhook(row.body).refused(t, row.code, row.text)
		})
	}
}

func TestWebhookKeys(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	const body = `{"msgtype":"text","text":{"content":"x"}}`
	b.post("webhook/send", "", "", body).refused(t, 93000, "invalid webhook url")
	b.post("webhook/send", "", "key=unknown", body).refused(t, 93000, "invalid webhook url")
	b.post("webhook/send", "", "key="+wecomsim.SeedDisabledChatbotKey, body).refused(t, 93004, "")
}

func TestWebhookTakes20MessagesAMinute(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	const body = `{"msgtype":"text","text":{"content":"x"}}`
	for range 20 {
		b.webhook(body).success(t, "ok")
	}
	b.webhook(body).refused(t, 45009, "api freq out of limit")
	b.sim.Clock().Advance(time.Minute)
	b.webhook(body).success(t, "ok")
}
