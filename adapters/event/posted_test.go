package event_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/adapters/event"
	"github.com/wecom-functions/wecom-functions/core/fault"
)

// posted is a request with an event; a length below zero is not announced.
func posted(ctx context.Context, body io.Reader, length int64) *http.Request {
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/invoke", body)
	r.ContentLength = length
	return r
}

func TestPostedEventsAreServed(t *testing.T) {
	t.Parallel()
	for _, length := range []int64{int64(len(text("hello"))), -1} {
		d := deploy(t, dialect(event.Plain))
		answer, err := d.events.ServePosted(posted(t.Context(), strings.NewReader(text("hello")), length), event.Call{RequestID: "call-1"})
		require.NoError(t, err)
		assert.Contains(t, string(answer), `"request_id":"call-1"`)
		assert.Equal(t, []string{"hello"}, d.texts())
	}
}

func TestPostedEventsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	gone, leave := context.WithCancel(t.Context())
	leave()
	broken := errors.New("canary")
	for _, test := range []struct {
		name   string
		ctx    context.Context
		body   io.Reader
		length int64
		want   fault.Kind
		says   string
	}{
		{"announced too large", t.Context(), strings.NewReader("x"), 32<<20 + 1, fault.TooLarge, "at most 33554432 are taken"},
		{"found too large", t.Context(), strings.NewReader(strings.Repeat(" ", 32<<20+1)), -1, fault.TooLarge, "at most 33554432 are taken"},
		{"an input that is too large", t.Context(), strings.NewReader(text(strings.Repeat("a", 5<<20))), -1, fault.TooLarge, "takes at most 4194304"},
		{"broken off", t.Context(), iotest.ErrReader(io.ErrUnexpectedEOF), 7, fault.InvalidInput, "its body could not be read to the end"},
		{"broken", t.Context(), iotest.ErrReader(broken), 7, fault.InvalidInput, "its body could not be read to the end"},
		{"left alone", gone, iotest.ErrReader(broken), 7, fault.Canceled, "The platform went away"},
	} {
		d := deploy(t, dialect(event.Plain))
		_, err := d.events.ServePosted(posted(test.ctx, test.body, test.length), event.Call{RequestID: "call-1"})
		p := problem(t, err)
		assert.Equal(t, test.want, p.Kind, test.name)
		assert.Contains(t, p.Detail, test.says, test.name)
		assert.Equal(t, "call-1", p.RequestID, test.name)
		assert.NotContains(t, d.log.String(), "canary", test.name)
		require.Len(t, d.log.LinesOf(t, "event"), 1, test.name)
	}
}

// What is not taken is read on, or the platform would meet a reset in place of the answer.
func TestAnEventThatIsTooLargeIsReadOn(t *testing.T) {
	t.Parallel()
	body := strings.NewReader(strings.Repeat(" ", 33<<20))
	_, err := deploy(t).events.ServePosted(posted(t.Context(), body, 33<<20), event.Call{})
	assert.Equal(t, fault.TooLarge, problem(t, err).Kind)
	assert.Zero(t, body.Len())
}

// hold posts so many bytes of an event, which are held until the returned function ends it.
func hold(t *testing.T, d *deployment, size int) (end func()) {
	t.Helper()
	from, to := io.Pipe()
	var held sync.WaitGroup
	held.Go(func() {
		_, err := d.events.ServePosted(posted(t.Context(), from, -1), event.Call{})
		assert.Equal(t, fault.InvalidInput, fault.From(err).Kind)
	})
	for _, part := range []string{strings.Repeat("{", size-1), "{"} { // the second is read when the first is counted
		_, err := to.Write([]byte(part))
		require.NoError(t, err)
	}
	return func() {
		_ = to.CloseWithError(io.ErrUnexpectedEOF) // it never fails
		held.Wait()
	}
}

func TestTheBytesOfPostedEventsAreBounded(t *testing.T) {
	t.Parallel()
	d := deploy(t, dialect(event.Plain))
	var ends []func()
	for range 4 {
		ends = append(ends, hold(t, d, 16<<20-1))
	}
	for _, length := range []int64{-1, int64(len(text("x")))} {
		_, err := d.events.ServePosted(posted(t.Context(), strings.NewReader(text("x")), length), event.Call{})
		p := problem(t, err)
		assert.Equal(t, fault.RateLimited, p.Kind)
		assert.Equal(t, "concurrency_limited", p.Reason)
		assert.EqualValues(t, 1000, p.RetryAfterMS)
	}
	for _, end := range ends {
		end()
	}
	_, err := d.events.ServePosted(posted(t.Context(), strings.NewReader(text("x")), -1), event.Call{})
	require.NoError(t, err)
}

// The Azure Functions host sends in chunks, which announce no length, and many at the same time.
func TestManySmallEventsOfUnknownLengthAreServedAtTheSameTime(t *testing.T) {
	t.Parallel()
	d := deploy(t, dialect(event.Plain))
	for range 100 {
		defer hold(t, d, 2)()
	}
	_, err := d.events.ServePosted(posted(t.Context(), strings.NewReader(text("x")), -1), event.Call{})
	require.NoError(t, err)
}
