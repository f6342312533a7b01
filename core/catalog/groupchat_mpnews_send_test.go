package catalog_test

import "testing"

func TestGroupchatMpnewsSend(t *testing.T) {
	t.Parallel()
	mpnews := func(articles string) string { return `"msgtype":"mpnews","mpnews":{"articles":[` + articles + `]}` }
	const article = `{"title":"x","thumb_media_id":"T1","content":"<p>c</p>"}`
	runAll(t, "groupchat.mpnews.send", []run{
		sendsToChat("every parameter", `"title":"月报","thumb_media_id":"T1","content":"<p>c</p>","author":"安全部","content_source_url":"https://example.com","digest":"零","safe":2`,
			`"safe":2,`+mpnews(`{"title":"月报","thumb_media_id":"T1","author":"安全部","content_source_url":"https://example.com","content":"<p>c</p>","digest":"零"}`)),
		sendsToChat("two articles", `"articles":[`+article+`,`+article+`]`, mpnews(article+`,`+article)),
		sendsToChat("a subject of 129 bytes is truncated", `"title":"`+han(43)+`","thumb_media_id":"T1","content":"c"`,
			mpnews(`{"title":"`+han(42)+`","thumb_media_id":"T1","content":"c"}`), "/title truncated"),
		refusesChat("no ID translation", `"articles":[`+article+`],"enable_id_trans":1`, "/enable_id_trans unknown"),
		refusesChat("nothing", `"safe":2`, "/title required", "/thumb_media_id required", "/content required"),
	})
}
