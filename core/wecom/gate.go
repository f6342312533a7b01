package wecom

import (
	"context"
	"sync"
	"time"
)

// gate bounds the calls that run at once. It halves when WeCom says that they are too many (45033), and opens again
// after a minute without that.
type gate struct {
	mu       sync.Mutex
	limit    int
	inside   int
	files    int // of those inside; each stays for as long as its sender takes
	turn     int // counts the halvings
	narrowed time.Time
	left     chan struct{} // closed and renewed when a call leaves
}

const (
	gateWidth   = maxConnsPerHost
	gateRecover = time.Minute
)

// enter waits for a place. It returns the turn in which the place was taken, for narrow.
func (g *gate) enter(ctx context.Context, clock Clock, file bool) (turn int, err error) {
	for {
		turn, wait := g.tryEnter(clock.Now(), file)
		if wait == nil {
			return turn, nil
		}
		select {
		case <-wait:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// tryEnter takes a place, or returns what to wait for. Files get half of the places, so that slow ones hold up no message.
func (g *gate) tryEnter(now time.Time, file bool) (turn int, wait <-chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.limit == 0 || now.Sub(g.narrowed) > gateRecover {
		g.limit = gateWidth
	}
	if g.inside < g.limit && !(file && g.files >= max(1, g.limit/2)) {
		g.inside++
		if file {
			g.files++
		}
		return g.turn, nil
	}
	if g.left == nil {
		g.left = make(chan struct{})
	}
	return 0, g.left
}

func (g *gate) leave(file bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inside--
	if file {
		g.files--
	}
	if g.left != nil {
		close(g.left)
		g.left = nil
	}
}

// narrow halves the calls that may run at once, for a call that is still inside. Calls that ran together are refused
// together: those that came in before the last halving do not halve again.
func (g *gate) narrow(turn int, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.narrowed = now
	if turn == g.turn {
		g.turn++
		g.limit = max(1, min(g.limit, g.inside)/2)
	}
}
