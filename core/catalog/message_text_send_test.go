package catalog_test

import (
	"strings"
	"testing"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

func TestMessageTextSend(t *testing.T) {
	t.Parallel()
	text := func(content string) string { return `"msgtype":"text","text":{"content":` + content + `}` }
	hi := text(`"hi"`)
	filler := strings.Repeat("x", 2040)
	runAll(t, "message.text.send", []run{
		{
			name: "every parameter", call: "POST message/send", reply: sent, output: `{"msgid":"m1"}`,
			input: `{"touser":"zhangsan|LiSi-01","toparty":"2|15","totag":[3],"agentid":"1000002","content":"今晚 20:00\r\n<a href=\"https://ops.example.com/m/42\">公告</a> & 'x'",` +
				`"safe":1,"enable_id_trans":1,"enable_duplicate_check":1,"duplicate_check_interval":14400}`,
			body: `{"touser":"zhangsan|LiSi-01","toparty":"2|15","totag":"3","agentid":1000002,"safe":1,"enable_id_trans":1,"enable_duplicate_check":1,` +
				`"duplicate_check_interval":14400,"msgtype":"text","text":{"content":"今晚 20:00\n<a href=\"https://ops.example.com/m/42\">公告</a> & 'x'"}}`,
		},
		sendsMessage("empty and null are as absent", `"content":"hi","toparty":"","totag":[],"safe":null,"enable_id_trans":""`, hi),
		sendsMessage("zero is sent", `"content":"hi","safe":0,"enable_duplicate_check":0`, `"safe":0,"enable_duplicate_check":0,`+hi),
		{
			name: "the connection's Enterprise App ID", input: `{"touser":"amy","content":"hi"}`, call: "POST message/send",
			body: `{"touser":"amy","agentid":1000002,` + hi + `}`, reply: sent, output: `{"msgid":"m1"}`,
		},
		{name: "no Enterprise App ID anywhere", input: `{"touser":"amy","content":"hi"}`, noAgentID: true, kind: fault.InvalidInput, violations: []string{"/agentid required"}},
		sendsMessage("content of 2,048 bytes is sent whole", `"content":"`+filler+`12345678"`, text(`"`+filler+`12345678"`)),
		sendsMessage("content of 2,049 bytes is truncated", `"content":"`+filler+`123456789"`, text(`"`+filler+`12345678"`), "/content truncated"),
		sendsMessage("683 Chinese characters and a letter are truncated to 682", `"content":"`+han(683)+`x"`, text(`"`+han(682)+`"`), "/content truncated"),
		sendsMessage("a link at the limit is left out whole", `"content":"`+filler+`<a href='x'>y</a>"`, text(`"`+filler+`"`), "/content truncated"),
		sendsMessage("line separators are sent raw", `"content":"a\u2028b\u2029c"`, text("\"a\u2028b\u2029c\"")),
		sendsMessage("quotes, backslashes and tabs keep their JSON escapes", `"content":"\"\\\t\n"`, text(`"\"\\\t\n"`)),
		sendsMessage("markup that does not work is told", `"content":"<script>x</script><a href='JavaScript:x'>y"`,
			text(`"<script>x</script><a href='JavaScript:x'>y"`), "/content unsupported", "/content unsupported", "/content unsupported"),
		sendsMessage("an inline mention is told", `"content":"<@lisi> hi"`, text(`"<@lisi> hi"`), "/content unsupported"),
		{
			name: "@all", input: `{"touser":" @all ","content":"hi"}`, call: "POST message/send",
			body: `{"touser":"@all","agentid":1000002,` + hi + `}`, reply: sent, output: `{"msgid":"m1"}`,
		},
		{
			name: "@all drops departments and tags", input: `{"touser":["@all"],"toparty":[2],"totag":[3],"content":"hi"}`, call: "POST message/send",
			body: `{"touser":"@all","agentid":1000002,` + hi + `}`, reply: sent, output: `{"msgid":"m1"}`,
			warnings: []string{"/toparty dropped", "/totag dropped"},
		},
		{
			name: "only departments", input: `{"toparty":["2",15,2],"content":"hi"}`, call: "POST message/send",
			body: `{"toparty":"2|15","agentid":1000002,` + hi + `}`, reply: sent, output: `{"msgid":"m1"}`,
		},
		{
			name: "WeCom refuses some recipients", input: toInput + `"content":"hi"}`, call: "POST message/send", body: toBody + hi + `}`,
			reply:    `{"errcode":0,"errmsg":"ok","invaliduser":"wangwu|zhaoliu","invalidparty":"7 | 8","invalidtag":"","unlicenseduser":"amy","msgid":"m1"}`,
			output:   `{"msgid":"m1","invaliduser":["wangwu","zhaoliu"],"invalidparty":["7","8"],"unlicenseduser":["amy"]}`,
			warnings: []string{" recipients_refused"},
		},
		{
			name: "a list of refused recipients is taken as it is", input: toInput + `"content":"hi"}`, call: "POST message/send",
			reply: `{"errcode":0,"errmsg":"ok","invaliduser":["wangwu"],"msgid":"m1"}`, output: `{"msgid":"m1","invaliduser":["wangwu"]}`,
			warnings: []string{" recipients_refused"},
		},
		refusedAs("a list of numbers", `[7,"8|9"]`, `["7","8","9"]`),
		refusedAs("a number", `5`, `["5"]`),
		refusedAs("a large number, to its last digit", `4294967295`, `["4294967295"]`),
		refusedAs("what is neither", `{"id":7}`, `["{\"id\":7}"]`),
		{
			name: "no refused recipients as null", input: toInput + `"content":"hi"}`, call: "POST message/send",
			reply: `{"errcode":0,"errmsg":"ok","invaliduser":null,"invalidparty":[null],"msgid":"m1"}`, output: `{"msgid":"m1"}`,
		},
		{
			name: "an answer without the msgid is told", input: toInput + `"content":"hi"}`, call: "POST message/send",
			output: `{}`, warnings: []string{" wecom_warning"},
		},
		{
			name: "WeCom refuses all recipients", input: toInput + `"content":"hi"}`, call: "POST message/send",
			reply: `{"errcode":81013,"errmsg":"user & party & tag all invalid","invaliduser":"x"}`, kind: fault.NotFound,
		},
		{
			name: "WeCom misread the message", input: toInput + `"content":"hi"}`, call: "POST message/send",
			reply: `{"errcode":0,"errmsg":"ok. Warning: wrong json format. ","msgid":"m1"}`, kind: fault.OutcomeUnknown,
		},
		{name: "a lost answer: nobody knows", input: toInput + `"content":"hi"}`, call: "POST message/send", replies: []string{lost}, kind: fault.OutcomeUnknown},
		{
			name: "a lost answer with the duplicate check: sent again", input: toInput + `"content":"hi","enable_duplicate_check":1}`,
			calls: []string{"POST message/send", "POST message/send"}, replies: []string{lost, sent}, output: `{"msgid":"m1"}`,
		},
		{
			name: "an interval that a repeat is safe in", input: toInput + `"content":"hi","enable_duplicate_check":1,"duplicate_check_interval":60}`,
			calls: []string{"POST message/send", "POST message/send"}, replies: []string{lost, sent}, output: `{"msgid":"m1"}`,
		},
		{
			name: "an interval that may be over before the repeat", input: toInput + `"content":"hi","enable_duplicate_check":1,"duplicate_check_interval":59}`,
			call: "POST message/send", replies: []string{lost, sent}, kind: fault.OutcomeUnknown,
		},
		{name: "no recipient", input: `{"content":"hi","touser":"| |","toparty":[]}`, kind: fault.InvalidInput, violations: []string{" any_of"}},
		{name: "@all with others", input: `{"content":"hi","touser":"@all|amy"}`, kind: fault.InvalidInput, violations: []string{"/touser exclusive"}},
		{name: "@ALL", input: `{"content":"hi","touser":"@ALL"}`, kind: fault.InvalidInput, violations: []string{"/touser/0 format"}},
		{name: "commas between recipients", input: `{"content":"hi","touser":"amy,bo","toparty":"2;3"}`, kind: fault.InvalidInput, violations: []string{"/touser/0 format", "/toparty/0 type"}},
		refusesMessage("no Content", `"safe":0`, "/content required"),
		refusesMessage("blank Content", `"content":" \n"`, "/content required"),
		refusesMessage("Confidentiality 2", `"content":"hi","safe":2`, "/safe one_of"),
		refusesMessage("an interval of 14,401 seconds", `"content":"hi","duplicate_check_interval":14401,"enable_duplicate_check":2`, "/enable_duplicate_check one_of", "/duplicate_check_interval range"),
		refusesMessage("one link that is longer than the limit", `"content":"<a href='`+filler+filler+`'>x</a>"`, "/content bytes"),
		refusesMessage("a group chat's parameter", `"content":"hi","mentioned_list":["amy"]`, "/mentioned_list unknown"),
	})
}

// refusedAs is a run of a message that is sent though its refused departments come in another form.
func refusedAs(form, departments, want string) run {
	return run{
		name: "refused departments as " + form, input: toInput + `"content":"hi"}`, call: "POST message/send",
		reply:  `{"errcode":0,"errmsg":"ok","invalidparty":` + departments + `,"msgid":"m1"}`,
		output: `{"msgid":"m1","invalidparty":` + want + `}`, warnings: []string{" recipients_refused"},
	}
}
