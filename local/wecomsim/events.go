package wecomsim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// event is one server-sent event.
type event struct {
	name string
	data json.RawMessage
}

// hub hands events to those who listen. A listener that falls eventBuffer events behind is let go; browsers then
// connect again by themselves.
type hub struct {
	mu        sync.Mutex
	listeners map[chan event]bool
}

const eventBuffer = 1024

func (h *hub) join() chan event {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.listeners == nil {
		h.listeners = make(map[chan event]bool)
	}
	ch := make(chan event, eventBuffer)
	h.listeners[ch] = true
	return ch
}

// leave is for the listener; publish may have let it go before.
func (h *hub) leave(ch chan event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.listeners[ch] {
		delete(h.listeners, ch)
		close(ch)
	}
}

func (h *hub) publish(name string, value any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.listeners) == 0 {
		return
	}
	e := event{name, encodeJSON(value)}
	for ch := range h.listeners {
		select {
		case ch <- e:
		default:
			delete(h.listeners, ch)
			close(ch)
		}
	}
}

// serveEvents streams until the client leaves, however long that is: the server's WriteTimeout is for answers that end.
func (s *Sim) serveEvents(w http.ResponseWriter, r *http.Request) {
	events := s.events.join()
	defer s.events.leave(events)
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=UTF-8")
	h.Set("Cache-Control", "no-store")
	send := http.NewResponseController(w)
	_ = send.SetWriteDeadline(time.Time{}) // where that is not supported, there is none to lift
	_, _ = fmt.Fprint(w, ": listening\n\n")
	for {
		if send.Flush() != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case e, open := <-events:
			if !open {
				return
			}
			if _, err := fmt.Fprintf(w, "event: %s\ndata: %s\n\n", e.name, e.data); err != nil {
				return
			}
		}
	}
}
