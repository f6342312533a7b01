package catalog_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/fault"
)

const mediaGone = `{"errcode":40007,"errmsg":"invalid media_id"}`

// file is a field of that name with a file in it.
func file(field, filename, content string) string {
	return `"` + field + `":{"filename":"` + filename + `","content":"` + encoded(content) + `"}`
}

// carries are the runs of a message that takes a file: what is uploaded stands in it by its id.
type carries struct {
	before, after string // what stands around the message in its input and in its body
	input         string
	upload, send  string
	field         string
	body          string // with M1 in it
	reply, output string
}

func (c carries) runs() []run {
	input := c.before + c.input + `}`
	content := headPNG + "any"
	bodies := []string{uploads("报告.png", content), c.after + c.body + `}`}
	taken := []string{"POST " + c.upload, "POST " + c.send}
	given := strings.Replace(input, "FILE", file(c.field, "报告.png", content), 1)
	expires := int64(1726259200)
	return []run{
		{name: "its bytes: uploaded, then sent", input: given, calls: taken, bodies: bodies, replies: []string{mediaTaken, c.reply}, output: c.output},
		{
			name: "the upload fails: nothing is sent", input: given, calls: taken[:1], reply: `{"errcode":40006,"errmsg":"x"}`,
			kind: fault.InvalidInput,
		},
		{
			name: "the upload is done and the message refused", input: given, calls: taken, bodies: bodies,
			replies: []string{mediaTaken, `{"errcode":45009,"errmsg":"x"}`}, kind: fault.RateLimited,
			completed: &fault.Completed{MediaID: "M1", ExpiresAt: expires},
		},
		{
			name: "the upload is done and the message's answer lost", input: given, calls: taken, bodies: bodies,
			replies: []string{mediaTaken, lost}, kind: fault.OutcomeUnknown, completed: &fault.Completed{MediaID: "M1", ExpiresAt: expires},
		},
		{
			name: "WeCom does not know what it just took: not uploaded twice", input: given, calls: taken,
			replies: []string{mediaTaken, mediaGone}, kind: fault.NotFound, completed: &fault.Completed{MediaID: "M1", ExpiresAt: expires},
		},
		{
			name: "a link, where none is followed", input: strings.Replace(input, "FILE", `"`+c.field+`":{"url":"https://x.cn/a.png"}`, 1),
			kind: fault.InvalidInput, violations: []string{"/" + c.field + "/url unsupported"},
		},
		{
			name: "neither content nor a link", input: strings.Replace(input, "FILE", `"`+c.field+`":{}`, 1), kind: fault.InvalidInput,
			violations: []string{"/" + c.field + "/filename required", "/" + c.field + "/content required"},
		},
	}
}

var (
	toMembers = carries{before: toInput, after: toBody, upload: "media/upload?type=", send: "message/send", reply: sent, output: `{"msgid":"m1"}`}
	toChat    = carries{before: `{"chatid":"ops-1",`, after: `{"chatid":"ops-1",`, upload: "media/upload?type=", send: "appchat/send", reply: ok, output: `{}`}
	byBot     = carries{before: `{`, after: `{`, upload: "webhook/upload_media?type=", send: "webhook/send", reply: ok, output: `{}`}
)

func (c carries) a(kind, field, input, body string) carries {
	c.upload += kind
	c.field, c.input, c.body = field, input, body
	return c
}

func TestMessagesCarryFiles(t *testing.T) {
	t.Parallel()
	const (
		asFile  = `"msgtype":"file","file":{"media_id":"M1"}`
		asImage = `"msgtype":"image","image":{"media_id":"M1"}`
		article = `"title":"x","content":"c",FILE`
		asNews  = `"msgtype":"mpnews","mpnews":{"articles":[{"title":"x","thumb_media_id":"M1","content":"c"}]}`
	)
	for id, c := range map[string]carries{
		"message.file.send":     toMembers.a("file", "file", "FILE", asFile),
		"message.image.send":    toMembers.a("image", "file", "FILE", asImage),
		"message.mpnews.send":   toMembers.a("image", "thumb", article, asNews),
		"groupchat.file.send":   toChat.a("file", "file", "FILE", asFile),
		"groupchat.image.send":  toChat.a("image", "file", "FILE", asImage),
		"groupchat.mpnews.send": toChat.a("image", "thumb", article, asNews),
		"chatbot.file.send":     byBot.a("file", "file", "FILE", asFile),
	} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			runAll(t, id, c.runs())
		})
	}
}

func TestAFileStandsInThePlaceOfAnID(t *testing.T) {
	t.Parallel()
	runAll(t, "message.file.send", []run{
		refusesMessage("both", `"media_id":"M1",`+file("file", "a.txt", "123456"), "/media_id exclusive"),
		refusesMessage("neither", `"safe":0`, "/media_id required"),
		refusesMessage("no object", `"file":"a.txt"`, "/file type"),
		refusesMessage("a media_id in it", `"file":{"media_id":"M1"}`, "/file/media_id unknown", "/file/filename required", "/file/content required"),
		refusesMessage("B81 confidential, of a type that must not be", `"safe":1,`+file("file", "a.zip", "123456"), "/file unsupported"),
		refusesMessage("B81 confidential, without an ending", `"safe":1,`+file("file", "README", "123456"), "/file unsupported"),
		{
			name: "B81 confidential, of a type that may be", input: toInput + `"safe":1,` + file("file", "a.PDF", "123456") + `}`,
			calls: []string{"POST media/upload?type=file", "POST message/send"}, replies: []string{mediaTaken, sent}, output: `{"msgid":"m1"}`,
		},
		{
			name: "no agentid: nothing is uploaded", noAgentID: true, input: `{"touser":"a",` + file("file", "a.txt", "123456") + `}`,
			kind: fault.InvalidInput, violations: []string{"/agentid required"},
		},
	})
	runAll(t, "message.image.send", []run{
		refusesMessage("no image", file("file", "a.png", "123456"), "/file/content format"),
		refusesMessage("too large", file("file", "a.png", sized(headPNG, 10<<20+1)), "/file/content bytes"),
	})
	runAll(t, "message.mpnews.send", []run{
		refusesMessage("both", `"title":"x","content":"c","thumb_media_id":"T1",`+file("thumb", "a.png", headPNG), "/thumb_media_id exclusive"),
		refusesMessage("beside articles", file("thumb", "a.png", headPNG)+`,"articles":[{"title":"x","content":"c","thumb_media_id":"T1"}]`, "/thumb exclusive"),
	})
}

func TestArticlesCarryImages(t *testing.T) {
	t.Parallel()
	article := func(thumb string) string { return `{"title":"x","content":"c",` + thumb + `}` }
	first, second := file("thumb", "1.png", headPNG+"1"), file("thumb", "2.png", headPNG+"2")
	three := `"articles":[` + article(first) + `,` + article(`"thumb_media_id":"T9"`) + `,` + article(second) + `]`
	wire := func(id string) string { return `{"title":"x","thumb_media_id":"` + id + `","content":"c"}` }
	taken := func(id string) string { return strings.Replace(mediaTaken, "M1", id, 1) }
	upload := "POST media/upload?type=image"
	both := &fault.Completed{Uploads: []fault.Upload{
		{Field: "/articles/0/thumb", MediaID: "A", ExpiresAt: 1726259200}, {Field: "/articles/2/thumb", MediaID: "B", ExpiresAt: 1726259200},
	}}
	runAll(t, "message.mpnews.send", []run{
		{
			name: "each its own", input: toInput + three + `}`, calls: []string{upload, upload, "POST message/send"},
			replies: []string{taken("A"), taken("B"), sent}, output: `{"msgid":"m1"}`,
			bodies: []string{
				uploads("1.png", headPNG+"1"), uploads("2.png", headPNG+"2"),
				toBody + `"msgtype":"mpnews","mpnews":{"articles":[` + wire("A") + `,` + wire("T9") + `,` + wire("B") + `]}}`,
			},
		},
		{
			name: "the same image twice is uploaded once", input: toInput + `"articles":[` + article(first) + `,` + article(first) + `]}`,
			calls: []string{upload, "POST message/send"}, replies: []string{taken("A"), sent}, output: `{"msgid":"m1"}`,
			bodies: []string{uploads("1.png", headPNG+"1"), toBody + `"msgtype":"mpnews","mpnews":{"articles":[` + wire("A") + `,` + wire("A") + `]}}`},
		},
		{
			name: "the second upload fails", input: toInput + three + `}`, calls: []string{upload, upload},
			replies: []string{taken("A"), `{"errcode":40006,"errmsg":"x"}`}, kind: fault.InvalidInput,
			completed: &fault.Completed{Uploads: both.Uploads[:1]},
		},
		{
			name: "a link that may not be followed: nothing is uploaded", kind: fault.InvalidInput, violations: []string{"/articles/1/thumb/url unsupported"},
			input: toInput + `"articles":[` + article(first) + `,` + article(`"thumb":{"url":"https://x.cn/a.png"}`) + `]}`,
		},
		{
			name: "the message fails", input: toInput + three + `}`, calls: []string{upload, upload, "POST message/send"},
			replies: []string{taken("A"), taken("B"), `{"errcode":81013,"errmsg":"x"}`}, kind: fault.NotFound, completed: both,
		},
	})
}

// One connector answers several calls here, as an instance does.
func TestTheSameBytesAreUploadedOnce(t *testing.T) {
	t.Parallel()
	invoke := func(t *testing.T, c *core.Connector, action, input string) {
		t.Helper()
		_, err := c.Invoke(t.Context(), core.Request{Action: action, Input: []byte(input)})
		require.NoError(t, err)
	}
	toMember := func(file string) string { return `{"touser":"a",` + file + `}` }
	report := file("file", "a.txt", "123456")

	t.Run("to members and chats of one connection", func(t *testing.T) {
		t.Parallel()
		weCom := newStandIn(t, []string{mediaTaken, ok})
		c := weCom.connector(t, false)
		invoke(t, c, "message.file.send", toMember(report))
		invoke(t, c, "message.file.send", toMember(report))
		invoke(t, c, "groupchat.file.send", `{"chatid":"c",`+report+`}`)
		assert.Equal(t, []string{"POST media/upload?type=file", "POST message/send", "POST message/send", "POST appchat/send"}, weCom.lines())
	})
	t.Run("but under another name, as another type, by another connection again", func(t *testing.T) {
		t.Parallel()
		weCom := newStandIn(t, []string{mediaTaken, ok, mediaTaken, ok, mediaTaken, ok, mediaTaken, ok, mediaTaken})
		c := weCom.connector(t, false)
		png := file("file", "a.png", headPNG)
		invoke(t, c, "message.file.send", toMember(png))
		invoke(t, c, "message.file.send", toMember(strings.Replace(png, "a.png", "b.png", 1)))
		invoke(t, c, "message.image.send", toMember(png))
		invoke(t, c, "chatbot.file.send", `{`+png+`}`)
		invoke(t, c, "media.upload", `{"type":"image","filename":"a.png","content":"`+encoded(headPNG)+`"}`)
		assert.Equal(t, []string{
			"POST media/upload?type=file", "POST message/send", "POST media/upload?type=file", "POST message/send",
			"POST media/upload?type=image", "POST message/send", "POST webhook/upload_media?type=file", "POST webhook/send",
			"POST media/upload?type=image",
		}, weCom.lines())
	})
	t.Run("and again when WeCom has lost it", func(t *testing.T) {
		t.Parallel()
		second := strings.Replace(mediaTaken, "M1", "M2", 1)
		weCom := newStandIn(t, []string{mediaTaken, ok, mediaGone, second, ok, ok})
		c := weCom.connector(t, false)
		for range 3 {
			invoke(t, c, "message.file.send", toMember(report))
		}
		assert.Equal(t, []string{
			"POST media/upload?type=file", "POST message/send", "POST message/send",
			"POST media/upload?type=file", "POST message/send", "POST message/send",
		}, weCom.lines())
		bodies := weCom.bodies()
		assert.Contains(t, bodies[2], `"M1"`)
		assert.Contains(t, bodies[4], `"M2"`)
		assert.Contains(t, bodies[5], `"M2"`)
	})
}
