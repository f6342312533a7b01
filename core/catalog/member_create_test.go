package catalog_test

import (
	"testing"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

func TestMemberCreate(t *testing.T) {
	t.Parallel()
	const call, reply, output = "POST user/create", `{"errcode":0,"errmsg":"created"}`, `{}`
	sends := func(name, input, body string, warnings ...string) run {
		return run{name: name, input: input, call: call, body: body, reply: reply, output: output, warnings: warnings}
	}
	refuses := func(name, input string, violations ...string) run {
		return run{name: name, input: input, kind: fault.InvalidInput, violations: violations}
	}
	with := func(more string) string {
		return `{"userid":"amy.lin","name":"Amy","mobile":"13900000001",` + more + `}`
	}
	runAll(t, "member.create", []run{
		sends("every parameter of the table", `{"userid":"amy.lin","name":"Amy Lin","alias":"Amy","gender":2,"enable":1,"main_department":2,`+
			`"position":"Engineer","department":"2,7","order":"10，0","is_leader_in_dept":[1,0],"direct_leader":"bo","telephone":"020-555010,1",`+
			`"mobile":"+86-13900000001","email":"amy@example.com","biz_mail":"amy@corp.example","address":"Building 4 <西>"}`,
			`{"userid":"amy.lin","name":"Amy Lin","alias":"Amy","mobile":"+86-13900000001","department":[2,7],"order":[10,0],"position":"Engineer",`+
				`"gender":"2","email":"amy@example.com","biz_mail":"amy@corp.example","telephone":"020-555010,1","is_leader_in_dept":[1,0],`+
				`"direct_leader":["bo"],"enable":1,"address":"Building 4 <西>","main_department":2}`),
		sends("every further parameter of WeCom's page", with(`"avatar_mediaid":"M1","nickname":"频道","external_position":"顾问","to_invite":false,`+
			`"extattr":{"attrs":[{"type":0,"name":"Badge","text":{"value":"A-17"}},{"type":1,"name":"Page","web":{"url":"https://example.com","title":"Page"}}]},`+
			`"external_profile":{"external_corp_name":"Harbour","wechat_channels":{"nickname":"频道"},"external_attr":[{"type":2,"name":"App","miniprogram":{"appid":"wx1","pagepath":"/index","title":"App"}}]}`),
			`{"userid":"amy.lin","name":"Amy","mobile":"13900000001","avatar_mediaid":"M1",`+
				`"extattr":{"attrs":[{"type":0,"name":"Badge","text":{"value":"A-17"}},{"type":1,"name":"Page","web":{"url":"https://example.com","title":"Page"}}]},`+
				`"external_position":"顾问","external_profile":{"external_corp_name":"Harbour","wechat_channels":{"nickname":"频道"},`+
				`"external_attr":[{"type":2,"name":"App","miniprogram":{"appid":"wx1","pagepath":"/index","title":"App"}}]},"nickname":"频道","to_invite":false}`),
		sends("only an e-mail address", `{"userid":"1","name":"A","email":"a@b.cn"}`, `{"userid":"1","name":"A","email":"a@b.cn"}`),
		sends("empty and null are as absent", with(`"alias":"","email":"","position":"","address":"","telephone":"","direct_leader":[],"gender":"","enable":null,"order":[],"extattr":null`),
			`{"userid":"amy.lin","name":"Amy","mobile":"13900000001"}`),
		sends("zero is sent where it means something", with(`"enable":0,"department":[1],"order":[0],"is_leader_in_dept":[0]`),
			`{"userid":"amy.lin","name":"Amy","mobile":"13900000001","department":[1],"order":[0],"is_leader_in_dept":[0],"enable":0}`),
		sends("a formula is a name like any other", `{"userid":"a","name":"=cmd()","mobile":"1"}`, `{"userid":"a","name":"=cmd()","mobile":"1"}`),
		{
			name: "WeCom creates an unknown department, which is told", input: with(`"department":[99]`), call: call,
			reply:    `{"errcode":0,"errmsg":"created","created_department_list":{"department_info":[{"name":"99","id":99}]}}`,
			output:   `{"created_department_list":{"department_info":[{"name":"99","id":99}]}}`,
			warnings: []string{"/department wecom_warning"},
		},
		{
			name: "WeCom misread a part, which is told", input: with(`"enable":1`), call: call,
			reply: `{"errcode":0,"errmsg":"created. Warning: wrong json format. "}`, output: output, warnings: []string{" wecom_warning"},
		},
		refuses("nothing", `{}`, "/userid required", "/name required", " any_of"),
		refuses("neither mobile nor e-mail", `{"userid":"a","name":"A"}`, " any_of"),
		refuses("another count of orders and leaders", with(`"department":[1,2],"order":[1],"is_leader_in_dept":[1,0,1]`), "/order same_length", "/is_leader_in_dept same_length"),
		refuses("orders without departments", with(`"order":[1]`), "/order same_length"),
		refuses("an empty place among orders", with(`"department":[1,2],"order":"1,,2"`), "/order/1 required"),
		refuses("no department", with(`"department":[]`), "/department items"),
		refuses("a department twice", with(`"department":[1,1]`), "/department/1 duplicate"),
		refuses("Major Dept ID is not one of the departments", with(`"department":[1,2],"main_department":3`), "/main_department one_of"),
		refuses("the member's own superior", with(`"direct_leader":["bo","AMY.LIN"]`), "/direct_leader format"),
		refuses("six superiors", with(`"direct_leader":"a,b,c,d,e,f"`), "/direct_leader items"),
		refuses("an attribute without a value", with(`"extattr":{"attrs":[{"type":0,"name":"Badge"}]}`), "/extattr/attrs/0 any_of"),
		refuses("an attribute with the value of another type", with(`"extattr":{"attrs":[{"type":1,"name":"Page","text":{"value":"x"}}]}`), "/extattr/attrs/0/web required"),
		refuses("an attribute of an unknown type", with(`"extattr":{"attrs":[{"type":3,"name":"Page","text":{"value":"x"}}]}`), "/extattr/attrs/0/type one_of"),
		refuses("an attribute's link without a scheme", with(`"extattr":{"attrs":[{"type":1,"name":"Page","web":{"url":"example.com","title":"a title that is too long"}}]}`),
			"/extattr/attrs/0/web/url format", "/extattr/attrs/0/web/title chars"),
		{
			name: "the mobile number is another member's", input: with(`"enable":1`), call: call,
			reply: `{"errcode":60104,"errmsg":"mobile existed:bo"}`, kind: fault.Conflict,
		},
		{
			name: "a userid that WeCom does not take is the input's fault", input: with(`"enable":1`), call: call,
			reply: `{"errcode":40003,"errmsg":"invalid userid"}`, kind: fault.InvalidInput,
		},
	})
}

// The answer to the first try is lost; the repeat meets a member of that userid.
func TestMemberCreateIsReconciled(t *testing.T) {
	t.Parallel()
	const input = `{"userid":"Amy@hl","name":"Amy","mobile":"13900000001"}`
	const exists = `{"errcode":60102,"errmsg":"userid existed"}`
	create, get := "POST user/create", "GET user/get?userid=Amy%40hl"
	thrice := []string{create, create, get}
	runAll(t, "member.create", []run{
		{
			name: "it is this call's work", input: input, calls: thrice, output: `{}`, warnings: []string{" reconciled"},
			replies: []string{lost, exists, `{"errcode":0,"errmsg":"ok","userid":"amy@hl","name":"Amy","mobile":"13900000001","email":"amy@hl.example"}`},
		},
		{
			name: "contact sync may not read it; the app may, without mobile and e-mail", secrets: []string{contactsSecret, contactsSecret, contactsSecret, ownSecret}, input: input, calls: append(thrice, get), output: `{}`, warnings: []string{" reconciled"},
			replies: []string{lost, exists, `{"errcode":48009,"errmsg":"no"}`, `{"errcode":0,"errmsg":"ok","userid":"Amy@hl","name":"Amy"}`},
		},
		{
			name: "another name: another's work", input: input, calls: thrice, kind: fault.Conflict,
			replies: []string{lost, exists, `{"errcode":0,"errmsg":"ok","userid":"Amy@hl","name":"Bo","mobile":"13900000001"}`},
		},
		{
			name: "another mobile number: another's work", input: input, calls: thrice, kind: fault.Conflict,
			replies: []string{lost, exists, `{"errcode":0,"errmsg":"ok","userid":"Amy@hl","name":"Amy","mobile":"13900000002"}`},
		},
		{
			name: "it cannot be read", input: input, calls: thrice, kind: fault.OutcomeUnknown,
			replies: []string{lost, exists, `{"errcode":60011,"errmsg":"no privilege"}`},
		},
		{name: "the first answer was not lost", input: input, calls: []string{create}, replies: []string{exists}, kind: fault.Conflict},
	})
}
