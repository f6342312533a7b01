package catalog_test

import (
	"strings"
	"testing"
)

func TestMessageMarkdownSend(t *testing.T) {
	t.Parallel()
	markdown := func(content string) string { return `"msgtype":"markdown","markdown":{"content":` + content + `}` }
	filler := strings.Repeat("x", 2048)
	runAll(t, "message.markdown.send", []run{
		sendsMessage("markdown", `"content":"**发布** <font color=\"info\">v1.8.2</font>\r\n> [链接](https://example.com?a=1&b=2)"`,
			markdown(`"**发布** <font color=\"info\">v1.8.2</font>\n> [链接](https://example.com?a=1&b=2)"`)),
		sendsMessage("with the duplicate check", `"content":"x","enable_duplicate_check":"1"`, `"enable_duplicate_check":1,`+markdown(`"x"`)),
		sendsMessage("content of 2,048 bytes", `"content":"`+filler+`"`, markdown(`"`+filler+`"`)),
		sendsMessage("a colour that WeCom does not know is told", `"content":"<font color=\"red\">x</font>"`, markdown(`"<font color=\"red\">x</font>"`), "/content unsupported"),
		sendsMessage("an inline mention is told", `"content":"<@lisi>"`, markdown(`"<@lisi>"`), "/content unsupported"),
		refusesMessage("content of 2,049 bytes is not cut", `"content":"`+filler+`x"`, "/content bytes"),
		refusesMessage("no Confidentiality", `"content":"x","safe":0`, "/safe unknown"),
		refusesMessage("no ID translation", `"content":"x","enable_id_trans":1`, "/enable_id_trans unknown"),
		refusesMessage("no Content", `"content":""`, "/content required"),
	})
}
