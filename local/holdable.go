package main

import (
	"io"
	"sync"
)

// holdable is a log that can be held back while something else is printed.
type holdable struct {
	to   io.Writer
	mu   sync.Mutex
	held bool
	kept []byte
}

func (h *holdable) Write(line []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.held {
		h.kept = append(h.kept, line...)
		return len(line), nil
	}
	return h.to.Write(line)
}

// during holds the log back while print runs, so that what it prints is one text.
func (h *holdable) during(print func()) {
	h.mu.Lock()
	h.held = true
	h.mu.Unlock()
	defer h.release()
	print()
}

func (h *holdable) release() {
	h.mu.Lock()
	defer h.mu.Unlock()
	_, _ = h.to.Write(h.kept) // a log that cannot be written is no reason to stop
	h.held, h.kept = false, nil
}
