package httpapi

import (
	"compress/gzip"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

// body is the whole body of a request. Its memory is used again, so nothing may keep it beyond the request.
type body struct {
	data []byte
	held int64 // how much of handler.inFlight it counts for
}

const (
	smallBody = 8 << 10  // what a body gets at first
	keptBody  = 64 << 10 // what a larger one has taken is given back to the collector
	largeBody = 4 << 20  // what a larger one has taken is collected at once
	growth    = 4        // by which a body gets more
	near      = 16       // by which it gets more at the most, to have all of it
)

var bodies = sync.Pool{New: func() any { return &body{data: make([]byte, 0, smallBody)} }}

// Why a body cannot be taken, beside what its reader says.
var (
	errTooLarge = errors.New("too large")
	errFull     = errors.New("too many bytes in flight")
)

// readBody reads the body of a call, decompressed. The caller releases it.
func (h *handler) readBody(x *exchange) (*body, *fault.Error) {
	if e := checkContentType(x.r.Header); e != nil {
		return nil, e
	}
	return h.receive(x)
}

// receive reads the body, decompressed, whatever it is. The caller releases it.
func (h *handler) receive(x *exchange) (*body, *fault.Error) {
	compressed, e := gzipped(x.r.Header)
	if e != nil {
		return nil, e
	}
	if x.r.ContentLength > x.limits.body {
		return nil, x.explain(errTooLarge)
	}
	b := bodies.Get().(*body)
	var err error
	if compressed {
		err = h.fillUnzipped(b, &x.body, x.limits.body)
	} else {
		err = h.fill(b, &x.body, x.r.ContentLength, x.limits.body)
	}
	if err != nil {
		h.release(b)
		return nil, x.explain(err)
	}
	return b, nil
}

// fill reads to the end. Memory is taken, and counted, as bytes arrive: an announced length is a hint alone.
func (h *handler) fill(b *body, from io.Reader, announced, limit int64) error {
	if !h.hold(b, int64(cap(b.data))) {
		return errFull
	}
	for {
		if len(b.data) == cap(b.data) {
			larger := larger(int64(cap(b.data)), announced, limit)
			if !h.hold(b, larger) {
				return errFull
			}
			b.data = append(make([]byte, 0, larger), b.data...)
		}
		n, err := from.Read(b.data[len(b.data):cap(b.data)])
		b.data = b.data[:len(b.data)+n]
		switch {
		case int64(len(b.data)) > limit:
			return errTooLarge
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// larger is how much memory follows when so much is full: one byte more than the whole, where that is near, so that its
// end is met without asking for more.
func larger(full, announced, limit int64) int64 {
	next := min(full*growth, limit+1)
	if full <= announced && announced < full*near {
		next = announced + 1
	}
	return next
}

func (h *handler) fillUnzipped(b *body, from io.Reader, limit int64) error {
	unzipped, err := gzip.NewReader(&limited{from, limit})
	if err != nil {
		return unzipError(err)
	}
	return unzipError(h.fill(b, unzipped, 0, limit))
}

// limited fails, rather than ends, after so many bytes.
type limited struct {
	from io.Reader
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.from.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return 0, errTooLarge
	}
	return n, err
}

// hold counts so many bytes for the body, if that many are free.
func (h *handler) hold(b *body, size int64) bool {
	more := size - b.held
	if h.inFlight.Add(more) > h.options.MaxInFlight {
		h.inFlight.Add(-more)
		return false
	}
	b.held = size
	return true
}

// release ends the use of the body. What a large one has taken must not lie about when the next one comes: together they
// would be more than a small process has.
func (h *handler) release(b *body) {
	h.inFlight.Add(-b.held)
	size := cap(b.data)
	b.held, b.data = 0, b.data[:0]
	switch {
	case size <= keptBody:
		bodies.Put(b)
	case size > largeBody:
		b.data = nil
		runtime.GC()
	}
}

// checkContentType accepts JSON in UTF-8 and nothing else: what is sent as a form or as text was not meant for here.
func checkContentType(header http.Header) *fault.Error {
	values := header["Content-Type"]
	if len(values) == 1 && values[0] == "application/json" {
		return nil
	}
	if len(values) == 1 && isUTF8(values[0], func(mediaType string) bool { return mediaType == "application/json" }) {
		return nil
	}
	e := refusal(http.StatusUnsupportedMediaType, "unsupported_media_type", "The body must be JSON in UTF-8.")
	if isForm(header) {
		return e.WithHint("Files come as multipart/form-data to media.upload and chatbot.media.upload alone. Send the header Content-Type: " +
			"application/json, and in the body the media_id that these answer, or the file itself.")
	}
	return e.WithHint("Send the header Content-Type: application/json. A file may come as a form, curl -F, to media.upload and chatbot.media.upload.")
}

// isUTF8 tells whether a Content-Type is of the kind that is wanted, and in UTF-8, if it says so.
func isUTF8(contentType string, wanted func(mediaType string) bool) bool {
	mediaType, parameters, err := mime.ParseMediaType(contentType)
	charset, given := parameters["charset"]
	return err == nil && wanted(mediaType) && (!given || strings.EqualFold(charset, "utf-8"))
}

// gzipped tells whether the body is compressed.
func gzipped(header http.Header) (bool, *fault.Error) {
	values := header["Content-Encoding"]
	switch {
	case len(values) == 0, len(values) == 1 && strings.EqualFold(values[0], "identity"):
		return false, nil
	case len(values) == 1 && strings.EqualFold(values[0], "gzip"):
		return true, nil
	}
	return false, refusal(http.StatusUnsupportedMediaType, "content_encoding", "The body is compressed in a way that is not understood.").
		WithHint("Send it as it is, or with Content-Encoding: gzip.")
}

// errUnzip is a body that is not the gzip it claims to be.
var errUnzip = errors.New("not gzip")

func unzipError(err error) error {
	if err == nil || errors.Is(err, errTooLarge) || errors.Is(err, errFull) || isTimeout(err) {
		return err
	}
	return errUnzip
}

func isTimeout(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout()
}

// explain says why a body could not be read.
func (x *exchange) explain(err error) *fault.Error {
	switch {
	case errors.Is(err, errTooLarge):
		e := fault.New(fault.TooLarge, "The body has more than %d bytes.", x.limits.body).Because("payload_too_large")
		if x.limits.body > DefaultMaxBody {
			e.WithHint("Give a file by a link (url) in place of its content, or upload it as multipart/form-data, by media.upload or chatbot.media.upload.")
		}
		return e
	case errors.Is(err, errFull):
		e := fault.New(fault.RateLimited, "This process has too many bytes of requests in flight.").Because("concurrency_limited").
			WithHint("Send it again a little later.")
		e.RetryAfter = time.Second
		return e
	case isTimeout(err):
		return refusal(http.StatusBadRequest, "timeout", "The body did not arrive in time.")
	case errors.Is(err, io.ErrUnexpectedEOF): // net/http also takes the end of what a client sends for its leaving
		return refusal(http.StatusBadRequest, "body", "The body is shorter than its header says.")
	case x.r.Context().Err() != nil:
		return fault.New(fault.Canceled, "The caller went away before the body was read.").Because("canceled")
	case errors.Is(err, errUnzip):
		return refusal(http.StatusBadRequest, "content_encoding", "The body is not valid gzip, which Content-Encoding says it is.")
	default: // without the text of net/http, which may quote the request
		return refusal(http.StatusBadRequest, "body", "The body could not be read: its chunks are not valid.")
	}
}
