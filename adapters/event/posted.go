package event

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

const (
	// maxPosted is what an event may have whose input has core.MaxFileInput, of which base64 is most. It is enough for
	// four times core.MaxInput, too: platforms that wrap an input into JSON as text, and that into JSON once more, escape
	// every quote twice.
	maxPosted = maxEvent
	// maxInFlight bounds the events that are held at the same time.
	maxInFlight = 2 * maxPosted
	// maxDrain is what is read on of an event that is not taken. A connection that is closed before unread bytes is
	// reset, and the platform loses the answer with it.
	maxDrain = 2 * maxPosted
)

// ServePosted answers an event that the platform posts as the body of a request. Its error is that of Serve.
func (h *Handler) ServePosted(r *http.Request, call Call) ([]byte, error) {
	call = call.identified()
	if r.ContentLength > maxPosted {
		return nil, h.refusePosted(r, call, eventTooLarge(r.ContentLength))
	}
	body := &counted{from: r.Body, inFlight: &h.inFlight}
	defer body.release()
	raw, err := io.ReadAll(io.LimitReader(body, maxPosted+1))
	switch {
	case errors.Is(err, errFull):
		return nil, h.refusePosted(r, call, tooManyInFlight())
	case err != nil:
		return nil, h.refuse(r.Context(), call, Direct, unread(r.Context(), err))
	case len(raw) > maxPosted:
		return nil, h.refusePosted(r, call, eventTooLarge(maxPosted+1))
	}
	return h.Serve(r.Context(), raw, call)
}

var errFull = errors.New("too many bytes in flight")

// counted counts the bytes of an event as they arrive: an announced length is a hint alone, and platforms that send in
// chunks, as the Azure Functions host does, announce none.
type counted struct {
	from     io.Reader
	inFlight *atomic.Int64
	held     int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.held += int64(n)
	if c.inFlight.Add(int64(n)) > maxInFlight {
		return n, errFull
	}
	return n, err
}

func (c *counted) release() { c.inFlight.Add(-c.held) }

// refusePosted refuses an event that was not read to its end.
func (h *Handler) refusePosted(r *http.Request, call Call, e *fault.Error) error {
	_, _ = io.CopyN(io.Discard, r.Body, maxDrain) // whatever it meets, the answer follows
	return h.refuse(r.Context(), call, Direct, e)
}

func eventTooLarge(size int64) *fault.Error {
	return fault.New(fault.TooLarge, "The event has %d bytes or more; at most %d are taken.", size, maxPosted).
		Because("payload_too_large").WithHint(linkInstead)
}

func tooManyInFlight() *fault.Error {
	e := fault.New(fault.RateLimited, "This process has too many bytes of events in flight.").Because("concurrency_limited").
		WithHint("Send it again a little later, or lower the concurrency of an instance.")
	e.RetryAfter = time.Second
	return e
}

func unread(ctx context.Context, err error) *fault.Error {
	if ctx.Err() != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return fault.New(fault.Canceled, "The platform went away before the event was read.").Because("canceled")
	}
	return broken("its body could not be read to the end") // without the text of net/http, which may quote it
}
