package catalog_test

import (
	"strings"
	"testing"
)

func TestGroupchatMarkdownSend(t *testing.T) {
	t.Parallel()
	markdown := func(content string) string { return `"msgtype":"markdown","markdown":{"content":` + content + `}` }
	filler := strings.Repeat("x", 2048)
	runAll(t, "groupchat.markdown.send", []run{
		sendsToChat("markdown", `"content":"> **发布**"`, markdown(`"> **发布**"`)),
		sendsToChat("content of 2,048 bytes", `"content":"`+filler+`"`, markdown(`"`+filler+`"`)),
		sendsToChat("an inline mention is told", `"content":"<@lisi>"`, markdown(`"<@lisi>"`), "/content unsupported"),
		refusesChat("content of 2,049 bytes is not cut", `"content":"`+filler+`x"`, "/content bytes"),
		refusesChat("no Confidentiality", `"content":"x","safe":0`, "/safe unknown"),
	})
}
