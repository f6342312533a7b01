package catalog_test

import (
	"strings"
	"testing"
)

func TestChatbotMarkdownSend(t *testing.T) {
	t.Parallel()
	markdown := func(content string) string { return `"msgtype":"markdown","markdown":{"content":` + content + `}` }
	filler := strings.Repeat("x", 4096)
	runAll(t, "chatbot.markdown.send", []run{
		sendsByBot("markdown that mentions", `"content":"**发布** <@lisi>"`, markdown(`"**发布** <@lisi>"`)),
		sendsByBot("content of 4,096 bytes", `"content":"`+filler+`"`, markdown(`"`+filler+`"`)),
		sendsByBot("a colour that WeCom does not know is told", `"content":"<font color=\"red\">x</font>"`, markdown(`"<font color=\"red\">x</font>"`), "/content unsupported"),
		refusesBot("content of 4,097 bytes is not cut", `"content":"`+filler+`x"`, "/content bytes"),
	})
}
