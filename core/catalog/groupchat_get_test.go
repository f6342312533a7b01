package catalog_test

import (
	"strings"
	"testing"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

func TestGroupchatGet(t *testing.T) {
	t.Parallel()
	const call = "GET appchat/get?chatid=ops-1%26x%3D%E5%80%BC"
	const chat = `{"chatid":"ops1","name":"值班 <1>","owner":"lisi","userlist":["zhangsan","lisi"],"chat_type":0}`
	runAll(t, "groupchat.get", []run{
		{
			name: "the whole chat", input: `{"chatid":" ops-1&x=值 "}`, call: call,
			reply: `{"errcode":0,"errmsg":"ok","chat_info":` + chat + `}`, output: `{"chat_info":` + chat + `}`,
		},
		{name: "an answer without the chat", input: `{"chatid":"ops-1&x=值"}`, call: call, kind: fault.Unavailable},
		{name: "an unknown chat", input: `{"chatid":"ops-1&x=值"}`, call: call, reply: `{"errcode":86003,"errmsg":"x"}`, kind: fault.NotFound},
		{name: "a chat of another app", input: `{"chatid":"ops-1&x=值"}`, call: call, reply: `{"errcode":86008,"errmsg":"x"}`, kind: fault.ConnectionRejected},
		{name: "no Group Chat ID", input: `{"chatid":""}`, kind: fault.InvalidInput, violations: []string{"/chatid required"}},
		{name: "a line break", input: `{"chatid":"a\nb"}`, kind: fault.InvalidInput, violations: []string{"/chatid forbidden_chars"}},
		{name: "65 characters", input: `{"chatid":"` + strings.Repeat("x", 65) + `"}`, kind: fault.InvalidInput, violations: []string{"/chatid bytes"}},
	})
}
