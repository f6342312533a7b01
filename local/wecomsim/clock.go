package wecomsim

import (
	"sync"
	"time"
)

// A Clock tells the emulator what time it is. Tokens, media, frequency windows and the recall window all follow it,
// so a test moves hours forward instead of waiting for them. The zero value follows real time.
type Clock struct {
	mu     sync.Mutex
	start  time.Time // zero: follow real time
	offset time.Duration
}

// NewClock returns a Clock that stands still at start until Advance moves it.
func NewClock(start time.Time) *Clock { return &Clock{start: start} }

// Now is the emulator's present.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.start.IsZero() {
		return time.Now().Add(c.offset)
	}
	return c.start.Add(c.offset)
}

// Advance moves the clock forward by d.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset += d
}

// rewind takes back every Advance.
func (c *Clock) rewind() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset = 0
}

// advanced is how far the clock was moved in all.
func (c *Clock) advanced() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.offset
}
