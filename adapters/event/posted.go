package event

import (
	"context"
	"errors"
	"io"
	"net/http"
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
	size := r.ContentLength
	if size < 0 {
		size = maxPosted // for all that is known
	}
	if size > maxPosted {
		return nil, h.refusePosted(r, call, eventTooLarge(size))
	}
	defer h.inFlight.Add(-size)
	if h.inFlight.Add(size) > maxInFlight {
		return nil, h.refusePosted(r, call, tooManyInFlight())
	}
	raw, err := io.ReadAll(io.LimitReader(r.Body, maxPosted+1))
	switch {
	case err != nil:
		return nil, h.refuse(r.Context(), call, Direct, unread(r.Context(), err))
	case len(raw) > maxPosted:
		return nil, h.refusePosted(r, call, eventTooLarge(maxPosted+1))
	}
	return h.Serve(r.Context(), raw, call)
}

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
