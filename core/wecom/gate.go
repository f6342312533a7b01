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
	narrowed time.Time
	left     chan struct{} // closed and renewed when a call leaves
}

const (
	gateWidth   = maxConnsPerHost
	gateRecover = time.Minute
)

// enter waits for a place.
func (g *gate) enter(ctx context.Context, now time.Time) error {
	for {
		wait := g.tryEnter(now)
		if wait == nil {
			return nil
		}
		select {
		case <-wait:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// tryEnter takes a place, or returns what to wait for.
func (g *gate) tryEnter(now time.Time) <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.limit == 0 || now.Sub(g.narrowed) > gateRecover {
		g.limit = gateWidth
	}
	if g.inside < g.limit {
		g.inside++
		return nil
	}
	if g.left == nil {
		g.left = make(chan struct{})
	}
	return g.left
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inside--
	if g.left != nil {
		close(g.left)
		g.left = nil
	}
}

// narrow halves the calls that may run at once.
func (g *gate) narrow(now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.limit, g.narrowed = max(1, g.inside/2), now
}
