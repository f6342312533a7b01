package catalog_test

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"
)

func TestChatbotImageSend(t *testing.T) {
	t.Parallel()
	png := []byte("\x89PNG\r\n\x1a\n and more \xff\xfe")
	jpg := []byte("\xff\xd8\xff\xe0 and more")
	body := func(image []byte) string {
		return `"msgtype":"image","image":{"base64":"` + base64.StdEncoding.EncodeToString(image) + `","md5":"` + hexMD5(image) + `"}`
	}
	encoded := base64.StdEncoding.EncodeToString(png)
	runAll(t, "chatbot.image.send", []run{
		sendsByBot("a PNG with its MD5", `"base64":"`+encoded+`","md5":"`+hexMD5(png)+`"`, body(png)),
		sendsByBot("a JPG; its MD5 is computed", `"base64":"`+base64.StdEncoding.EncodeToString(jpg)+`","md5":""`, body(jpg)),
		sendsByBot("an MD5 in upper case", `"base64":"`+encoded+`","md5":" `+strings.ToUpper(hexMD5(png))+` "`, body(png)),
		sendsByBot("a data URL in lines", `"base64":" data:image/png;base64,\r\n`+encoded[:8]+`\n`+encoded[8:]+` "`, body(png)),
		refusesBot("another image's MD5", `"base64":"`+encoded+`","md5":"`+hexMD5(jpg)+`"`, "/md5 format"),
		refusesBot("an MD5 of 31 digits", `"base64":"`+encoded+`","md5":"`+hexMD5(png)[1:]+`"`, "/md5 format"),
		refusesBot("no image", `"md5":"`+hexMD5(png)+`"`, "/base64 required"),
		refusesBot("a GIF", `"base64":"`+base64.StdEncoding.EncodeToString([]byte("GIF89a"))+`"`, "/base64 format"),
		sendsByBot("a file", `"file":{"filename":"a.png","content":"`+encoded+`"}`, body(png)),
		sendsByBot("a file with its MD5", `"file":{"filename":"a.png","content":"`+encoded+`"},"md5":"`+hexMD5(png)+`"`, body(png)),
		refusesBot("a file with another's MD5", `"file":{"filename":"a.png","content":"`+encoded+`"},"md5":"`+hexMD5(jpg)+`"`, "/md5 format"),
		refusesBot("a file that is a GIF", `"file":{"filename":"a.gif","content":"`+base64.StdEncoding.EncodeToString([]byte("GIF89a"))+`"}`, "/file/content format"),
		refusesBot("a file over 2 MB", `"file":{"filename":"a.png","content":"`+base64.StdEncoding.EncodeToString(append(png[:len(png):len(png)], make([]byte, 2<<20)...))+`"}`, "/file/content bytes"),
		refusesBot("a file beside base64", `"base64":"`+encoded+`","file":{"filename":"a.png","content":"`+encoded+`"}`, "/base64 exclusive"),
		refusesBot("a link, where none is followed", `"file":{"url":"https://x.cn/a.png"}`, "/file/url unsupported"),
		refusesBot("not base64", `"base64":"a-b_"`, "/base64 format"),
		refusesBot("nothing but a prefix", `"base64":"data:image/png;base64,"`, "/base64 bytes"),
	})
}

func hexMD5(data []byte) string {
	sum := md5.Sum(data)
	return hex.EncodeToString(sum[:])
}
