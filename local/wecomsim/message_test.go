package wecomsim_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

// toLisi writes a message of the first app to one member.
func toLisi(msgType, object string) string {
	return `{"touser":"lisi","msgtype":"` + msgType + `","agentid":1000002,"` + msgType + `":` + object + `}`
}

func TestMessageSendText(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	a := b.send(`{"touser":"ZhangSan| lisi |zhangsan","msgtype":"text","agentid":"1000002","enable_id_trans":1,"safe":1,` +
		`"text":{"content":"今晚 20:00 维护。\n<a href=\"https://ops.example.com\">公告</a>"}}`)
	a.success(t, "ok")
	assert.Regexp(t, `^\{"errcode":0,"errmsg":"ok","msgid":"[A-Za-z0-9_-]{90}"\}$`, a.Raw)
	m := b.last()
	assert.Equal(t, a.Fields["msgid"], m.ID)
	assert.Equal(t, []string{"zhangsan", "lisi"}, m.ToUser)
	assert.Equal(t, wecomsim.FromApp, m.From)
	assert.Equal(t, wecomsim.SeedAgentID, m.AgentID)
	assert.Equal(t, 1, m.Safe)
	assert.Equal(t, 1, m.EnableIDTrans)
	assert.Equal(t, `{"content":"今晚 20:00 维护。\n<a href=\"https://ops.example.com\">公告</a>"}`, string(m.Content))
	assert.Equal(t, `今晚 20:00 维护。 <a href="https://ops.example.com">公告</a>`, m.Text())
	assert.Equal(t, noon, m.Time)
}

func TestMessageTextOver2048BytesIsStoredCut(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.send(toLisi("text", `{"content":"`+repeat("中", 683)+`a","extra":1}`)).success(t, "ok")
	assert.Equal(t, `{"content":"`+repeat("中", 682)+`","extra":1}`, string(b.last().Content))
	b.send(toLisi("text", `{"content":"`+repeat("a", 2048)+`"}`)).success(t, "ok")
	assert.Equal(t, `{"content":"`+repeat("a", 2048)+`"}`, string(b.last().Content))
	assert.Equal(t, repeat("a", 120)+"…", b.last().Text())
}

func TestMessageTypes(t *testing.T) {
	t.Parallel()
	long := repeat("长", 600)
	for _, row := range []struct {
		name, msgType, sent string
		stored              string // "" = as sent
		filename, text      string
	}{
		{"markdown of 2,048 bytes", "markdown", `{"content":"` + repeat("a", 2048) + `"}`, "", "", repeat("a", 120) + "…"},
		{"image", "image", `{"media_id":"` + wecomsim.SeedImageMediaID + `"}`, "", "dashboard.png", "[image] dashboard.png"},
		{"file", "file", `{"media_id":"` + wecomsim.SeedFileMediaID + `"}`, "", "排班表.pdf", "[file] 排班表.pdf"},
		{"voice", "voice", `{"media_id":"VOICE"}`, "", "v.amr", "[voice] v.amr"},
		{
			"video", "video", `{"media_id":"VIDEO","title":"` + long + `","description":"d"}`,
			`{"media_id":"VIDEO","title":"` + repeat("长", 42) + `","description":"d"}`, "v.mp4", "[video] " + repeat("长", 42) + " d v.mp4",
		},
		{
			"textcard cut in characters", "textcard", `{"title":"` + long + `","description":"` + long + `","url":"https://x","btntxt":"点这里看"}`,
			`{"title":"` + repeat("长", 128) + `","description":"` + repeat("长", 512) + `","url":"https://x","btntxt":"点这里看"}`, "", repeat("长", 120) + "…",
		},
		{
			"textcard button cut", "textcard", `{"title":"t","description":"d","url":"http://x","btntxt":"12345"}`,
			`{"title":"t","description":"d","url":"http://x","btntxt":"1234"}`, "", "t d",
		},
		{
			"news cut in bytes", "news", `{"articles":[{"title":"` + long + `","description":"` + long + `","url":"https://x"},{"title":"b","appid":"wx1","pagepath":"p"}]}`,
			`{"articles":[{"title":"` + repeat("长", 42) + `","description":"` + repeat("长", 170) + `","url":"https://x"},{"title":"b","appid":"wx1","pagepath":"p"}]}`,
			"", repeat("长", 42) + " " + repeat("长", 77) + "…",
		},
		{
			"mpnews", "mpnews", `{"articles":[{"title":"月报","thumb_media_id":"` + wecomsim.SeedImageMediaID + `","author":"` + repeat("a", 64) + `","content":"<p>x</p>","digest":"零事件"}]}`,
			"", "dashboard.png", "月报 零事件",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, withVoiceAndVideo)
			b.send(toLisi(row.msgType, row.sent)).success(t, "ok")
			if row.stored == "" {
				row.stored = row.sent
			}
			assert.Equal(t, row.stored, string(b.last().Content))
			assert.Equal(t, row.filename, b.last().Filename)
			assert.Equal(t, row.text, b.last().Text())
		})
	}
}

func withVoiceAndVideo(s *wecomsim.State) {
	s.Media = append(s.Media,
		wecomsim.Media{MediaID: "VOICE", Type: "voice", Filename: "v.amr"},
		wecomsim.Media{MediaID: "VIDEO", Type: "video", Filename: "v.mp4"},
		wecomsim.Media{MediaID: "SHEET", Type: "file", Filename: "sheet.ods"})
}

func TestMessageSendRefusals(t *testing.T) {
	t.Parallel()
	article := func(fields string) string { return toLisi("news", `{"articles":[{`+fields+`}]}`) }
	mpArticle := func(fields string) string {
		return toLisi("mpnews", `{"articles":[{"title":"t","thumb_media_id":"`+wecomsim.SeedImageMediaID+`",`+fields+`}]}`)
	}
	card := func(fields string) string { return toLisi("textcard", `{`+fields+`}`) }
	text := func(fields string) string {
		return `{"touser":"lisi","msgtype":"text","text":{"content":"x"},` + fields + `}`
	}
	to := func(fields string) string {
		return `{"msgtype":"text","agentid":1000002,"text":{"content":"x"},` + fields + `}`
	}
	longURL := "https://" + repeat("x", 2041)
	eachRefusal(t, "message/send", (*bench).app, []refusal{
		{"msgtype missing", `{"touser":"lisi","agentid":1000002}`, 40008, "invalid message type"},
		{"msgtype in upper case", toLisi("TEXT", `{"content":"x"}`), 40008, "invalid message type"},
		{"markdown_v2 is for chatbots", toLisi("markdown_v2", `{"content":"x"}`), 40008, "invalid message type"},
		{"no JSON", `touser=lisi`, 40008, "Warning: wrong json format. invalid message type"},
		{"agentid missing", text(`"safe":0`), 41011, "missing agentid"},
		{"agentid with letters", text(`"agentid":"ops"`), 40056, ""},
		{"agentid unknown", text(`"agentid":1000009`), 40056, ""},
		{"agentid of another app", text(`"agentid":1000003`), 301002, "not allow operate another agent with this accesstoken."},
		{"agentid with a stray blank", text(`"agentid":"1000002 "`), 301002, ""},
		{"no receiver", to(`"touser":" | ","toparty":""`), 82001, "All touser & toparty & totag invalid"},
		{"1,001 users", to(`"touser":"` + strings.Join(ids("u", 1001), "|") + `"`), 40032, ""},
		{"101 departments", to(`"toparty":"` + strings.Join(ids("", 101), "|") + `"`), 82002, ""},
		{"101 tags", to(`"totag":"` + strings.Join(ids("", 101), "|") + `"`), 82003, ""},
		{"all receivers invalid", to(`"touser":"nobody","toparty":"99","totag":"9"`), 81013, "user & party & tag all invalid"},
		{"@all inside a list", to(`"touser":"@all|nobody"`), 81013, ""},
		{"content missing", toLisi("text", `{}`), 44004, "empty content"},
		{"content empty", toLisi("text", `{"content":""}`), 44004, "empty content"},
		{"text of another type", toLisi("text", `"x"`), 44004, "Warning: wrong json format. empty content"},
		{"markdown empty", toLisi("markdown", `{"content":""}`), 44004, "empty content"},
		{"markdown of 2,049 bytes", toLisi("markdown", `{"content":"`+repeat("a", 2049)+`"}`), 45002, "content size out of limit"},
		{"media_id missing", toLisi("image", `{}`), 41006, ""},
		{"media_id unknown", toLisi("image", `{"media_id":"x"}`), 40007, "invalid media_id"},
		{"a file as image", toLisi("image", `{"media_id":"`+wecomsim.SeedFileMediaID+`"}`), 40007, "invalid media_id"},
		{"a chatbot's file", toLisi("file", `{"media_id":"`+wecomsim.SeedBotFileMediaID+`"}`), 40007, "invalid media_id"},
		{"card without title", card(`"description":"d","url":"https://x"`), 41016, ""},
		{"card without description", card(`"title":"t","url":"https://x"`), 41033, ""},
		{"card without url", card(`"title":"t","description":"d"`), 41010, ""},
		{"card with a url of 2,049 bytes", card(`"title":"t","description":"d","url":"` + longURL + `"`), 40039, ""},
		{"card with a url without scheme", card(`"title":"t","description":"d","url":"x.example"`), 45034, ""},
		{"news without articles", toLisi("news", `{}`), 40058, "field `articles` expect array size in [1, 8]. invalid Request Parameter"},
		{"9 articles", toLisi("news", `{"articles":[`+strings.TrimSuffix(repeat(`{"title":"t","url":"https://x"},`, 9), ",")+`]}`), 45008, ""},
		{"articles that are no objects", toLisi("news", `{"articles":["x"]}`), 40058, ""},
		{"article without title", article(`"url":"https://x"`), 41016, ""},
		{"article without url", article(`"title":"t"`), 41010, ""},
		{"article with half a mini-program", article(`"title":"t","appid":"wx1"`), 40058, ""},
		{"article with a long pagepath", article(`"title":"t","appid":"wx1","pagepath":"` + repeat("x", 129) + `"`), 40058, ""},
		{"article with a long picurl", article(`"title":"t","url":"https://x","picurl":"` + longURL + `"`), 40039, ""},
		{"thumb missing", toLisi("mpnews", `{"articles":[{"title":"t","content":"c"}]}`), 41006, ""},
		{"thumb is a file", toLisi("mpnews", `{"articles":[{"title":"t","thumb_media_id":"`+wecomsim.SeedFileMediaID+`","content":"c"}]}`), 40007, ""},
		{"mpnews without content", mpArticle(`"author":"a"`), 44004, ""},
		{"mpnews over 666 K", mpArticle(`"content":"` + repeat("x", 666*1024+1) + `"`), 45002, "content size out of limit"},
		{"author of 65 bytes", mpArticle(`"content":"c","author":"` + repeat("a", 65) + `"`), 45032, ""},
		{"safe 2 on text", text(`"agentid":1000002,"safe":2`), 40058, ""},
		{"safe 3", text(`"agentid":1000002,"safe":3`), 40058, ""},
		{"safe on news", `{"touser":"lisi","msgtype":"news","agentid":1000002,"safe":1,"news":{"articles":[{"title":"t","url":"https://x"}]}}`, 40074, ""},
		{"confidential file of another kind", `{"touser":"lisi","msgtype":"file","agentid":1000002,"safe":1,"file":{"media_id":"SHEET"}}`, 40004, ""},
		{"duplicate check over 4 hours", text(`"agentid":1000002,"enable_duplicate_check":1,"duplicate_check_interval":14401`), 40058, ""},
	}, withVoiceAndVideo)
}

func TestMessageSafe(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.send(`{"touser":"lisi","msgtype":"mpnews","agentid":1000002,"safe":2,"mpnews":{"articles":[{"title":"t","thumb_media_id":"`+
		wecomsim.SeedImageMediaID+`","content":"c"}]}}`).success(t, "ok")
	assert.Equal(t, 2, b.last().Safe)
	b.send(`{"touser":"lisi","msgtype":"markdown","agentid":1000002,"safe":1,"markdown":{"content":"c"}}`).success(t, "ok")
	assert.Zero(t, b.last().Safe) // markdown has no such parameter
}

func TestMessageReceivers(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, to string
		reached  []string
		lists    map[string]string
	}{
		{
			"partly invalid", `"touser":"lisi|NoBody|Other","toparty":"99|x","totag":"9"`,
			[]string{"lisi"},
			map[string]string{"invaliduser": "nobody|other", "invalidparty": "99|x", "invalidtag": "9"},
		},
		{"a department with everything below", `"toparty":"3"`, []string{"carol.wu", "david-zhou", "sunqi", "emily@hl"}, nil},
		{"a tag and a member of it", `"touser":"lisi","totag":"1"`, []string{"lisi", "zhangsan"}, nil},
		{"unlicensed", `"touser":"lisi|zhouba"`, []string{"lisi"}, map[string]string{"unlicenseduser": "zhouba"}},
		{"@all ignores the rest", `"touser":"@all","toparty":"99"`, []string{
			"zhangsan", "lisi", "wangwu", "zhaoliu", "amy.lin", "bo.chen", "carol.wu", "david-zhou", "sunqi", "wujiu", "emily@hl",
		}, map[string]string{"unlicenseduser": "zhouba"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, func(s *wecomsim.State) { s.Members[9].Unlicensed = true })
			a := b.send(`{"msgtype":"text","agentid":1000002,"text":{"content":"x"},` + row.to + `}`)
			a.success(t, "ok")
			assert.Equal(t, row.reached, b.last().ToUser)
			for _, key := range []string{"invaliduser", "invalidparty", "invalidtag", "unlicenseduser"} {
				if want, listed := row.lists[key]; listed {
					assert.Equal(t, want, a.Fields[key])
				} else {
					assert.NotContains(t, a.Fields, key)
				}
			}
		})
	}
}

func TestMessageReceiversOutsideTheVisibleRange(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	token := b.secondApp()
	send := func(to string) answer {
		return b.post("message/send", token, "", `{"msgtype":"text","agentid":1000003,"text":{"content":"x"},`+to+`}`)
	}
	a := send(`"touser":"@all"`)
	a.success(t, "ok")
	assert.Equal(t, []string{"zhangsan", "lisi", "wangwu", "zhaoliu", "amy.lin", "bo.chen"}, b.last().ToUser)
	a = send(`"touser":"carol.wu","toparty":"3"`)
	a.refused(t, 81013, "")
	assert.Equal(t, "carol.wu", a.Fields["invaliduser"])
	assert.Equal(t, "3", a.Fields["invalidparty"])
}

func TestVisibleRangeOfMembersAndTags(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(s *wecomsim.State) {
		s.Agents[1].AllowParty, s.Agents[1].AllowUser, s.Agents[1].AllowTag = nil, []string{"carol.wu"}, []int{1, 2}
		s.Tags = append(s.Tags, wecomsim.Tag{ID: 2, PartyList: []int{7}})
	})
	b.post("message/send", b.secondApp(), "", `{"touser":"@all","msgtype":"text","agentid":1000003,"text":{"content":"x"}}`).success(t, "ok")
	assert.Equal(t, []string{"zhangsan", "lisi", "carol.wu", "david-zhou", "sunqi"}, b.last().ToUser)
}

func TestDuplicateCheck(t *testing.T) {
	t.Parallel()
	const body = `{"touser":"lisi","msgtype":"text","agentid":1000002,"text":{"content":"x"},"enable_duplicate_check":1,"duplicate_check_interval":600}`
	b := newBench(t)
	first := b.send(body)
	first.success(t, "ok")
	assert.Equal(t, first.Raw, b.send(body).Raw)
	assert.True(t, b.lastEntry().Suppressed)
	assert.False(t, b.lastEntry().Accepted)
	assert.Len(t, b.inbox(), 1)
	b.send(strings.Replace(body, `"x"`, `"y"`, 1)).success(t, "ok")
	assert.Len(t, b.inbox(), 2)
	b.sim.Clock().Advance(10 * time.Minute)
	assert.NotEqual(t, first.Raw, b.send(body).Raw)
	assert.Len(t, b.inbox(), 3)
	b.send(toLisi("text", `{"content":"x"}`)).success(t, "ok")
	b.send(toLisi("text", `{"content":"x"}`)).success(t, "ok")
	assert.Len(t, b.inbox(), 5) // without the check, nothing is a duplicate
}

func TestDuplicateCheckLasts1800SecondsByDefault(t *testing.T) {
	t.Parallel()
	const body = `{"touser":"lisi","msgtype":"text","agentid":1000002,"text":{"content":"x"},"enable_duplicate_check":1}`
	b := newBench(t)
	b.send(body).success(t, "ok")
	b.sim.Clock().Advance(1799 * time.Second)
	b.send(body).success(t, "ok")
	assert.Len(t, b.inbox(), 1)
	b.sim.Clock().Advance(time.Second)
	b.send(body).success(t, "ok")
	assert.Len(t, b.inbox(), 2)
}

func TestMessagesOverTheMembersQuotaAreDroppedSilently(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	token := b.app()
	const both = `{"touser":"lisi|zhangsan","msgtype":"text","agentid":1000002,"text":{"content":"x"}}`
	for range 30 {
		b.post("message/send", token, "", toLisi("text", `{"content":"x"}`)).success(t, "ok")
	}
	b.post("message/send", token, "", both).success(t, "ok")
	assert.Equal(t, []string{"zhangsan"}, b.last().ToUser)
	assert.Equal(t, []string{"lisi"}, b.lastEntry().Dropped)
	assert.True(t, b.lastEntry().Accepted)

	b.post("message/send", token, "", toLisi("text", `{"content":"x"}`)).success(t, "ok")
	assert.Len(t, b.inbox(), 31)
	assert.False(t, b.lastEntry().Accepted)

	b.sim.Clock().Advance(time.Minute)
	b.post("message/send", token, "", both).success(t, "ok")
	assert.Equal(t, []string{"lisi", "zhangsan"}, b.last().ToUser)
}

func TestRecall(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	token := b.app()
	msgID, _ := b.post("message/send", token, "", toLisi("text", `{"content":"x"}`)).Fields["msgid"].(string)
	require.NotEmpty(t, msgID)
	recall := func(token string) answer { return b.post("message/recall", token, "", `{"msgid":"`+msgID+`"}`) }

	recall(b.secondApp()).refused(t, 40058, "")
	assert.False(t, b.last().Recalled)
	assert.Equal(t, `{"errcode":0,"errmsg":"ok"}`, recall(token).Raw)
	assert.True(t, b.last().Recalled)
	recall(token).success(t, "ok") // again

	b.sim.Clock().Advance(24 * time.Hour)
	token = b.app()
	recall(token).success(t, "ok")
	b.sim.Clock().Advance(time.Second)
	recall(token).refused(t, 42052, "")

	b.post("message/recall", token, "", `{"msgid":"unknown"}`).refused(t, 40058, "")
	b.post("message/recall", token, "", `{}`).refused(t, 40063, "")
}

func TestInboxFilter(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.send(toLisi("text", `{"content":"to lisi"}`)).success(t, "ok")
	b.post("appchat/send", b.app(), "", `{"chatid":"`+wecomsim.SeedChatID+`","msgtype":"text","text":{"content":"to the chat"}}`).success(t, "ok")
	b.webhook(`{"msgtype":"text","text":{"content":"from the bot"}}`).success(t, "ok")
	for filter, want := range map[wecomsim.InboxFilter]int{
		{}:                                     3,
		{UserID: "LiSi"}:                       2, // the chat's messages are on the member's phone, too
		{UserID: "wangwu"}:                     1,
		{ChatID: wecomsim.SeedChatID}:          1,
		{Key: wecomsim.SeedChatbotKey}:         1,
		{Key: wecomsim.SeedDisabledChatbotKey}: 0,
	} {
		assert.Len(t, b.sim.Inbox(filter), want, filter)
	}
	assert.NotContains(t, encode(t, b.inbox()), wecomsim.SeedChatbotKey)
}
