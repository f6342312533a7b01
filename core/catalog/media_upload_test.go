package catalog_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

const mediaTaken = `{"errcode":0,"errmsg":"","type":"file","media_id":"M1","created_at":"1726000000"}`

// mediaOutput is what comes of it.
func mediaOutput(kind string) string {
	return `{"media_id":"M1","type":"` + kind + `","created_at":1726000000,"expires_at":1726259200}`
}

func encoded(content string) string { return base64.StdEncoding.EncodeToString([]byte(content)) }

// sized begins with head and has n bytes.
func sized(head string, n int) string { return head + strings.Repeat("x", n-len(head)) }

const (
	headJPG = "\xff\xd8\xff\xe0"
	headPNG = "\x89PNG\r\n\x1a\n"
	headAMR = "#!AMR\n"
	headMP4 = "\x00\x00\x00\x18ftypmp42"
)

func TestMediaUpload(t *testing.T) {
	t.Parallel()
	takes := func(name, kind, filename, content string, warnings ...string) run {
		return run{
			name: name, input: `{"type":"` + kind + `","filename":` + quoted(filename) + `,"content":"` + encoded(content) + `"}`,
			call: "POST media/upload?type=" + kind, reply: mediaTaken, output: mediaOutput(kind), warnings: warnings,
		}
	}
	named := func(as string, r run) run { r.bodies = []string{uploads(as, "周一 张三")}; return r }
	refuses := func(name, input string, violations ...string) run {
		return run{name: name, input: `{` + input + `}`, kind: fault.InvalidInput, violations: violations}
	}
	content := func(kind, content string) string {
		return `"type":"` + kind + `","filename":"a.bin","content":"` + encoded(content) + `"`
	}
	runAll(t, "media.upload", []run{
		named("排班表.txt", takes("a file with a Chinese name", "file", "排班表.txt", "周一 张三")),
		named(`say \"hi\".txt`, takes("B79 quotes in a name", "file", `say "hi".txt`, "周一 张三")),
		named("a;b.txt", takes("B79 a semicolon in a name", "file", "a;b.txt", "周一 张三")),
		named("passwd", takes("B79 a path in front of a name", "file", "../../etc/passwd", "周一 张三", "/filename dropped")),
		named("a.txt", takes("B79 a path of Windows", "file", `C:\Users\bo\a.txt`, "周一 张三", "/filename dropped")),
		named(strings.Repeat("x", 251)+".txt", takes("B79 a name of 255 bytes", "file", strings.Repeat("x", 251)+".txt", "周一 张三")),
		takes("B80 6 bytes", "file", "a.txt", "123456"),
		takes("B80 20 MB", "file", "a.bin", strings.Repeat("x", 20<<20)),
		takes("a JPG", "image", "a.jpg", sized(headJPG, 100)),
		takes("a PNG of 10 MB", "image", "a.png", sized(headPNG, 10<<20)),
		takes("B78 a PNG whose name ends otherwise", "image", "a.gif", headPNG),
		takes("an AMR voice of 2 MB", "voice", "a.amr", sized(headAMR, 2<<20)),
		takes("an MP4 video of 10 MB", "video", "a.mp4", sized(headMP4, 10<<20)),
		{
			name: "created_at as a number", input: `{` + content("file", "123456") + `}`, call: "POST media/upload?type=file",
			reply: `{"errcode":0,"errmsg":"ok","media_id":"M1","created_at":1726000000}`, output: mediaOutput("file"),
		},
		{
			name: "twice the same bytes: who asks for an upload gets one", input: `{` + content("file", "123456") + `}`,
			call: "POST media/upload?type=file", reply: mediaTaken, output: mediaOutput("file"), secrets: []string{ownSecret},
		},
		{
			name: "a lost answer: sent again", input: `{` + content("file", "123456") + `}`, replies: []string{lost, mediaTaken},
			calls: []string{"POST media/upload?type=file", "POST media/upload?type=file"}, output: mediaOutput("file"),
			bodies: []string{uploads("a.bin", "123456"), uploads("a.bin", "123456")},
		},
		{
			name: "an answer without a media_id", input: `{` + content("file", "123456") + `}`, call: "POST media/upload?type=file",
			reply: `{"errcode":0,"errmsg":"ok"}`, kind: fault.Unavailable,
		},
		{
			name: "the token has expired", input: `{` + content("file", "123456") + `}`,
			replies: []string{`{"errcode":42001,"errmsg":"expired"}`, mediaTaken},
			calls:   []string{"POST media/upload?type=file", "POST media/upload?type=file"}, output: mediaOutput("file"),
			bodies: []string{uploads("a.bin", "123456"), uploads("a.bin", "123456")},
		},
		{
			name: "WeCom refuses it", input: `{` + content("file", "123456") + `}`, call: "POST media/upload?type=file",
			reply: `{"errcode":40006,"errmsg":"invalid file size"}`, kind: fault.InvalidInput,
		},
		refuses("nothing", ``, "/type required", "/filename required", "/content required"),
		refuses("another type", content("movie", "123456"), "/type format"),
		refuses("no filename", `"type":"file","content":"`+encoded("123456")+`"`, "/filename required"),
		refuses("content and a link", content("file", "123456")+`,"url":"https://x.cn/a"`, "/content exclusive"),
		refuses("B75 not base64", `"type":"file","filename":"a","content":"a-b_"`, "/content format"),
		refuses("B80 5 bytes", content("file", "12345"), "/content bytes"),
		refuses("B80 20 MB and a byte", content("file", strings.Repeat("x", 20<<20+1)), "/content bytes"),
		refuses("an image over 10 MB", content("image", sized(headPNG, 10<<20+1)), "/content bytes"),
		refuses("a voice over 2 MB", content("voice", sized(headAMR, 2<<20+1)), "/content bytes"),
		refuses("a video over 10 MB", content("video", sized(headMP4, 10<<20+1)), "/content bytes"),
		refuses("B78 an image that is a GIF", content("image", "GIF89a"), "/content format"),
		refuses("B78 an image that is HTML", content("image", "<html>\x89PNG\r\n\x1a\n"), "/content format"),
		refuses("a voice that is MP3", content("voice", "ID3xxx"), "/content format"),
		refuses("a video that is AVI", content("video", "RIFFxxxxAVI "), "/content format"),
		refuses("B79 a name of 256 bytes", `"type":"file","content":"`+encoded("123456")+`","filename":"`+strings.Repeat("x", 256)+`"`, "/filename format"),
		refuses("B79 a name with CRLF", `"type":"file","content":"`+encoded("123456")+`","filename":"a\r\nX: y"`, "/filename forbidden_chars"),
		refuses("B79 an empty name", `"type":"file","content":"`+encoded("123456")+`","filename":""`, "/filename required"),
		refuses("B79 a dot", `"type":"file","content":"`+encoded("123456")+`","filename":"."`, "/filename format"),
		refuses("B79 a path alone", `"type":"file","content":"`+encoded("123456")+`","filename":"a/"`, "/filename format"),
		refuses("B79 a name with a colon", `"type":"file","content":"`+encoded("123456")+`","filename":"10:30.txt"`, "/filename format"),
	})
}
