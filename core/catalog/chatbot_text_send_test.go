package catalog_test

import (
	"strings"
	"testing"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

func TestChatbotTextSend(t *testing.T) {
	t.Parallel()
	text := func(content string) string { return `"msgtype":"text","text":{"content":` + content + `}` }
	filler := strings.Repeat("x", 2040)
	runAll(t, "chatbot.text.send", []run{
		sendsByBot("every parameter", `"content":"磁盘 <91%>","mentioned_list":"zhangsan,@all","mentioned_mobile_list":["+8613800138000","@all","013800"]`,
			`"msgtype":"text","text":{"content":"磁盘 <91%>","mentioned_list":["zhangsan","@all"],"mentioned_mobile_list":["+8613800138000","@all","013800"]}`),
		sendsByBot("without mentions", `"content":"hi","mentioned_list":"","mentioned_mobile_list":null`, text(`"hi"`)),
		sendsByBot("an inline mention works here", `"content":"<@lisi> hi"`, text(`"<@lisi> hi"`)),
		sendsByBot("content of 2,049 bytes: the excess part is truncated", `"content":"`+filler+`123456789"`, text(`"`+filler+`12345678"`), "/content truncated"),
		sendsByBot("no half of a mention is left", `"content":"`+filler+`<@zhangsan>"`, text(`"`+filler+`"`), "/content truncated"),
		refusesBot("a mobile number with a space", `"content":"hi","mentioned_mobile_list":["138 0013"]`, "/mentioned_mobile_list/0 format"),
		refusesBot("no Content", `"mentioned_list":["a"]`, "/content required"),
		refusesBot("no Confidentiality", `"content":"hi","safe":0`, "/safe unknown"),
		{name: "more than 20 a minute", input: `{"content":"hi"}`, call: "POST webhook/send", reply: `{"errcode":45009,"errmsg":"api freq out of limit"}`, kind: fault.RateLimited},
		{name: "a wrong key", input: `{"content":"hi"}`, call: "POST webhook/send", reply: `{"errcode":93000,"errmsg":"invalid webhook url"}`, kind: fault.ConnectionRejected},
		{name: "a lost answer: nobody knows", input: `{"content":"hi"}`, call: "POST webhook/send", replies: []string{lost}, kind: fault.OutcomeUnknown},
	})
}
