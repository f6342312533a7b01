package wecomsim_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

func TestChatCreate(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, body string
		want       wecomsim.Chat
	}{
		{
			"all fields", `{"name":"发布群","owner":"LISI","userlist":["zhangsan","lisi","lisi"],"chatid":"release1"}`,
			wecomsim.Chat{ChatID: "release1", Name: "发布群", Owner: "lisi", UserList: []string{"zhangsan", "lisi"}, AgentID: wecomsim.SeedAgentID},
		},
		{
			"name cut to 50 characters, no owner", `{"name":"` + repeat("群", 51) + `","userlist":["zhangsan","lisi"],"chatid":"release1"}`,
			wecomsim.Chat{ChatID: "release1", Name: repeat("群", 50), Owner: "zhangsan", UserList: []string{"zhangsan", "lisi"}, AgentID: wecomsim.SeedAgentID},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			assert.Equal(t, `{"errcode":0,"errmsg":"ok","chatid":"release1"}`, b.post("appchat/create", b.app(), "", row.body).Raw)
			assert.Equal(t, row.want, b.sim.State().Chats[1])
		})
	}
	t.Run("chatid left out is generated", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		assert.Regexp(t, `^[0-9A-Za-z]{32}$`, b.post("appchat/create", b.app(), "", `{"userlist":["zhangsan","lisi"]}`).Fields["chatid"])
	})
}

func TestChatCreateRefusals(t *testing.T) {
	t.Parallel()
	with := func(fields string) string { return `{"userlist":["zhangsan","lisi"],` + fields + `}` }
	eachRefusal(t, "appchat/create", (*bench).app, []refusal{
		{"members missing", `{"name":"x"}`, 86204, ""},
		{"one member", `{"userlist":["lisi"]}`, 86006, "invalid chat member list size"},
		{"one member twice", `{"userlist":["lisi","LiSi"]}`, 86006, "invalid chat member list size"},
		{"more members than places beside the app", `{"userlist":["zhangsan","lisi","wangwu","zhaoliu"]}`, 86006, ""},
		{"unknown member", `{"userlist":["lisi","nobody"]}`, 86007, ""},
		{"name with control characters", with(`"name":"a\u0007b"`), 86004, ""},
		{"unknown owner", with(`"owner":"nobody"`), 86005, ""},
		{"owner not among the members", with(`"owner":"wangwu"`), 86207, ""},
		{"chatid of 33 characters", with(`"chatid":"` + repeat("x", 33) + `"`), 86205, ""},
		{"chatid with a hyphen", with(`"chatid":"a-b"`), 86001, ""},
		{"chatid exists", with(`"chatid":"` + wecomsim.SeedChatID + `"`), 86215, ""},
	}, func(s *wecomsim.State) { s.Limits.ChatMembers = 4 })
	eachRefusal(t, "appchat/create", (*bench).secondApp, []refusal{
		{"the app's visible range is not the root", with(`"name":"x"`), 60011, "no privilege to access/modify contact/party/agent "},
	})
}

func TestChatQuotas(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(s *wecomsim.State) { s.Limits.ChatCreationsPerDay, s.Limits.ChatChangesPerHour = 1, 1 })
	const body = `{"userlist":["zhangsan","lisi"]}`
	b.post("appchat/create", b.app(), "", body).success(t, "ok")
	b.post("appchat/create", b.app(), "", body).refused(t, 45009, "")
	const change = `{"chatid":"` + wecomsim.SeedChatID + `","name":"x"}`
	b.post("appchat/update", b.app(), "", change).success(t, "ok")
	b.post("appchat/update", b.app(), "", change).refused(t, 45009, "")
	b.sim.Clock().Advance(12*time.Hour - time.Second) // the natural day ends at midnight in Beijing
	b.post("appchat/update", b.app(), "", change).success(t, "ok")
	b.post("appchat/create", b.app(), "", body).refused(t, 45009, "")
	b.sim.Clock().Advance(time.Second)
	b.post("appchat/create", b.app(), "", body).success(t, "ok")
}

func TestChatGet(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	assert.Equal(t, `{"errcode":0,"errmsg":"ok","chat_info":{"chatid":"ops20240901","name":"值班群 On-call","owner":"lisi",`+
		`"userlist":["zhangsan","lisi","wangwu","amy.lin"],"chat_type":0}}`, b.get("appchat/get", b.app(), "chatid=ops20240901").Raw)
}

func TestChatUpdate(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	assert.Equal(t, `{"errcode":0,"errmsg":"ok"}`, b.post("appchat/update", b.app(), "", `{"chatid":"ops20240901","name":"新名",
		"owner":"bo.chen","add_user_list":["bo.chen","wangwu"],"del_user_list":["LISI"]}`).Raw)
	assert.Equal(t, wecomsim.Chat{
		ChatID: wecomsim.SeedChatID, Name: "新名", Owner: "bo.chen", UserList: []string{"zhangsan", "wangwu", "amy.lin", "bo.chen"}, AgentID: wecomsim.SeedAgentID,
	}, b.sim.State().Chats[0])
}

func TestChatOfOneMayStillBeRenamed(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(s *wecomsim.State) { s.Chats[0].UserList = []string{"lisi"} })
	b.post("appchat/update", b.app(), "", `{"chatid":"ops20240901","name":"x"}`).success(t, "ok")
	b.post("appchat/update", b.app(), "", `{"chatid":"ops20240901","add_user_list":[]}`).refused(t, 86006, "")
}

func TestChatUpdateRefusals(t *testing.T) {
	t.Parallel()
	with := func(fields string) string { return `{"chatid":"ops20240901",` + fields + `}` }
	eachRefusal(t, "appchat/update", (*bench).app, []refusal{
		{"name empty", with(`"name":""`), 86202, ""},
		{"owner empty", with(`"owner":""`), 86203, ""},
		{"owner unknown", with(`"owner":"nobody"`), 86005, ""},
		{"owner not among the members", with(`"owner":"bo.chen"`), 86207, ""},
		{"owner removed without a new one", with(`"del_user_list":["lisi"]`), 86203, ""},
		{"adding one not in the directory", with(`"add_user_list":["nobody"]`), 86216, ""},
		{"removing one not in the chat", with(`"del_user_list":["bo.chen"]`), 86216, ""},
		{"one member left", with(`"del_user_list":["zhangsan","wangwu","amy.lin"]`), 86006, ""},
	})
}

func TestChatsOfOthers(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		chatID string
		code   int
		text   string
	}{
		"missing":                {"", 86201, ""},
		"malformed":              {"a-b", 86001, ""},
		"unknown":                {"unknown1", 86003, ""},
		"made by another app":    {"foreign1", 86008, "agent has no privilege to access this chat, which is created by other agent."},
		"dissolved by its owner": {"dissolved1", 49008, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, func(s *wecomsim.State) {
				s.Chats = append(s.Chats,
					wecomsim.Chat{ChatID: "foreign1", AgentID: wecomsim.SeedSecondAgentID},
					wecomsim.Chat{ChatID: "dissolved1", AgentID: wecomsim.SeedAgentID, Dissolved: true})
			})
			b.get("appchat/get", b.app(), "chatid="+row.chatID).refused(t, row.code, row.text)
			b.post("appchat/update", b.app(), "", `{"name":"x","chatid":"`+row.chatID+`"}`).refused(t, row.code, row.text)
			b.post("appchat/send", b.app(), "", `{"chatid":"`+row.chatID+`","msgtype":"text","text":{"content":"x"}}`).refused(t, row.code, row.text)
		})
	}
}

func TestChatSend(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ msgType, object, text string }{
		{"text", `{"content":"` + repeat("a", 2048) + `","mentioned_list":["@all"]}`, repeat("a", 120) + "…"},
		{"markdown", `{"content":"# x"}`, "# x"},
		{"image", `{"media_id":"` + wecomsim.SeedImageMediaID + `"}`, "[image] dashboard.png"},
		{"file", `{"media_id":"` + wecomsim.SeedFileMediaID + `"}`, "[file] 排班表.pdf"},
		{"voice", `{"media_id":"VOICE"}`, "[voice] v.amr"},
		{"video", `{"media_id":"VIDEO"}`, "[video] v.mp4"},
		{"textcard", `{"title":"t","description":"d","url":"https://x"}`, "t d"},
		{"news", `{"articles":[{"title":"t","url":"https://x"}]}`, "t"},
		{"mpnews", `{"articles":[{"title":"t","thumb_media_id":"` + wecomsim.SeedImageMediaID + `","content":"c"}]}`, "t"},
	} {
		t.Run(row.msgType, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, withVoiceAndVideo)
			a := b.post("appchat/send", b.app(), "", `{"chatid":"ops20240901","msgtype":"`+row.msgType+`","`+row.msgType+`":`+row.object+`}`)
			assert.Equal(t, `{"errcode":0,"errmsg":"ok"}`, a.Raw)
			m := b.last()
			assert.Equal(t, row.text, m.Text())
			assert.Equal(t, row.object, string(m.Content))
			assert.Equal(t, wecomsim.FromChat, m.From)
			assert.Equal(t, wecomsim.SeedChatID, m.ChatID)
			assert.Equal(t, []string{"zhangsan", "lisi", "wangwu", "amy.lin"}, m.ToUser)
		})
	}
}

func TestChatTextcardIsCutInBytes(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.post("appchat/send", b.app(), "", `{"chatid":"ops20240901","msgtype":"textcard","safe":1,"textcard":{"title":"`+repeat("长", 43)+
		`","description":"d","url":"https://x"}}`).success(t, "ok")
	assert.Equal(t, `{"title":"`+repeat("长", 42)+`","description":"d","url":"https://x"}`, string(b.last().Content))
	assert.Equal(t, 1, b.last().Safe)
}

func TestChatsNeedTheRootInTheVisibleRange(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.get("appchat/get", b.secondApp(), "chatid=ops20240901").refused(t, 60011, "")
}

func TestChatSendRefusals(t *testing.T) {
	t.Parallel()
	send := func(msgType, object string) string {
		return `{"chatid":"ops20240901","msgtype":"` + msgType + `","` + msgType + `":` + object + `}`
	}
	eachRefusal(t, "appchat/send", (*bench).app, []refusal{
		{"msgtype unknown", send("markdown_v2", `{"content":"x"}`), 40008, "invalid message type"},
		{"content empty", send("text", `{"content":""}`), 44004, "empty content"},
		{"text of 2,049 bytes", send("text", `{"content":"`+repeat("a", 2049)+`"}`), 45002, "content size out of limit"},
		{"markdown of 2,049 bytes", send("markdown", `{"content":"`+repeat("a", 2049)+`"}`), 45002, "content size out of limit"},
		{"media_id unknown", send("file", `{"media_id":"x"}`), 40007, "invalid media_id"},
		{"no articles", send("news", `{"articles":[]}`), 40058, ""},
		{"article without url", send("news", `{"articles":[{"title":"t"}]}`), 41010, ""},
		{"safe 2 on text", `{"chatid":"ops20240901","msgtype":"text","safe":2,"text":{"content":"x"}}`, 40058, ""},
	})
}

func TestGroupMessagesOverTheMembersQuotaAreDroppedSilently(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(s *wecomsim.State) { s.Limits.MemberChatPerMinute = 1 })
	const body = `{"chatid":"ops20240901","msgtype":"text","text":{"content":"x"}}`
	b.post("appchat/send", b.app(), "", body).success(t, "ok")
	b.post("appchat/send", b.app(), "", body).success(t, "ok")
	assert.Len(t, b.inbox(), 1)
	assert.Len(t, b.lastEntry().Dropped, 4)
	b.sim.Clock().Advance(time.Minute)
	b.post("appchat/send", b.app(), "", body).success(t, "ok")
	assert.Len(t, b.inbox(), 2)
}
