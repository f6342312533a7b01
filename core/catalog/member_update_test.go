package catalog_test

import (
	"testing"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

func TestMemberUpdate(t *testing.T) {
	t.Parallel()
	const call, reply, output = "POST user/update", `{"errcode":0,"errmsg":"updated"}`, `{}`
	// sends and refuses say what becomes of one member beside the userid.
	sends := func(name, member, want string) run {
		return run{name: name, input: `{"userid":"Bo",` + member + `}`, call: call, body: `{"userid":"Bo"` + want + `}`, reply: reply, output: output}
	}
	refuses := func(name, member string, violations ...string) run {
		return run{name: name, input: `{"userid":"Bo",` + member + `}`, kind: fault.InvalidInput, violations: violations}
	}
	runs := []run{
		{name: "absent: left alone", input: `{"userid":"Bo"}`, call: call, body: `{"userid":"Bo"}`, reply: reply, output: output},
		sends("null: left alone", `"name":null,"alias":null,"mobile":null,"department":null,"order":null,"position":null,"gender":null,"email":null,`+
			`"biz_mail":null,"telephone":null,"is_leader_in_dept":null,"direct_leader":null,"avatar_mediaid":null,"enable":null,"extattr":null,`+
			`"external_position":null,"external_profile":null,"nickname":null,"address":null,"main_department":null,"biz_mail_alias":null,"new_userid":null`, ``),
		refuses("Member Name empty", `"name":""`, "/name required"),
		refuses("New Member ID empty", `"new_userid":""`, "/new_userid required"),
		refuses("Dept IDs empty", `"department":[]`, "/department items"),
		sends("Dept IDs as an empty string: left alone", `"department":""`, ``),
		sends("Dept IDs with their orders and leaders, zero too", `"department":[2,7],"order":[0,4294967295],"is_leader_in_dept":"0,1"`,
			`,"department":[2,7],"order":[0,4294967295],"is_leader_in_dept":[0,1]`),
		sends("Sorting Members in Dept empty: left alone", `"order":[]`, ``),
		refuses("Sorting Members in Dept without departments", `"order":[1]`, "/order same_length"),
		sends("Department Leaders? empty: left alone", `"is_leader_in_dept":""`, ``),
		sends("Immediate Superior IDs empty: cleared", `"direct_leader":[]`, `,"direct_leader":[]`),
		sends("Immediate Superior IDs as an empty string: left alone", `"direct_leader":""`, ``),
		sends("Immediate Superior IDs", `"direct_leader":"amy,，lisi"`, `,"direct_leader":["amy","lisi"]`),
		refuses("the member's own superior", `"direct_leader":["bo"]`, "/direct_leader format"),
		sends("Gender", `"gender":"1"`, `,"gender":"1"`),
		sends("Gender empty: left alone", `"gender":""`, ``),
		refuses("Gender zero", `"gender":0`, "/gender one_of"),
		sends("Enable Member zero: disabled", `"enable":0`, `,"enable":0`),
		sends("Enable Member empty: left alone", `"enable":""`, ``),
		sends("Major Dept ID empty: left alone", `"main_department":""`, ``),
		refuses("Major Dept ID zero", `"main_department":0`, "/main_department range"),
		sends("mailbox aliases: an empty list clears", `"biz_mail_alias":{"item":[]}`, `,"biz_mail_alias":{"item":[]}`),
		sends("mailbox aliases: an empty object clears", `"biz_mail_alias":{}`, `,"biz_mail_alias":{}`),
		sends("mailbox aliases", `"biz_mail_alias":{"item":["bo@hl.cn","b@hl.example"]}`, `,"biz_mail_alias":{"item":["bo@hl.cn","b@hl.example"]}`),
		refuses("six mailbox aliases, and a short one", `"biz_mail_alias":{"item":"a@b.c,a1@b.c,a2@b.c,a3@b.c,a4@b.c,a5@b.c"}`, "/biz_mail_alias/item/0 format", "/biz_mail_alias/item items"),
		refuses("extended attributes without any", `"extattr":{}`, "/extattr/attrs required"),
		refuses("extended attributes empty", `"extattr":{"attrs":[]}`, "/extattr/attrs items"),
		sends("an extended attribute's text empty: cleared", `"extattr":{"attrs":[{"type":0,"name":"Badge","text":{"value":""}}]}`,
			`,"extattr":{"attrs":[{"type":0,"name":"Badge","text":{"value":""}}]}`),
		sends("the external profile empty", `"external_profile":{}`, `,"external_profile":{}`),
		refuses("no such parameter in an update", `"to_invite":true`, "/to_invite unknown"),
		{name: "no Member ID", input: `{"name":"Bo"}`, kind: fault.InvalidInput, violations: []string{"/userid required"}},
		{name: "an unknown member", input: `{"userid":"x"}`, call: call, reply: `{"errcode":60111,"errmsg":"userid not found"}`, kind: fault.NotFound},
		{
			name: "a lost answer: sent again", input: `{"userid":"Bo","enable":0}`, calls: []string{call, call}, body: `{"userid":"Bo","enable":0}`,
			replies: []string{lost, reply}, output: output,
		},
		{
			name: "a lost answer, and then the member is gone", input: `{"userid":"Bo","enable":0}`, calls: []string{call, call},
			replies: []string{lost, `{"errcode":60111,"errmsg":"userid not found"}`}, kind: fault.NotFound,
		},
	}
	for _, field := range []string{"alias", "mobile", "position", "email", "biz_mail", "telephone", "avatar_mediaid", "external_position", "nickname", "address"} {
		runs = append(runs, sends(field+" empty: cleared", `"`+field+`":""`, `,"`+field+`":""`))
	}
	runAll(t, "member.update", runs)
}

// The answer to the first try of a renaming is lost; the repeat does not find the old userid.
func TestMemberRenameIsReconciled(t *testing.T) {
	t.Parallel()
	const input, unknown = `{"userid":"old","new_userid":"new","name":"Bo"}`, `{"errcode":60111,"errmsg":"userid not found"}`
	update, get := "POST user/update", "GET user/get?userid=new"
	thrice := []string{update, update, get}
	runAll(t, "member.update", []run{
		{
			name: "the new userid is there", input: input, calls: thrice, output: `{}`, warnings: []string{" reconciled"},
			replies: []string{lost, unknown, `{"errcode":0,"errmsg":"ok","userid":"new","name":"Bo"}`},
		},
		{
			name: "WeCom does not rename twice", input: input, calls: thrice, output: `{}`, warnings: []string{" reconciled"},
			replies: []string{lost, `{"errcode":301036,"errmsg":"x"}`, `{"errcode":0,"errmsg":"ok","userid":"new","name":"Bo"}`},
		},
		{
			name: "the new userid is another member's", input: input, calls: thrice, kind: fault.NotFound,
			replies: []string{lost, unknown, `{"errcode":0,"errmsg":"ok","userid":"new","name":"Someone"}`},
		},
		{name: "neither is there", input: input, calls: thrice, kind: fault.NotFound, replies: []string{lost, unknown, unknown}},
		{
			name: "it cannot be read", input: input, calls: thrice, kind: fault.OutcomeUnknown,
			replies: []string{lost, unknown, `{"errcode":60011,"errmsg":"no privilege"}`},
		},
		{name: "the first answer was not lost", input: input, calls: []string{update}, replies: []string{unknown}, kind: fault.NotFound},
	})
}
