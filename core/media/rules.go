package media

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

// Type is the type that a file is uploaded as.
type Type string

// The types. Chatbots have Voice and File alone.
const (
	Image Type = "image"
	Voice Type = "voice"
	Video Type = "video"
	File  Type = "file"
)

const (
	// Least is the size of the smallest file: "more than 5 bytes".
	Least = 6
	// Most is the size of the largest file of any type.
	Most = 20 << 20
	// MaxName bounds a file's name in bytes.
	MaxName = 255
	// Lifetime is how long WeCom keeps an upload.
	Lifetime = 3 * 24 * time.Hour
)

// form is what files of a type have in common.
type form struct {
	most  int64
	means string
	is    func(head []byte) bool
}

// form: the limits are those of the page of the upload; WeCom's table of errcodes still has older ones.
func (t Type) form() form {
	switch t {
	case Image:
		return form{10 << 20, "a JPG or PNG image", isPicture}
	case Voice:
		return form{2 << 20, "an AMR voice", func(head []byte) bool { return bytes.HasPrefix(head, []byte("#!AMR")) }}
	case Video:
		return form{10 << 20, "an MP4 video", func(head []byte) bool { return len(head) >= 8 && string(head[4:8]) == "ftyp" }}
	default:
		return form{Most, "a file", func([]byte) bool { return true }}
	}
}

const magicPNG = "\x89PNG\r\n\x1a\n"

func isPicture(head []byte) bool {
	return bytes.HasPrefix(head, []byte("\xff\xd8\xff")) || bytes.HasPrefix(head, []byte(magicPNG))
}

// extension is that of a picture, by its first bytes.
func extension(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte(magicPNG)):
		return ".png"
	case isPicture(head):
		return ".jpg"
	default:
		return ""
	}
}

// Rules are what one file must be.
type Rules struct {
	Type Type
	// Most bounds its size in bytes; 0 for the type's own limit.
	Most int64
	// Confidential: it is sent so, and must be of a type that may be.
	Confidential bool
}

// Limit is the size of the largest file that the rules allow.
func (r Rules) Limit() int64 {
	if r.Most > 0 {
		return r.Most
	}
	return r.Type.form().most
}

// Size checks a file's size; nil if it is right. The violation's field is for the caller to name.
func (r Rules) Size(n int64) *fault.Violation {
	limit := r.Limit()
	if Least <= n && n <= limit {
		return nil
	}
	what := fmt.Sprintf("%s for WeCom must have more than %d bytes and at most %s; it has %s.",
		capital(r.Type.form().means), Least-1, fault.Grouped(limit), fault.Grouped(n))
	return &fault.Violation{Rule: fault.RuleBytes, Limit: fmt.Sprintf("%d..%s bytes", Least, fault.Grouped(limit)), Given: fault.Grouped(n) + " bytes", Detail: what}
}

// Head checks a file's first bytes, up to HeadSize of them; nil if they are right. Nothing looks further: what a picture
// unpacks to is no concern of ours.
func (r Rules) Head(head []byte) *fault.Violation {
	want := r.Type.form()
	if want.is(head) {
		return nil
	}
	return &fault.Violation{
		Rule: fault.RuleFormat, Limit: want.means, Given: fmt.Sprintf("%d bytes of another format", len(head)),
		Detail: "The file must be " + want.means + "; by its first bytes it is not.",
	}
}

// HeadSize is how many bytes Head looks at.
const HeadSize = 512

// ConfidentialTypes are the types of the files that may be sent confidentially (documents 90236 and 90248), in words.
const ConfidentialTypes = "txt, pdf, doc, docx, ppt, pptx, xls, xlsx, xml, jpg, jpeg, png, bmp or gif"

func mayBeConfidential(name string) bool {
	ending := strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))
	return slices.Contains(strings.Split(strings.ReplaceAll(ConfidentialTypes, " or ", ", "), ", "), ending)
}

// Name checks the type that a file's name says; nil if it is right.
func (r Rules) Name(name string) *fault.Violation {
	if !r.Confidential || mayBeConfidential(name) {
		return nil
	}
	return &fault.Violation{
		Rule: fault.RuleUnsupported, Limit: ConfidentialTypes, Given: path.Ext(name),
		Detail: "A confidential file (safe 1) must be " + ConfidentialTypes + ", by the end of its name.",
	}
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
