package catalog_test

import (
	"strings"
	"testing"
)

func TestMessageMpnewsSend(t *testing.T) {
	t.Parallel()
	const article = `{"title":"三季度","thumb_media_id":"T1","content":"<p>&amp; \"1\"</p>"}`
	mpnews := func(articles string) string { return `"msgtype":"mpnews","mpnews":{"articles":[` + articles + `]}` }
	one := func(members string) string { return `"title":"x","thumb_media_id":"T1","content":"c"` + members }
	html := strings.Repeat("<b>x</b>", 666*1024/8)
	runAll(t, "message.mpnews.send", []run{
		sendsMessage("every parameter", `"title":"三季度","thumb_media_id":"T1","content":"<p>\r\n</p>","author":"信息安全部","content_source_url":"https://intra.example.com/a?b=1&c=2","digest":"零","safe":2,"enable_id_trans":1`,
			`"safe":2,"enable_id_trans":1,`+mpnews(`{"title":"三季度","thumb_media_id":"T1","author":"信息安全部","content_source_url":"https://intra.example.com/a?b=1&c=2","content":"<p>\r\n</p>","digest":"零"}`)),
		sendsMessage("only what is required", strings.Trim(article, "{}"), mpnews(article)),
		sendsMessage("empty and null are as absent", one(`,"author":"","content_source_url":"","digest":null,"articles":null`), mpnews(`{"title":"x","thumb_media_id":"T1","content":"c"}`)),
		sendsMessage("two articles", `"articles":[`+article+`,`+article+`]`, mpnews(article+`,`+article)),
		sendsMessage("a subject of 129 bytes is truncated", `"title":"`+strings.Repeat("x", 129)+`","thumb_media_id":"T1","content":"c"`,
			mpnews(`{"title":"`+strings.Repeat("x", 128)+`","thumb_media_id":"T1","content":"c"}`), "/title truncated"),
		sendsMessage("a description of 513 bytes is truncated at a character", one(`,"digest":"`+han(171)+`"`),
			mpnews(`{"title":"x","thumb_media_id":"T1","content":"c","digest":"`+han(170)+`"}`), "/digest truncated"),
		sendsMessage("in a list too", `"articles":[{`+one(`,"digest":"`+han(171)+`"`)+`}]`,
			mpnews(`{"title":"x","thumb_media_id":"T1","content":"c","digest":"`+han(170)+`"}`), "/articles/0/digest truncated"),
		sendsMessage("content of 666 KB", `"title":"x","thumb_media_id":"T1","content":"`+html+`"`, mpnews(`{"title":"x","thumb_media_id":"T1","content":"`+html+`"}`)),
		sendsMessage("two articles of 666 KB together", `"articles":[{`+one(`,"digest":"`+html[:400]+`"`)+`},{"title":"x","thumb_media_id":"T1","content":"`+html+`"}]`,
			mpnews(`{"title":"x","thumb_media_id":"T1","content":"c","digest":"`+html[:400]+`"},{"title":"x","thumb_media_id":"T1","content":"`+html+`"}`)),
		sendsMessage("a link with a password is told", one(`,"content_source_url":"https://a:b@example.com"`),
			mpnews(`{"title":"x","thumb_media_id":"T1","content_source_url":"https://a:b@example.com","content":"c"}`), "/content_source_url unsupported"),
		refusesMessage("content of 666 KB and a byte", `"title":"x","thumb_media_id":"T1","content":"`+html+`x"`, "/content bytes"),
		refusesMessage("an author of 65 bytes", one(`,"author":"`+strings.Repeat("x", 65)+`"`), "/author bytes"),
		refusesMessage("Confidentiality 3", one(`,"safe":3`), "/safe one_of"),
		refusesMessage("a source link without a scheme", one(`,"content_source_url":"example.com"`), "/content_source_url format"),
		refusesMessage("nothing", `"safe":0`, "/title required", "/thumb_media_id required", "/content required"),
		refusesMessage("one article and several", `"title":"x","digest":"y","articles":[`+article+`]`, "/title exclusive", "/digest exclusive"),
		refusesMessage("no article", `"articles":[]`, "/articles items"),
		refusesMessage("nine articles", `"articles":[`+strings.Repeat(article+",", 8)+article+`]`, "/articles items"),
		refusesMessage("an article without what it needs", `"articles":[`+article+`,{}]`, "/articles/1/title required", "/articles/1/thumb_media_id required", "/articles/1/content required"),
		refusesMessage("an article of a chatbot", `"articles":[{`+one(`,"picurl":"https://example.com/x.png"`)+`}]`, "/articles/0/picurl unknown"),
	})
}
