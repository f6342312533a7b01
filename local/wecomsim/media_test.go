package wecomsim_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

func TestMediaUploadSendAndGet(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	a := b.upload("media/upload", b.app(), "type=file", "排班表.txt", []byte("周一 张三"))
	a.success(t, "ok")
	assert.Equal(t, "file", a.Fields["type"])
	assert.Equal(t, "1725249600", a.Fields["created_at"])
	assert.JSONEq(t, `{"type":"file","filename":"排班表.txt","size":13}`, string(b.lastEntry().Body))
	id, _ := a.Fields["media_id"].(string)
	require.Regexp(t, `^[A-Za-z0-9_-]{65}$`, id)

	b.send(toLisi("file", `{"media_id":"`+id+`"}`)).success(t, "ok")
	assert.Equal(t, "排班表.txt", b.last().Filename)
	assert.Equal(t, 13, b.last().Size)
	assert.Equal(t, "排班表.txt", b.lastEntry().Filename)
	assert.Equal(t, 13, b.lastEntry().Size)
	b.webhook(`{"msgtype":"file","file":{"media_id":"`+id+`"}}`).refused(t, 40007, "")

	a = b.get("media/get", b.app(), "media_id="+id)
	assert.Equal(t, "周一 张三", a.Raw)
	assert.Equal(t, `attachment; filename="排班表.txt"`, a.Header.Get("Content-Disposition"))
	assert.Equal(t, "text/plain; charset=utf-8", a.Header.Get("Content-Type"))
	assert.Empty(t, a.Header.Get("Error-Code"))

	b.sim.Clock().Advance(3 * 24 * time.Hour)
	b.send(toLisi("file", `{"media_id":"`+id+`"}`)).success(t, "ok")
	b.sim.Clock().Advance(time.Second)
	b.send(toLisi("file", `{"media_id":"`+id+`"}`)).refused(t, 40007, "invalid media_id")
	b.get("media/get", b.app(), "media_id="+id).refused(t, 40007, "invalid media_id")
	b.get("media/get", b.app(), "").refused(t, 41006, "")
}

func TestMediaGetTakesARange(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	target := b.sim.URL() + "/cgi-bin/media/get?" + url.Values{"access_token": {b.app()}, "media_id": {wecomsim.SeedFileMediaID}}.Encode()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, target, nil)
	require.NoError(t, err)
	r.Header.Set("Range", "bytes=0-3")
	w, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer func() { _ = w.Body.Close() }()
	assert.Equal(t, http.StatusPartialContent, w.StatusCode)
	assert.EqualValues(t, 4, w.ContentLength)
}

func TestMediaUploadRefusals(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	token := b.app()
	for _, row := range []struct {
		name, kind, filename string
		content              []byte
		code                 int
		text                 string
	}{
		{"unknown type", "movie", "a", []byte("123456"), 40005, ""},
		{"empty", "file", "a.txt", nil, 44001, "empty media data"},
		{"5 bytes", "file", "a.txt", []byte("12345"), 40006, "invalid file size"},
		{"file over 20 MB", "file", "a.bin", make([]byte, 20<<20+1), 40006, "invalid file size"},
		{"image over 10 MB", "image", "a.png", png(10<<20 + 1), 40006, "invalid file size"},
		{"image that is a GIF", "image", "a.gif", []byte("GIF89a"), 40004, ""},
		{"voice that is no AMR", "voice", "a.mp3", []byte("ID3xxx"), 301017, ""},
		{"video that is no MP4", "video", "a.mp4", []byte("RIFFxxxxAVI "), 40004, ""},
		{"name with a colon", "file", "a:b.txt", []byte("123456"), 40058, ""},
		{"name with a backslash", "file", `a\b.txt`, []byte("123456"), 40058, ""},
		{"name with a leading slash", "file", "/a.txt", []byte("123456"), 40058, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			b.upload("media/upload", token, "type="+row.kind, row.filename, row.content).refused(t, row.code, row.text)
		})
	}
	for kind, content := range map[string][]byte{"image": png(6), "voice": []byte("#!AMR\n"), "video": []byte("\x00\x00\x00\x18ftypmp42")} {
		b.upload("media/upload", token, "type="+kind, `with "quotes"`, content).success(t, "ok")
	}
}

func TestMediaUploadForms(t *testing.T) {
	t.Parallel()
	const content = "\r\nContent-Type: application/octet-stream\r\n\r\n123456\r\n--B--\r\n"
	for name, row := range map[string]struct {
		contentType, body string
		code              int
	}{
		"as documented, with filelength": {"multipart/form-data; boundary=B", "--B\r\nContent-Disposition: form-data; name=\"media\"; filename=\"表.txt\"; filelength=6" + content, 0},
		"filename without quotes":        {"multipart/form-data; boundary=B", "--B\r\nContent-Disposition: form-data; name=\"media\"; filename=a.txt" + content, 0},
		"another part name":              {"multipart/form-data; boundary=B", "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"" + content, 44001},
		"no filename":                    {"multipart/form-data; boundary=B", "--B\r\nContent-Disposition: form-data; name=\"media\"" + content, 44001},
		"filename of RFC 5987":           {"multipart/form-data; boundary=B", "--B\r\nContent-Disposition: form-data; name=\"media\"; filename*=utf-8''a.txt" + content, 44001},
		"no boundary":                    {"multipart/form-data", "--B\r\nContent-Disposition: form-data; name=\"media\"; filename=\"a.txt\"" + content, 44001},
		"JSON":                           {"application/json", "{}", 44001},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			query := url.Values{"access_token": {b.contacts()}, "type": {"file"}}
			a := b.do(http.MethodPost, "/cgi-bin/media/upload", query, row.contentType, []byte(row.body))
			assert.Equal(t, row.code, a.Errcode, a.Raw)
		})
	}
}

func TestWebhookUploadMedia(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	content := []byte("123456")
	upload := func(query string) answer { return b.upload("webhook/upload_media", "", query, "notes.txt", content) }

	a := upload("type=file&key=" + wecomsim.SeedChatbotKey)
	a.success(t, "ok")
	id, _ := a.Fields["media_id"].(string)
	b.webhook(`{"msgtype":"file","file":{"media_id":"`+id+`"}}`).success(t, "ok")
	b.send(toLisi("file", `{"media_id":"`+id+`"}`)).refused(t, 40007, "")
	b.get("media/get", b.app(), "media_id="+id).refused(t, 40007, "")

	assert.Equal(t, "notes.txt", b.last().Filename)
	assert.Equal(t, "123456", b.control(http.MethodGet, "media?media_id="+id, "").Raw, "the console sees the files of chatbots too")

	upload("type=file").refused(t, 40058, "invalid param 'key'")
	upload("type=file&key=unknown").refused(t, 93000, "invalid webhook url")
	upload("type=file&key="+wecomsim.SeedDisabledChatbotKey).refused(t, 93004, "")
	upload("type=image&key="+wecomsim.SeedChatbotKey).refused(t, 40005, "")
	upload("type=voice&key="+wecomsim.SeedChatbotKey).refused(t, 301017, "")
	b.post("webhook/upload_media", "", "type=file&key=unknown", "{}").refused(t, 44001, "empty media data") // the file before the key
}

func TestMediaOfTheControlAPI(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	a := b.control(http.MethodGet, "media?media_id="+wecomsim.SeedImageMediaID, "")
	assert.Equal(t, "image/png", a.Header.Get("Content-Type"))
	assert.Equal(t, "nosniff", a.Header.Get("X-Content-Type-Options"))
	assert.Contains(t, a.Header.Get("Content-Security-Policy"), "sandbox")
	assert.True(t, strings.HasPrefix(a.Raw, "\x89PNG"))
	b.sim.Clock().Advance(4 * 24 * time.Hour)
	assert.Equal(t, http.StatusOK, b.control(http.MethodGet, "media?media_id="+wecomsim.SeedImageMediaID, "").Status)
	assert.Equal(t, http.StatusNotFound, b.control(http.MethodGet, "media?media_id=unknown", "").Status)
	assert.Equal(t, http.StatusMethodNotAllowed, b.control(http.MethodDelete, "media", "").Status)
}

func TestAnUploadInChunksIsRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	const form = "--B\r\nContent-Disposition: form-data; name=\"media\"; filename=\"a.txt\"\r\n\r\n123456\r\n--B--\r\n"
	target := b.sim.URL() + "/cgi-bin/media/upload?type=file&access_token=" + b.app()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, target, io.NopCloser(strings.NewReader(form)))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "multipart/form-data; boundary=B")
	w, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer func() { _ = w.Body.Close() }()
	assert.Equal(t, "44001", w.Header.Get("Error-Code"))
}

// Contents are kept within bounds; what is older can be sent on.
func TestTheContentsOfOldMediaAreLetGo(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(s *wecomsim.State) { s.Limits.MediaContentBytes = 1000 })
	a := b.upload("media/upload", b.app(), "type=file", "old.bin", make([]byte, 400))
	old, _ := a.Fields["media_id"].(string)
	b.upload("media/upload", b.app(), "type=file", "new.bin", make([]byte, 600)).success(t, "ok")
	b.get("media/get", b.app(), "media_id="+old).success(t, "")
	b.upload("media/upload", b.app(), "type=file", "new.bin", make([]byte, 6)).success(t, "ok")
	b.get("media/get", b.app(), "media_id="+old).refused(t, 40007, "")
	b.send(toLisi("file", `{"media_id":"`+old+`"}`)).success(t, "ok")
	assert.Equal(t, 400, b.last().Size)
}
