package httpapi

import (
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"time"
)

// incoming is the body of a request as it arrives.
type incoming struct {
	from io.Reader
	// pace is how long it may take, where the server's own limit is not to hold.
	pace *pace
	// begun: it was asked for; a client that waits for that sends it now.
	begun atomic.Bool
	// over: nothing of it is left to be read, or more is not waited for.
	over     atomic.Bool
	whole    atomic.Bool // it has arrived
	canceled atomic.Bool
}

// Read reads on.
func (b *incoming) Read(p []byte) (int, error) {
	b.begun.Store(true)
	if b.over.Load() {
		return 0, io.EOF
	}
	asked := b.pace.wait()
	if b.canceled.Load() { // after the time was set, or cancel would be undone
		return 0, errCanceled
	}
	n, err := b.from.Read(p)
	b.pace.took(asked, n)
	switch {
	case isTimeout(err) && b.canceled.Load() && !b.late():
		return n, errCanceled
	case isTimeout(err):
		b.over.Store(true)
	case errors.Is(err, io.EOF):
		b.whole.Store(true)
		b.over.Store(true)
	}
	return n, err
}

// late tells whether the body has not arrived in time. net/http takes its sender for gone then.
func (b *incoming) late() bool { return !b.whole.Load() && b.pace.isOver() }

// errCanceled is what is read of a body that nobody wants any more.
var errCanceled = errors.New("canceled")

// cancel ends a Read that waits, and refuses others. A body that is over needs none: what is read from its connection
// then is the caller's leaving.
func (b *incoming) cancel(w http.ResponseWriter) {
	if b.over.Load() || b.canceled.Swap(true) {
		return
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Unix(1, 0)) // where that is not supported, no Read waits
}

// pace is the time that a large body may take: some to begin with, and more as it arrives. What others take that it is
// sent on to does not count. A nil pace is none.
type pace struct {
	control *http.ResponseController
	left    time.Duration // for which it may be waited
	last    time.Time     // it is not waited for after that
	until   atomic.Int64  // when the wait ends that was begun last; in nanoseconds, 0 before the first
}

// leastRate is how many bytes of a large body must arrive in a second, after the time that every body has. Who trickles
// is cut off as early as everywhere else.
const leastRate = 64 << 10

// wait sets the time until which the next bytes are waited for, from now.
func (p *pace) wait() (now time.Time) {
	if p == nil {
		return time.Time{}
	}
	now = time.Now()
	until := now.Add(p.left)
	if until.After(p.last) {
		until = p.last
	}
	p.until.Store(until.UnixNano())
	_ = p.control.SetReadDeadline(until) // where that is not supported, the server's holds
	return now
}

// took counts what a wait brought.
func (p *pace) took(since time.Time, bytes int) {
	if p != nil {
		p.left += time.Duration(bytes)*time.Second/leastRate - time.Since(since)
	}
}

func (p *pace) isOver() bool {
	if p == nil {
		return false
	}
	until := p.until.Load()
	return until != 0 && time.Now().UnixNano() >= until
}
