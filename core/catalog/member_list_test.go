package catalog_test

import (
	"strings"
	"testing"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

func TestMemberList(t *testing.T) {
	t.Parallel()
	const call = "POST user/list_id"
	const reply = `{"errcode":0,"errmsg":"ok","next_cursor":"c2","dept_user":[{"userid":"amy","department":1},{"userid":"amy","department":2}]}`
	const output = `{"next_cursor":"c2","dept_user":[{"userid":"amy","department":1},{"userid":"amy","department":2}]}`
	long := strings.Repeat("c", 4096)
	runAll(t, "member.list", []run{
		{name: "the first page", input: `{"limit":2}`, call: call, body: `{"limit":2}`, reply: reply, output: output},
		{name: "the next page", input: `{"cursor":"c+/=&1","limit":"2"}`, call: call, body: `{"cursor":"c+/=&1","limit":2}`, reply: reply, output: output},
		{name: "without Total Data 10,000 is sent", input: `{}`, call: call, body: `{"limit":10000}`, reply: reply, output: output},
		{name: "left empty for the first page", input: `{"cursor":"","limit":null}`, call: call, body: `{"limit":10000}`, reply: reply, output: output},
		{name: "a cursor of 4 KB", input: `{"cursor":"` + long + `","limit":1}`, call: call, body: `{"cursor":"` + long + `","limit":1}`, reply: reply, output: output},
		{
			name: "the last page", input: `{}`, call: call, reply: `{"errcode":0,"errmsg":"ok","next_cursor":"","dept_user":[]}`,
			output: `{"next_cursor":"","dept_user":[]}`,
		},
		{name: "an answer without rows is told", input: `{}`, call: call, output: `{"next_cursor":"","dept_user":[]}`, warnings: []string{" wecom_warning"}},
		{name: "Total Data 0", input: `{"limit":0}`, kind: fault.InvalidInput, violations: []string{"/limit range"}},
		{name: "Total Data 10,001", input: `{"limit":10001}`, kind: fault.InvalidInput, violations: []string{"/limit range"}},
		{name: "a cursor with a line break", input: `{"cursor":"a\r\nb"}`, kind: fault.InvalidInput, violations: []string{"/cursor forbidden_chars"}},
		{
			name: "not the contact-sync secret", input: `{}`, call: call, reply: `{"errcode":48002,"errmsg":"api forbidden","dept_user":[]}`,
			kind: fault.ConnectionRejected,
		},
	})
}
