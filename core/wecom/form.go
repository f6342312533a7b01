package wecom

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/core/media"
)

// form is the body of one try to upload a file: a multipart form of one part (document 90253). A nil form is that of a
// call without a file.
type form struct {
	file     *media.Opened
	boundary string
	stop     func() bool // nothing waits for the end of the context any more
}

// open opens the file for a try, if the call has one.
func (a *attempt) open(ctx context.Context, source media.Source) *failure {
	if source == nil {
		return nil
	}
	file, err := source.Open(ctx)
	if err == nil {
		// net/http waits for a Read of the body that is under way, even when the context has ended.
		stop := context.AfterFunc(ctx, func() { _ = file.Close() })
		a.form = &form{file, rand.Text(), stop}
		return nil
	}
	return ofFile(ctx, fault.From(err))
}

// ofFile is a try that failed by its own file.
func ofFile(ctx context.Context, e *fault.Error) *failure {
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return gone(false)
	case ctx.Err() != nil && !e.Retryable(): // the end of the call made it look broken
		e = fault.New(fault.Unavailable, "The file did not arrive in time.").Because("timeout").WithHint("Send it again, on a faster way.")
		e.RetryAfter = time.Second
	}
	return &failure{stage: notSent, reason: e.Reason, final: true, own: e}
}

// nameEscaper writes a file's name between double quotes. Other than by them, WeCom gets it in plain UTF-8: the form of
// RFC 5987 it does not understand, and then finds no file at all.
var nameEscaper = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// fill gives the request its method, type and body, with a length that is known: whether WeCom takes a body in chunks is
// not.
func (f *form) fill(req *http.Request) {
	head := "--" + f.boundary + "\r\nContent-Disposition: form-data; name=\"media\"; filename=\"" + nameEscaper.Replace(f.file.Name) +
		"\"\r\nContent-Type: application/octet-stream\r\n\r\n"
	tail := "\r\n--" + f.boundary + "--\r\n"
	req.Method = http.MethodPost
	req.Header = req.Header.Clone()
	req.Header["Content-Type"] = []string{"multipart/form-data; boundary=" + f.boundary}
	req.ContentLength = int64(len(head)) + f.file.Size + int64(len(tail))
	req.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(strings.NewReader(head), f.file, strings.NewReader(tail)), f.file}
}

func (f *form) close() {
	if f != nil {
		f.stop()
		_ = f.file.Close()
	}
}

// broken says why a try broke: by its file, if that broke first.
func (f *form) broken(ctx context.Context, failed *failure) *failure {
	if f == nil || f.file.Err() == nil {
		return failed
	}
	return ofFile(ctx, f.file.Err())
}

// judged doubts a success that came before the end of the file.
func (f *form) judged(failed *failure) *failure {
	if failed != nil || f == nil || f.file.Whole() {
		return failed
	}
	return unreadable("answered before it had the whole file")
}

// spent tells that the call has a file which cannot be sent once more.
func (call *Call) spent() bool { return call.File != nil && call.File.Spent() }

// renewedTooLate is the error of an upload whose token had expired, and whose file came as a stream that is read now. The
// token is renewed, so that the next upload finds a fresh one.
func renewedTooLate(ctx context.Context, who credential) error {
	if _, err := who.attach(ctx); err != nil {
		return err
	}
	e := fault.New(fault.Unavailable, "The access token had expired when the file was uploaded; it is renewed now.").Because("token_renewed").
		WithHint("Send the file again: it came as a stream, and could be read only once.")
	e.RetryAfter = time.Second
	return e
}
