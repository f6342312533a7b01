package catalog_test

import "testing"

func TestMessageImageSend(t *testing.T) {
	t.Parallel()
	const image = `"msgtype":"image","image":{"media_id":"3a-_X"}`
	runAll(t, "message.image.send", []run{
		sendsMessage("an image", `"media_id":"3a-_X"`, image),
		sendsMessage("a confidential image", `"media_id":"3a-_X","safe":"1"`, `"safe":1,`+image),
		refusesMessage("no Image Media File ID", `"safe":0`, "/media_id required"),
		refusesMessage("a URL", `"media_id":"https://example.com/x.png"`, "/media_id format"),
	})
}
