package catalog_test

import (
	"testing"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

func TestGroupchatTextSend(t *testing.T) {
	t.Parallel()
	text := func(content string) string { return `"msgtype":"text","text":{"content":` + content + `}` }
	runAll(t, "groupchat.text.send", []run{
		sendsToChat("every parameter", `"content":"今晚\r\n<b>","safe":1,"mentioned_list":"lisi，@all"`,
			`"safe":1,"msgtype":"text","text":{"content":"今晚\n<b>","mentioned_list":["lisi","@all"]}`),
		sendsToChat("without mentions", `"content":"hi","mentioned_list":[]`, text(`"hi"`)),
		sendsToChat("content of 2,049 bytes is truncated", `"content":"`+han(683)+`"`, text(`"`+han(682)+`"`), "/content truncated"),
		sendsToChat("an inline mention is told", `"content":"<@lisi>"`, text(`"<@lisi>"`), "/content unsupported"),
		refusesChat("no mentions by mobile number", `"content":"hi","mentioned_mobile_list":["138"]`, "/mentioned_mobile_list unknown"),
		refusesChat("no duplicate check", `"content":"hi","enable_duplicate_check":1`, "/enable_duplicate_check unknown"),
		refusesChat("Confidentiality 2", `"content":"hi","safe":2`, "/safe one_of"),
		refusesChat("no Content", `"safe":0`, "/content required"),
		{name: "no Group Chat ID", input: `{"content":"hi"}`, kind: fault.InvalidInput, violations: []string{"/chatid required"}},
		{name: "a lost answer: nobody knows", input: `{"chatid":"c","content":"hi"}`, call: "POST appchat/send", replies: []string{lost}, kind: fault.OutcomeUnknown},
		{name: "an unknown chat", input: `{"chatid":"c","content":"hi"}`, call: "POST appchat/send", reply: `{"errcode":86003,"errmsg":"x"}`, kind: fault.NotFound},
	})
}
