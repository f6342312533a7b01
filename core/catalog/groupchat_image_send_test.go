package catalog_test

import "testing"

func TestGroupchatImageSend(t *testing.T) {
	t.Parallel()
	const image = `"msgtype":"image","image":{"media_id":"I1"}`
	runAll(t, "groupchat.image.send", []run{
		sendsToChat("an image", `"media_id":"I1"`, image),
		sendsToChat("a confidential image", `"media_id":"I1","safe":1`, `"safe":1,`+image),
		refusesChat("no Image Media File ID", `"safe":1`, "/media_id required"),
	})
}
