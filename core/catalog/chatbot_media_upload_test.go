package catalog_test

import (
	"testing"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

func TestChatbotMediaUpload(t *testing.T) {
	t.Parallel()
	runAll(t, "chatbot.media.upload", []run{
		{
			name: "a file", input: `{"type":"file","filename":"发布.txt","content":"` + encoded("123456") + `"}`,
			call: "POST webhook/upload_media?type=file", reply: mediaTaken, output: mediaOutput("file"),
			bodies: []string{uploads("发布.txt", "123456")}, secrets: []string{botKey},
		},
		{
			name: "a voice", input: `{"type":"voice","filename":"a.amr","content":"` + encoded(headAMR) + `"}`,
			call: "POST webhook/upload_media?type=voice", reply: mediaTaken, output: mediaOutput("voice"),
		},
		{
			name: "an image: chatbots upload none", input: `{"type":"image","filename":"a.png","content":"` + encoded(headPNG) + `"}`,
			kind: fault.InvalidInput, violations: []string{"/type format"},
		},
		{
			name: "the bot is gone", input: `{"type":"file","filename":"a","content":"` + encoded("123456") + `"}`,
			call: "POST webhook/upload_media?type=file", reply: `{"errcode":93000,"errmsg":"invalid webhook url"}`, kind: fault.ConnectionRejected,
		},
	})
}
