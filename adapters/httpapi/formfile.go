package httpapi

import (
	"bytes"
	"errors"
	"io"
	"os"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

// formFile is the file of a form while it arrives: all that is left of the body, but for the boundary that closes the
// form. Whether that stands where it must is known at the end alone; until then no boundary may be met, for that would
// begin another part.
type formFile struct {
	from  io.Reader
	left  int64
	next  []byte // what begins another part
	close []byte // what closes the form
	seen  []byte // the last bytes, in which a boundary may have begun
	end   error  // what is read from now on
}

// file is the file of the form, whose header was read.
func (f *form) file() *formFile {
	next := "\r\n--" + f.boundary
	// The line break that ended the header may begin a boundary (RFC 2046), and then there is no file.
	file := &formFile{from: f.from, next: []byte(next), close: []byte(next + "--\r\n"), seen: []byte("\r\n")}
	file.left = f.left - int64(len(file.close))
	return file
}

// Read reads on. Its error says what is wrong with the form, where something is.
func (f *formFile) Read(p []byte) (int, error) {
	if f.end == nil && f.left <= 0 {
		f.end = f.closed()
	}
	if f.end != nil {
		return 0, f.end
	}
	n, err := f.from.Read(p[:min(int64(len(p)), f.left)])
	f.left -= int64(n)
	if f.meets(p[:n]) {
		f.end = malformed("The form goes on after its part media, which must be the last one, and there once; or its Content-Length is wrong.")
		return 0, f.end
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// meets tells whether a boundary ends in these bytes.
func (f *formFile) meets(p []byte) bool {
	f.seen = append(f.seen, p[:min(len(p), len(f.next)-1)]...)
	if bytes.Contains(f.seen, f.next) || bytes.Contains(p, f.next) {
		return true
	}
	if len(p) >= len(f.next)-1 {
		f.seen = append(f.seen[:0], p[len(p)-len(f.next)+1:]...)
	} else {
		f.seen = append(f.seen[:0], f.seen[max(0, len(f.seen)-len(f.next)+1):]...)
	}
	return false
}

// closed reads what closes the form. What it is there tells whether the file was the file.
func (f *formFile) closed() error {
	given := make([]byte, len(f.close))
	_, err := io.ReadFull(f.from, given)
	switch {
	case err != nil:
		return io.ErrUnexpectedEOF
	case bytes.Equal(given, f.close):
		return io.EOF
	case bytes.HasSuffix(given, bytes.TrimSuffix(f.close, []byte("\r\n"))):
		return malformed("The form ends without a line break after the boundary that closes it.").
			WithHint("Let curl, a browser or a library write the form, or send the file as base64 in JSON.")
	default:
		return unclosed()
	}
}

func unclosed() *fault.Error {
	return malformed("The form does not end with the boundary that closes it: something follows, or its Content-Length is wrong.")
}

// inForm has a failure of the core speak of the form: of the field media, of where the others stand, and of its coming
// too late.
func (x *exchange) inForm(e *fault.Error) *fault.Error {
	if e.Kind == fault.Canceled && x.body.late() {
		late := x.explain(os.ErrDeadlineExceeded)
		late.Action = e.Action
		return late
	}
	for i := range e.Violations {
		switch v := &e.Violations[i]; v.Field {
		case "/content", "/filename":
			v.Field = "/" + fieldMedia
		case "/" + fieldType:
			e.WithHint(formHint)
		}
	}
	return e
}
