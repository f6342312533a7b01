package catalog_test

import (
	"strings"
	"testing"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

func TestGroupchatCreate(t *testing.T) {
	t.Parallel()
	const call, reply, output = "POST appchat/create", `{"errcode":0,"errmsg":"ok","chatid":"c1"}`, `{"chatid":"c1"}`
	name50 := strings.Repeat("群", 50)
	refuses := func(name, input string, violations ...string) run {
		return run{name: name, input: input, kind: fault.InvalidInput, violations: violations}
	}
	runAll(t, "groupchat.create", []run{
		{
			name: "every parameter", input: `{"name":"值班","owner":"Amy","userlist":"amy,bo，lisi","chatid":"c1"}`,
			call: call, body: `{"name":"值班","owner":"Amy","userlist":["amy","bo","lisi"],"chatid":"c1"}`, reply: reply, output: output,
		},
		{
			name: "only the members; empty and null are as absent", input: `{"name":"","owner":null,"userlist":["amy","bo"],"chatid":""}`,
			call: call, body: `{"userlist":["amy","bo"]}`, reply: reply, output: output,
		},
		{
			name: "a name of 51 characters is truncated", input: `{"name":"` + name50 + `x","userlist":["amy","bo"]}`,
			call: call, body: `{"name":"` + name50 + `","userlist":["amy","bo"]}`, reply: reply, output: output, warnings: []string{"/name truncated"},
		},
		{
			name: "members twice, also in another case, are sent once", input: `{"userlist":["Amy","bo","amy",""]}`,
			call: call, body: `{"userlist":["Amy","bo"]}`, reply: reply, output: output,
		},
		refuses("no members", `{}`, "/userlist required"),
		refuses("one member, twice", `{"userlist":["amy","AMY"]}`, "/userlist items"),
		refuses("the owner is not a member", `{"owner":"lisi","userlist":["amy","bo"]}`, "/owner one_of"),
		refuses("a chatid of 33 characters", `{"userlist":["amy","bo"],"chatid":"`+strings.Repeat("c", 33)+`"}`, "/chatid format"),
		refuses("a chatid with a hyphen", `{"userlist":["amy","bo"],"chatid":"c-1"}`, "/chatid format"),
		refuses("a blank name", `{"name":"  ","userlist":["amy","bo"]}`, "/name required"),
		{name: "an answer without the chatid", input: `{"userlist":["amy","bo"]}`, call: call, kind: fault.OutcomeUnknown},
		{name: "the chatid exists already", input: `{"userlist":["amy","bo"],"chatid":"c1"}`, call: call, reply: `{"errcode":86215,"errmsg":"x"}`, kind: fault.Conflict},
		{
			name: "a lost answer without a chatid: nobody knows", input: `{"userlist":["amy","bo"]}`, call: call,
			replies: []string{lost}, kind: fault.OutcomeUnknown,
		},
	})
}

// The answer to the first try is lost; the repeat meets a chat of that chatid.
func TestGroupchatCreateIsReconciled(t *testing.T) {
	t.Parallel()
	const input, exists = `{"name":"值班","owner":"Amy","userlist":["Amy","bo"],"chatid":"c1"}`, `{"errcode":86215,"errmsg":"x"}`
	create, get := "POST appchat/create", "GET appchat/get?chatid=c1"
	thrice := []string{create, create, get}
	chat := func(name, owner, users string) string {
		return `{"errcode":0,"errmsg":"ok","chat_info":{"chatid":"c1","name":"` + name + `","owner":"` + owner + `","userlist":` + users + `,"chat_type":0}}`
	}
	runAll(t, "groupchat.create", []run{
		{
			name: "it is this call's work", input: input, calls: thrice, output: `{"chatid":"c1"}`, warnings: []string{" reconciled"},
			replies: []string{lost, exists, chat("值班", "amy", `["bo","amy"]`)},
		},
		{
			name: "WeCom chose name and owner", input: `{"userlist":["Amy","bo"],"chatid":"c1"}`, calls: thrice, output: `{"chatid":"c1"}`,
			warnings: []string{" reconciled"}, replies: []string{lost, exists, chat("", "bo", `["bo","amy"]`)},
		},
		{name: "another name: another's work", input: input, calls: thrice, kind: fault.Conflict, replies: []string{lost, exists, chat("别的", "amy", `["bo","amy"]`)}},
		{name: "another owner: another's work", input: input, calls: thrice, kind: fault.Conflict, replies: []string{lost, exists, chat("值班", "bo", `["bo","amy"]`)}},
		{name: "other members: another's work", input: input, calls: thrice, kind: fault.Conflict, replies: []string{lost, exists, chat("值班", "amy", `["bo","amy","lisi"]`)}},
		{name: "it was made by another app", input: input, calls: thrice, kind: fault.OutcomeUnknown, replies: []string{lost, exists, `{"errcode":86008,"errmsg":"x"}`}},
		{name: "the answer to the reading lacks the chat", input: input, calls: thrice, kind: fault.OutcomeUnknown, replies: []string{lost, exists, ok}},
	})
}
