package catalog_test

import "testing"

func TestGroupchatFileSend(t *testing.T) {
	t.Parallel()
	const file = `"msgtype":"file","file":{"media_id":"F1"}`
	runAll(t, "groupchat.file.send", []run{
		sendsToChat("a file", `"media_id":"F1"`, file),
		sendsToChat("a confidential file: only some types", `"media_id":"F1","safe":1`, `"safe":1,`+file, "/safe unsupported"),
		refusesChat("no File ID", `"media_id":""`, "/media_id required"),
	})
}
