package catalog_test

import "testing"

func TestGroupchatTextcardSend(t *testing.T) {
	t.Parallel()
	card := func(members string) string { return `"msgtype":"textcard","textcard":{` + members + `}` }
	const plain = `"title":"x","description":"y","url":"https://x.cn"`
	runAll(t, "groupchat.textcard.send", []run{
		sendsToChat("every parameter", plain+`,"btntxt":"查看"`, card(plain+`,"btntxt":"查看"`)),
		sendsToChat("Confidentiality, which WeCom has here", plain+`,"safe":1`, `"safe":1,`+card(plain)),
		sendsToChat("button text of 5 characters is truncated", plain+`,"btntxt":"12345"`, card(plain+`,"btntxt":"1234"`), "/btntxt truncated"),
		refusesChat("Confidentiality 2", plain+`,"safe":2`, "/safe one_of"),
		refusesChat("nothing", `"btntxt":"x"`, "/title required", "/description required", "/url required"),
	})
}
