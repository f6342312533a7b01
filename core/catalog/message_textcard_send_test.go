package catalog_test

import (
	"strings"
	"testing"
)

func TestMessageTextcardSend(t *testing.T) {
	t.Parallel()
	card := func(members string) string { return `"msgtype":"textcard","textcard":{` + members + `}` }
	filler := strings.Repeat("x", 508)
	link := "https://example.com/" + strings.Repeat("x", 2028)
	runAll(t, "message.textcard.send", []run{
		sendsMessage("every parameter", `"title":"告警","description":"<div class=\"gray\">10:42</div><br>\r\n91%","url":"https://ops.example.com/a?b=1&c=2#d","btntxt":"查看","enable_id_trans":"1"`,
			`"enable_id_trans":1,`+card(`"title":"告警","description":"<div class=\"gray\">10:42</div><br>\n91%","url":"https://ops.example.com/a?b=1&c=2#d","btntxt":"查看"`)),
		sendsMessage("without Button Text", `"title":"x","description":"y","url":"HTTPS://x.cn","btntxt":""`, card(`"title":"x","description":"y","url":"HTTPS://x.cn"`)),
		sendsMessage("button text of 5 characters is truncated", `"title":"x","description":"y","url":"http://x.cn","btntxt":"查看更多吧"`,
			card(`"title":"x","description":"y","url":"http://x.cn","btntxt":"查看更多"`), "/btntxt truncated"),
		sendsMessage("a subject of 43 Chinese characters (129 bytes) is truncated", `"title":"`+han(43)+`","description":"y","url":"http://x.cn"`,
			card(`"title":"`+han(42)+`","description":"y","url":"http://x.cn"`), "/title truncated"),
		sendsMessage("a description is not cut inside a tag", `"title":"x","description":"`+filler+`<br><br>","url":"http://x.cn"`,
			card(`"title":"x","description":"`+filler+`<br>","url":"http://x.cn"`), "/description truncated"),
		sendsMessage("nor in the tag at the limit", `"title":"x","description":"`+filler+`1<br>","url":"http://x.cn"`,
			card(`"title":"x","description":"`+filler+`1","url":"http://x.cn"`), "/description truncated"),
		sendsMessage("a link of 2,048 bytes", `"title":"x","description":"y","url":"`+link+`"`, card(`"title":"x","description":"y","url":"`+link+`"`)),
		sendsMessage("a link with a password is told", `"title":"x","description":"y","url":"https://a:b@x.cn"`, card(`"title":"x","description":"y","url":"https://a:b@x.cn"`), "/url unsupported"),
		refusesMessage("a link of 2,049 bytes", `"title":"x","description":"y","url":"`+link+`x"`, "/url bytes"),
		refusesMessage("a link of another scheme", `"title":"x","description":"y","url":"javascript:alert(1)"`, "/url format"),
		refusesMessage("no Confidentiality", `"title":"x","description":"y","url":"https://x.cn","safe":0`, "/safe unknown"),
		refusesMessage("nothing", `"btntxt":"x"`, "/title required", "/description required", "/url required"),
	})
}
