package catalog_test

import (
	"testing"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

func TestChatbotFileSend(t *testing.T) {
	t.Parallel()
	runAll(t, "chatbot.file.send", []run{
		sendsByBot("a file", `"media_id":"B1"`, `"msgtype":"file","file":{"media_id":"B1"}`),
		refusesBot("no File ID", ``, "/media_id required"),
		{
			name: "a file that was not uploaded by this bot", input: `{"media_id":"B1"}`, call: "POST webhook/send",
			reply: `{"errcode":40007,"errmsg":"invalid media_id"}`, kind: fault.NotFound,
		},
	})
}
