package catalog_test

import (
	"strings"
	"testing"
)

func TestChatbotNewsSend(t *testing.T) {
	t.Parallel()
	news := func(articles string) string { return `"msgtype":"news","news":{"articles":[` + articles + `]}` }
	const article = `{"title":"周会","url":"https://x.cn"}`
	runAll(t, "chatbot.news.send", []run{
		sendsByBot("every parameter", `"title":"周会","description":"9 月","url":"https://x.cn/m?a=1&b=2","picurl":"https://img.x.cn/w.png"`,
			news(`{"title":"周会","description":"9 月","url":"https://x.cn/m?a=1&b=2","picurl":"https://img.x.cn/w.png"}`)),
		sendsByBot("only what is required", `"title":"周会","url":"https://x.cn","description":"","picurl":null`, news(article)),
		sendsByBot("a redirection URL without a scheme", `"title":"x","url":"www.qq.com"`, news(`{"title":"x","url":"www.qq.com"}`)),
		sendsByBot("eight articles", `"articles":[`+strings.Repeat(article+",", 7)+article+`]`, news(strings.Repeat(article+",", 7)+article)),
		sendsByBot("a subject of 129 and a description of 513 bytes are truncated", `"title":"`+han(43)+`","description":"`+han(171)+`","url":"https://x.cn"`,
			news(`{"title":"`+han(42)+`","description":"`+han(170)+`","url":"https://x.cn"}`), "/title truncated", "/description truncated"),
		refusesBot("an image URL without a scheme", `"title":"x","url":"https://x.cn","picurl":"img.x.cn/w.png"`, "/picurl format"),
		refusesBot("nothing", `"description":"x"`, "/title required", "/url required"),
		refusesBot("nine articles", `"articles":[`+strings.Repeat(article+",", 8)+article+`]`, "/articles items"),
		refusesBot("one article and several", `"url":"https://x.cn","articles":[`+article+`]`, "/url exclusive"),
	})
}
