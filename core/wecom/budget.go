package wecom

import (
	"sync"
	"time"
)

// Budget bounds the repeats of a whole process, so that an outage of WeCom is not multiplied: at most a quarter of the
// calls of the last ten seconds, plus ten. The zero Budget is ready.
type Budget struct {
	mu      sync.Mutex
	seconds [budgetWindow]struct{ at, calls, repeats int64 }
}

const (
	budgetWindow = 10 // seconds
	budgetShare  = 4  // one repeat for so many calls
	budgetFloor  = 10 // repeats that are always there
)

// call counts a call.
func (b *Budget) call(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.second(now).calls++
}

// repeat takes a repeat from the budget; false if it is spent.
func (b *Budget) repeat(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	var calls, repeats int64
	for _, s := range b.seconds {
		if age := now.Unix() - s.at; 0 <= age && age < budgetWindow {
			calls, repeats = calls+s.calls, repeats+s.repeats
		}
	}
	if repeats >= calls/budgetShare+budgetFloor {
		return false
	}
	b.second(now).repeats++
	return true
}

func (b *Budget) second(now time.Time) *struct{ at, calls, repeats int64 } {
	s := &b.seconds[uint64(now.Unix())%budgetWindow]
	if s.at != now.Unix() {
		s.at, s.calls, s.repeats = now.Unix(), 0, 0
	}
	return s
}
