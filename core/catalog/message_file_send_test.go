package catalog_test

import (
	"testing"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

func TestMessageFileSend(t *testing.T) {
	t.Parallel()
	const file = `"msgtype":"file","file":{"media_id":"3a-_X"}`
	runAll(t, "message.file.send", []run{
		sendsMessage("a file", `"media_id":" 3a-_X "`, file),
		sendsMessage("a public file", `"media_id":"3a-_X","safe":0`, `"safe":0,`+file),
		sendsMessage("a confidential file: only some types", `"media_id":"3a-_X","safe":1`, `"safe":1,`+file, "/safe unsupported"),
		refusesMessage("no File ID", `"media_id":null`, "/media_id required"),
		refusesMessage("a path", `"media_id":"../../etc/passwd"`, "/media_id format"),
		refusesMessage("Confidentiality 2", `"media_id":"3a-_X","safe":2`, "/safe one_of"),
		{
			name: "the file has expired", input: toInput + `"media_id":"3a-_X"}`, call: "POST message/send",
			reply: `{"errcode":40007,"errmsg":"invalid media_id"}`, kind: fault.NotFound,
		},
		{
			name: "an interval that outlasts the call", input: toInput + `"media_id":"3a-_X","enable_duplicate_check":1,"duplicate_check_interval":120}`,
			calls: []string{"POST message/send", "POST message/send"}, replies: []string{lost, sent}, output: `{"msgid":"m1"}`,
		},
		{
			name: "an interval that may be over before the repeat", input: toInput + `"media_id":"3a-_X","enable_duplicate_check":1,"duplicate_check_interval":119}`,
			call: "POST message/send", replies: []string{lost, sent}, kind: fault.OutcomeUnknown,
		},
	})
}
