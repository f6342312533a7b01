package httpapi

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/textproto"
	"slices"
	"strings"

	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/core/rawjson"
)

// A file may come as multipart/form-data (RFC 7578), as curl -F and browsers send it: text fields first, then the file,
// which is sent on to WeCom while it arrives. WeCom wants to know its size before, so the file must come last: then it
// is all that the Content-Length announces, but for the boundary that closes the form.

const (
	formType = "multipart/form-data"
	// maxForm bounds a form: 20 MB of a file, and what stands around it.
	maxForm = 21 << 20
	// maxFields bounds what stands before the file.
	maxFields = 16 << 10
	// formMemory is what a form takes up while it is read: the buffers on the way, from one connection to the other.
	formMemory = 64 << 10
)

// The fields of a form.
const (
	fieldType       = "type"
	fieldConnection = parameter
	fieldMedia      = "media"
)

var formFields = []string{fieldType, fieldConnection, fieldMedia}

const (
	formHint     = "Send the fields type and connection, then the file as the last part, media, as curl does: -F type=file -F media=@report.pdf"
	boundaryHint = "Let the client write Content-Type by itself, as curl -F does: it says the boundary."
)

// malformed is a form that cannot be read.
func malformed(detail string) *fault.Error {
	return refusal(http.StatusBadRequest, "multipart", detail).WithHint(formHint)
}

// isForm tells whether the body claims to be a form.
func isForm(header http.Header) bool {
	values := header["Content-Type"]
	return len(values) == 1 && hasPrefixFold(values[0], formType)
}

// form is a form on its way in.
type form struct {
	from     *bufio.Reader
	boundary string
	size     int64
	left     int64 // how much of the body is still to come
	values   map[string]string
	broken   []fault.Violation
}

// readForm completes the request of an upload with the fields of a form and with its file, which is still to come. The
// caller releases the body.
func (h *handler) readForm(x *exchange, request *core.Request) (*body, *fault.Error) {
	f, e := x.form()
	if e != nil {
		return nil, e
	}
	b := bodies.Get().(*body)
	if !h.hold(b, formMemory) {
		h.release(b)
		return nil, x.explain(errFull)
	}
	if e := f.complete(x, request); e != nil {
		h.release(b)
		return nil, e
	}
	return b, nil
}

// form checks what the header says of the form.
func (x *exchange) form() (*form, *fault.Error) {
	kind, parameters, err := mime.ParseMediaType(x.r.Header.Get("Content-Type"))
	boundary := parameters["boundary"]
	compressed, e := gzipped(x.r.Header)
	switch {
	case err != nil || kind != formType || boundary == "" || len(boundary) > 70:
		return nil, malformed("The Content-Type names no boundary, or none of 1 to 70 characters.").WithHint(boundaryHint)
	case e != nil:
		return nil, e
	case compressed:
		return nil, refusal(http.StatusUnsupportedMediaType, "content_encoding", "A multipart form must not be compressed.").
			WithHint("Send it without Content-Encoding: WeCom must be told how large the file is.")
	case x.r.ContentLength <= 0: // net/http says 0 where there is none
		return nil, refusal(http.StatusLengthRequired, "length_required", "A multipart form must come with its Content-Length, which is not 0.").
			WithHint("Send it from a file, not in chunks: WeCom must be told how large the file is.")
	case x.r.ContentLength > maxForm:
		return nil, fault.New(fault.TooLarge, "The body has %d bytes; a multipart form has at most %d.", x.r.ContentLength, maxForm).
			Because("payload_too_large").WithHint("WeCom takes files of up to 20 MB, images and videos of up to 10, voices of up to 2.")
	}
	return &form{
		from: bufio.NewReader(&x.body), boundary: boundary, size: x.r.ContentLength, left: x.r.ContentLength,
		values: make(map[string]string, len(formFields)),
	}, nil
}

// complete completes the request.
func (f *form) complete(x *exchange, request *core.Request) *fault.Error {
	name, e := f.fields(x)
	if e != nil {
		return e
	}
	if len(f.broken) > 0 {
		return fault.Invalid(f.broken...).WithHint(formHint)
	}
	if given := f.values[fieldConnection]; given != "" {
		if request.Connection != "" && request.Connection != given {
			return badChoice("The form and the request around it name two connections.")
		}
		request.Connection = given
	}
	delete(f.values, fieldConnection)
	request.Input, _ = rawjson.Marshal(f.values) // strings can be written
	file := f.file()
	if file.left < 0 {
		return unclosed()
	}
	request.File = &core.File{Name: name, Size: file.left, Content: file, Cancel: func() { x.body.cancel(x.w) }}
	return nil
}

// fields reads up to the first byte of the file, and returns its name.
func (f *form) fields(x *exchange) (file string, _ *fault.Error) {
	line, err := f.line()
	begins, last := f.bounds(line)
	if err == nil && !begins {
		err = malformed("The body does not begin with the boundary that Content-Type names.").WithHint(boundaryHint)
	}
	for err == nil && !last {
		var p part
		if p, err = f.part(); err != nil {
			break
		}
		f.check(p)
		if p.name == fieldMedia {
			return p.file, nil
		}
		f.values[p.name], last, err = f.value()
	}
	if err != nil {
		if e, ok := errors.AsType[*fault.Error](err); ok {
			return "", e
		}
		return "", x.explain(err)
	}
	f.broken = append(f.broken, fault.Violation{
		Field: "/" + fieldMedia, Rule: fault.RuleRequired, Limit: "a file", Given: "nothing", Detail: "media is required: the file, as the last part.",
	})
	return "", nil
}

// part is what the header of a part says.
type part struct {
	name  string
	file  string
	named bool // there is a name of a file
	coded string
}

// asPosted undoes how browsers and curl write a quote and line breaks in a file's name (HTML Standard, multipart/form-data).
var asPosted = strings.NewReplacer("%22", `"`, "%0D", "\r", "%0A", "\n")

// part reads the header of a part.
func (f *form) part() (part, error) {
	var text bytes.Buffer
	for {
		line, err := f.line()
		if err != nil {
			return part{}, err
		}
		text.Write(line)
		text.WriteString("\r\n")
		if len(line) == 0 {
			break
		}
	}
	header, err := textproto.NewReader(bufio.NewReader(&text)).ReadMIMEHeader()
	if err != nil {
		return part{}, malformed("A part of the form has a header that cannot be read.")
	}
	kind, parameters, err := mime.ParseMediaType(header.Get("Content-Disposition"))
	if err != nil || kind != "form-data" || parameters["name"] == "" || len(header["Content-Disposition"]) > 1 {
		return part{}, malformed("A part of the form has no Content-Disposition: form-data with a name that can be read, or two.")
	}
	// filename*, where it can be decoded, goes before filename (RFC 6266), and is in its place here.
	file, named := parameters["filename"]
	if !strings.Contains(header.Get("Content-Disposition"), "filename*") {
		file = asPosted.Replace(file)
	}
	return part{parameters["name"], file, named, header.Get("Content-Transfer-Encoding")}, nil
}

// check says what is wrong with a part.
func (f *form) check(p part) {
	violate := func(rule fault.Rule, limit, given, detail string) {
		f.broken = append(f.broken, fault.Violation{Field: "/" + p.name, Rule: rule, Limit: limit, Given: given, Detail: detail})
	}
	if !slices.Contains(formFields, p.name) {
		f.broken = append(f.broken, action.UnknownKey("", p.name, formFields))
		return
	}
	switch _, twice := f.values[p.name]; {
	case twice:
		violate(fault.RuleDuplicate, "once", "twice", p.name+" stands twice in the form; give it once.")
	case p.name == fieldMedia && !p.named:
		violate(fault.RuleRequired, "the name of a file", "nothing", "media has no filename, or one in another charset than UTF-8; curl -F media=@report.pdf gives one.")
	}
	switch strings.ToLower(p.coded) {
	case "", "binary", "8bit", "7bit":
	default:
		violate(fault.RuleUnsupported, "the bytes as they are", Shown(p.coded), p.name+" must not have a Content-Transfer-Encoding.")
	}
}

// value reads the text of a field, up to the boundary that follows. last: it closes the form.
func (f *form) value() (text string, last bool, _ error) {
	var lines []string
	for {
		line, err := f.line()
		if err != nil {
			return "", false, err
		}
		if ends, last := f.bounds(line); ends {
			return strings.Join(lines, "\r\n"), last, nil
		}
		lines = append(lines, string(line))
	}
}

// bounds tells whether a line is the boundary, and whether the one that closes the form.
func (f *form) bounds(line []byte) (is, last bool) {
	rest, begins := strings.CutPrefix(string(line), "--"+f.boundary)
	return begins && (rest == "" || rest == "--"), rest == "--"
}

// line reads a line, without its end. It is good until the next one is read.
func (f *form) line() ([]byte, error) {
	line, err := f.from.ReadSlice('\n')
	f.left -= int64(len(line))
	switch {
	case errors.Is(err, io.EOF):
		return nil, malformed("The form breaks off before its file.")
	case errors.Is(err, bufio.ErrBufferFull), f.size-f.left > maxFields:
		return nil, malformed(fmt.Sprintf("Before the file, the form has more than %d bytes, or a line of more than %d.", maxFields, f.from.Size()))
	case err != nil:
		return nil, err
	}
	line, whole := bytes.CutSuffix(line, []byte("\r\n"))
	if !whole {
		return nil, malformed("A line of the form does not end with CR LF.")
	}
	return line, nil
}
