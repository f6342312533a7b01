package wecomsim

import (
	"net/http"
	"strings"
	"sync"
	"time"
)

// Sim emulates the WeCom server for one enterprise. It is an http.Handler for /cgi-bin/ and /_sim/, and safe for
// concurrent use: calls are carried out one at a time.
type Sim struct {
	clock    *Clock
	initial  State
	listener listener
	events   hub

	mu      sync.Mutex // guards everything below
	corp    *enterprise
	tokens  *tokenStore
	windows windows
	recent  *duplicates
	sent    *receipts
	journal ring[Entry]
	inbox   ring[Message]
	faults  *faultPlan
}

// Option adjusts a new Sim.
type Option func(*Sim)

// WithState starts from another enterprise than Seed.
func WithState(s State) Option { return func(sim *Sim) { sim.initial = s.clone() } }

// WithClock uses a clock of the caller's.
func WithClock(c *Clock) Option { return func(sim *Sim) { sim.clock = c } }

// New returns an emulator of the demo enterprise (Seed), following real time, unless options say otherwise.
func New(opts ...Option) *Sim {
	s := &Sim{clock: &Clock{}, initial: Seed()}
	for _, opt := range opts {
		opt(s)
	}
	s.clear()
	return s
}

// clear puts the initial state in place and forgets all that happened. The clock keeps its time.
func (s *Sim) clear() {
	s.corp = newEnterprise(s.initial.clone(), s.clock.Now())
	s.tokens = newTokenStore()
	s.windows = make(windows)
	s.recent = newDuplicates()
	s.sent = newReceipts()
	s.journal = ring[Entry]{size: func(e Entry) int { return len(e.Body) }}
	s.inbox = ring[Message]{size: func(m Message) int { return len(m.Content) }}
	s.faults = newFaultPlan(Faults{})
}

// Reset goes back to the state given to New and forgets journal, inbox, faults, tokens, windows and clock movements.
func (s *Sim) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clock.rewind()
	s.clear()
	s.events.publish("reset", struct{}{})
}

// ServeHTTP serves WeCom's API under /cgi-bin/ and the control API under /_sim/.
func (s *Sim) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, controlPrefix) {
		s.serveControl(w, r)
		return
	}
	s.serveAPI(w, r)
}

// Clock is the clock that everything follows.
func (s *Sim) Clock() *Clock { return s.clock }

// State is a deep copy of the present enterprise.
func (s *Sim) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.corp.clone()
}

// SetState replaces the enterprise; tokens, journal and inbox stay. Reset still goes back to the state given to New.
func (s *Sim) SetState(state State) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.corp = newEnterprise(state.clone(), s.clock.Now())
}

// Inbox lists the messages that arrived, oldest first: the newest 10,000, and no more than 64 MiB of content.
func (s *Sim) Inbox(f InboxFilter) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := []Message{}
	for _, m := range s.inbox.items {
		if f.matches(m) {
			found = append(found, m)
		}
	}
	return found
}

// Texts lists what is shown of all messages in the inbox; nil if there is none.
func (s *Sim) Texts() []string {
	var list []string
	for _, m := range s.Inbox(InboxFilter{}) {
		list = append(list, m.Text())
	}
	return list
}

// clearInbox removes the messages that match.
func (s *Sim) clearInbox(f InboxFilter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inbox.drop(f.matches)
}

// Journal lists the /cgi-bin calls in the order they were decided: the newest 10,000, and no more than 64 MiB of bodies.
func (s *Sim) Journal() []Entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Entry{}, s.journal.items...)
}

// ClearJournal empties the journal.
func (s *Sim) ClearJournal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.journal.drop(func(Entry) bool { return true })
}

// record adds a call to the journal; the caller holds the lock.
func (s *Sim) record(e Entry) {
	s.journal.add(e)
	s.events.publish("journal", e)
}

// deliver puts a message on the phones; the caller holds the lock.
func (s *Sim) deliver(m Message) {
	s.inbox.add(m)
	s.events.publish("inbox", m)
}

// ExpireTokens makes every token handed out so far answer 42001.
func (s *Sim) ExpireTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens.each(func(g *grant) { g.expired = true })
}

// RevokeTokens makes every token handed out so far answer 40014.
func (s *Sim) RevokeTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens.each(func(g *grant) { g.revoked = true })
}

// SetFaults replaces the faults, and starts their counters and chances anew. No faults: Faults{}.
func (s *Sim) SetFaults(f Faults) error {
	if err := f.validate(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = newFaultPlan(f)
	return nil
}

// media finds an upload whose content is kept, whoever owns it and however old it is.
func (s *Sim) media(id string) (Media, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m := find(s.corp.Media, func(m *Media) bool { return m.MediaID == id && m.Content != nil }); m != nil {
		return *m, true
	}
	return Media{}, false
}

// seconds turns a number of the state into a duration.
func seconds(n int) time.Duration { return time.Duration(n) * time.Second }
