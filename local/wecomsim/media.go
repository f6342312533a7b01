package wecomsim

import (
	"bytes"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	mediaIDLength = 65 // observed
	smallestMedia = 6  // "more than 5 bytes"
)

// largestMedia is the upload page's size per type, in bytes. (The error table still prints older figures.)
var largestMedia = map[string]int{"image": 10 << 20, "voice": 2 << 20, "video": 10 << 20, "file": 20 << 20}

// mediaUpload is document 90253. Its files belong to the enterprise: every app may send them, no chatbot may.
func (c *call) mediaUpload() (success, error) {
	return c.storeMedia([]string{"image", "voice", "video", "file"}, func() error { return nil })
}

// webhookUpload is the chatbots' own upload: its files belong to one bot. That the file is checked before the key was
// observed; a missing key is noticed before both.
func (c *call) webhookUpload() (success, error) {
	key := c.query.Get("key")
	if key == "" {
		return success{}, refuseInvalid("key")
	}
	return c.storeMedia([]string{"file", "voice"}, func() error {
		_, err := c.chatbotOf(key)
		return err
	})
}

// storeMedia judges an uploaded file, then whether its owner may have it, and keeps it.
func (c *call) storeMedia(types []string, checkOwner func() error) (success, error) {
	kind := c.query.Get("type")
	if !slices.Contains(types, kind) {
		return success{}, refuse(codeUploadType)
	}
	if err := c.part.check(kind); err != nil {
		return success{}, err
	}
	if err := checkOwner(); err != nil {
		return success{}, err
	}
	media := Media{
		MediaID: randomID(mediaIDLength), Type: kind, Filename: c.part.filename, Size: len(c.part.content), CreatedAt: c.now.Unix(),
		Key: c.query.Get("key"), Content: c.part.content,
	}
	c.corp.addMedia(media)
	created := strconv.FormatInt(media.CreatedAt, 10) // a string, as documented
	return success{fields: fields{{"type", kind}, {"media_id", media.MediaID}, {"created_at", created}}}, nil
}

// check judges an uploaded file. Which errcode an oversized one gets is unknown; 40006 is our choice.
func (p *part) check(kind string) error {
	switch {
	case p == nil || p.filename == "" || len(p.content) == 0:
		return refuse(codeMediaEmpty)
	case strings.HasPrefix(p.filename, "/") || strings.ContainsAny(p.filename, `\:`):
		return refuseInvalid("filename")
	case len(p.content) < smallestMedia || len(p.content) > largestMedia[kind]:
		return refuse(codeMediaSize)
	case kind == "image" && !isPicture(p.content):
		return refuse(codeMediaType)
	case kind == "video" && !isMP4(p.content):
		return refuse(codeMediaType) // that it must be MP4 is official, the errcode our choice
	case kind == "voice" && !bytes.HasPrefix(p.content, []byte("#!AMR")):
		return refuse(codeVoiceFormat)
	}
	return nil
}

// isMP4 recognises MP4 by the type of its first box.
func isMP4(data []byte) bool { return len(data) >= 8 && string(data[4:8]) == "ftyp" }

// addMedia keeps an upload, and lets go of the contents of the oldest ones where they come to too much: those media can
// be sent, but not downloaded any more.
func (e *enterprise) addMedia(m Media) {
	e.Media = append(e.Media, m)
	total := 0
	for i := len(e.Media) - 1; i >= 0; i-- {
		if total += len(e.Media[i].Content); e.Limits.MediaContentBytes > 0 && total > e.Limits.MediaContentBytes {
			e.Media[i].Content = nil
		}
	}
}

// usableMedia finds a file by id, type and owner ("" is the enterprise, else a chatbot's key) that has not expired.
func (c *call) usableMedia(id, kind, owner string) *Media {
	m := find(c.corp.Media, func(m *Media) bool { return m.MediaID == id })
	if m == nil || m.Type != kind || m.Key != owner || c.expired(m) {
		return nil
	}
	return m
}

func (c *call) expired(m *Media) bool {
	lifetime := c.corp.Limits.MediaLifetimeSeconds
	return lifetime > 0 && c.now.Sub(time.Unix(m.CreatedAt, 0)) > seconds(lifetime)
}

// mediaGet is document 90254: the file itself, or a JSON refusal.
func (c *call) mediaGet() (success, error) {
	id := c.query.Get("media_id")
	if id == "" {
		return success{}, refuse(codeMediaMissing)
	}
	m := find(c.corp.Media, func(m *Media) bool { return m.MediaID == id && m.Key == "" })
	if m == nil || c.expired(m) || m.Content == nil {
		return success{}, refuse(codeMediaID)
	}
	return success{file: m}, nil
}

// download answers a file, or the range of it that was asked for.
func (c *call) download(m Media) reply {
	var sheet answerSheet
	sheet.Header().Set("Server", "nginx")
	m.serve(&sheet, c.request)
	c.entry.Status = sheet.status
	return reply{status: sheet.status, header: sheet.header, body: sheet.body.Bytes()}
}

func (m Media) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Disposition", `attachment; filename="`+strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(m.Filename)+`"`)
	h.Set("Content-Type", contentType(m))
	http.ServeContent(w, r, "", time.Unix(m.CreatedAt, 0), bytes.NewReader(m.Content))
}

func contentType(m Media) string {
	if i := strings.LastIndexByte(m.Filename, '.'); i >= 0 {
		if byName := mime.TypeByExtension(m.Filename[i:]); byName != "" {
			return byName
		}
	}
	return "application/octet-stream"
}

// answerSheet is a ResponseWriter that keeps what is written.
type answerSheet struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answerSheet) Header() http.Header {
	if a.header == nil {
		a.header = make(http.Header)
	}
	return a.header
}

func (a *answerSheet) WriteHeader(status int) { a.status = status }

func (a *answerSheet) Write(p []byte) (int, error) { return a.body.Write(p) }
