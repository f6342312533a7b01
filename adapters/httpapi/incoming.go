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
	canceled atomic.Bool
}

// Read reads on.
func (b *incoming) Read(p []byte) (int, error) {
	b.begun.Store(true)
	if b.over.Load() {
		return 0, io.EOF
	}
	if b.pace != nil {
		b.pace.wait()
	}
	if b.canceled.Load() { // after the time was set, or cancel would be undone
		return 0, errCanceled
	}
	n, err := b.from.Read(p)
	if b.pace != nil {
		b.pace.arrived += int64(n)
	}
	switch {
	case isTimeout(err) && b.canceled.Load() && !b.pace.isOver(): // it was not the body's time that ended
		return n, errCanceled
	case isTimeout(err), errors.Is(err, io.EOF):
		b.over.Store(true)
	}
	return n, err
}

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

// leastRate is how many bytes of a large body must arrive in a second. A caller who trickles is cut off as early as
// everywhere else.
const leastRate = 64 << 10

// pace is the time that a large body may take: some to begin with, and more as it arrives.
type pace struct {
	control *http.ResponseController
	first   time.Time // until then anything goes
	last    time.Time // later than that nothing does
	arrived int64
	until   time.Time // the next bytes are waited for
}

// wait sets the time until which the next bytes are waited for.
func (p *pace) wait() {
	p.until = p.first.Add(time.Duration(p.arrived) * time.Second / leastRate)
	if p.until.After(p.last) {
		p.until = p.last
	}
	_ = p.control.SetReadDeadline(p.until) // where that is not supported, the server's holds
}

func (p *pace) isOver() bool { return p != nil && !time.Now().Before(p.until) }
