package main_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

// document is a real PDF of one empty page.
const document = "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n" +
	"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"

func picture(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, image.NewGray(image.Rect(0, 0, 40, 30))))
	return b.String()
}

// file is a file as its sender has it: on a disk, and behind a link.
type file struct{ name, kind, content, path, link string }

// files are a PDF with a Chinese name and a PNG.
func files(t *testing.T) []file {
	t.Helper()
	list := []file{{name: "九月 排班表.pdf", kind: "file", content: document}, {name: "chart.png", kind: "image", content: picture(t)}}
	storage := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, f := range list {
			if r.URL.Path == "/"+f.name {
				_, _ = io.WriteString(w, f.content)
			}
		}
	}))
	t.Cleanup(storage.Close)
	folder := t.TempDir()
	for i, f := range list {
		list[i].path = filepath.Join(folder, f.name)
		require.NoError(t, os.WriteFile(list[i].path, []byte(f.content), 0o600))
		list[i].link = storage.URL + "/" + strings.ReplaceAll(f.name, " ", "%20") + "?signature=canary"
	}
	return list
}

// upload uploads the file with curl, as its reader would paste it, and returns its media_id.
func (f file) upload(t *testing.T, url string) string {
	t.Helper()
	said, err := exec.CommandContext(t.Context(), "curl", "-sS", url, "-F", "type="+f.kind, "-F", "media=@"+f.path).CombinedOutput()
	require.NoError(t, err, string(said))
	var result struct {
		Output struct {
			MediaID string `json:"media_id"`
		}
	}
	require.NoError(t, json.Unmarshal(said, &result), string(said))
	require.NotEmpty(t, result.Output.MediaID, string(said))
	return result.Output.MediaID
}

// given are the ways to give the file to a message: by its id, by its bytes and by a link.
func (f file) given(id string) map[string]string {
	return map[string]string{
		"id":    fmt.Sprintf(`"media_id":%q`, id),
		"bytes": fmt.Sprintf(`"file":{"filename":%q,"content":%q}`, f.name, base64.StdEncoding.EncodeToString([]byte(f.content))),
		"link":  fmt.Sprintf(`"file":{"url":%q}`, f.link),
	}
}

// Files reach a member, a group chat and a chatbot's group: uploaded before, with the message, and by a link; over HTTP
// and through the events of a platform.
func TestFilesArrive(t *testing.T) {
	t.Parallel()
	_, err := exec.LookPath("curl")
	require.NoError(t, err, "this test uploads with curl")
	for _, way := range []string{"/actions/", "/fn/lambda/"} {
		p := start(t)
		for _, f := range files(t) {
			own := f.upload(t, p.url+way+"media.upload")
			for to, receiver := range map[string]string{"message": `"touser":"zhangsan"`, "groupchat": `"chatid":"` + wecomsim.SeedChatID + `"`} {
				for how, given := range f.given(own) {
					p.send(t, way+to+"."+f.kind+".send", "{"+receiver+","+given+"}", f, how)
				}
			}
		}
		list := files(t)
		bots := list[0].upload(t, p.url+way+"chatbot.media.upload")
		for how, given := range list[0].given(bots) {
			p.send(t, way+"chatbot.file.send", "{"+given+"}", list[0], how)
		}
		for how, given := range list[1].given("") {
			if how != "id" { // chatbots send pictures without an upload
				p.send(t, way+"chatbot.image.send", "{"+given+"}", list[1], how)
			}
		}
		assert.NotContains(t, p.stdout.String()+p.stderr.String(), "canary", "what a link is signed with is not logged")
	}
}

// send sends a message with the file, which arrives whole and under its name.
func (p *process) send(t *testing.T, path, input string, f file, how string) {
	t.Helper()
	_, _ = p.call(t, http.MethodDelete, "/_sim/inbox", "")
	status, answer := p.call(t, http.MethodPost, path, input)
	require.Equal(t, http.StatusOK, status, "%s by %s: %s", path, how, answer)
	_, inbox := p.call(t, http.MethodGet, "/_sim/inbox", "")
	var messages []struct {
		Filename string
		Size     int
		Content  struct {
			MediaID string `json:"media_id"`
			Base64  []byte
		}
	}
	require.NoError(t, json.Unmarshal(entriesOf(t, inbox), &messages), inbox)
	require.Len(t, messages, 1, inbox)
	arrived := messages[0]
	if strings.HasSuffix(path, "chatbot.image.send") {
		assert.Equal(t, f.content, string(arrived.Content.Base64))
		return
	}
	assert.Equal(t, f.name, arrived.Filename, "%s by %s", path, how)
	assert.Equal(t, len(f.content), arrived.Size)
	_, kept := p.call(t, http.MethodGet, "/_sim/media?media_id="+arrived.Content.MediaID, "")
	assert.Equal(t, f.content, kept)
}
