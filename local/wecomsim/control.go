package wecomsim

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	controlPrefix  = "/_sim/"
	maxControlBody = 64 << 20
)

// misuse is a request that the control API refuses, with its HTTP status and, for a wrong method, the right ones.
type misuse struct {
	status int
	text   string
	allow  []string
}

func (m *misuse) Error() string { return m.text }

// controlHandler answers with what a GET of the same thing would show now.
type controlHandler func(*Sim, *http.Request) (any, error)

// controls is the control API. GET /_sim/events is apart, because it never ends.
var controls = map[string]map[string]controlHandler{
	"state": {
		http.MethodGet: func(s *Sim, _ *http.Request) (any, error) { return s.State(), nil },
		http.MethodPut: putState,
	},
	"state/reset": {http.MethodPost: func(s *Sim, _ *http.Request) (any, error) {
		s.Reset()
		return s.State(), nil
	}},
	"journal": {
		http.MethodGet: func(s *Sim, _ *http.Request) (any, error) { return s.Journal(), nil },
		http.MethodDelete: func(s *Sim, _ *http.Request) (any, error) {
			s.ClearJournal()
			return s.Journal(), nil
		},
	},
	"inbox": {http.MethodGet: getInbox, http.MethodDelete: deleteInbox},
	"faults": {
		http.MethodGet: func(s *Sim, _ *http.Request) (any, error) { return s.presentFaults(), nil },
		http.MethodPut: putFaults,
		http.MethodDelete: func(s *Sim, _ *http.Request) (any, error) {
			err := s.SetFaults(Faults{})
			return s.presentFaults(), err
		},
	},
	"tokens/expire": {http.MethodPost: func(s *Sim, _ *http.Request) (any, error) {
		s.ExpireTokens()
		return struct{}{}, nil
	}},
	"tokens/revoke": {http.MethodPost: func(s *Sim, _ *http.Request) (any, error) {
		s.RevokeTokens()
		return struct{}{}, nil
	}},
	"media": {http.MethodGet: func(*Sim, *http.Request) (any, error) {
		return nil, &misuse{status: http.StatusNotFound, text: "there is no media of this media_id whose content is kept"}
	}},
	"clock": {
		http.MethodGet:  func(s *Sim, _ *http.Request) (any, error) { return s.presentTime(), nil },
		http.MethodPost: postClock,
	},
}

// serveControl finds the handler and turns its result into JSON.
func (s *Sim) serveControl(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, controlPrefix)
	if name == "events" && r.Method == http.MethodGet {
		s.serveEvents(w, r)
		return
	}
	if name == "media" && r.Method == http.MethodGet {
		if m, found := s.media(r.URL.Query().Get("media_id")); found {
			w.Header().Set("Cache-Control", "no-store")
			w.Header().Set("X-Content-Type-Options", "nosniff")
			w.Header().Set("Content-Security-Policy", "sandbox; default-src 'none'") // it may be hostile
			m.serve(w, r)
			return
		}
	}
	answer, err := s.control(name, r)
	status := http.StatusOK
	header := http.Header{"Content-Type": {"application/json; charset=UTF-8"}, "Cache-Control": {"no-store"}}
	if err != nil {
		status = http.StatusBadRequest
		if wrong, ok := errors.AsType[*misuse](err); ok {
			status = wrong.status
			header["Allow"] = wrong.allow
		}
		answer = map[string]string{"error": err.Error()}
	}
	reply{status: status, header: header, body: encodeJSON(answer)}.write(w)
}

func (s *Sim) control(name string, r *http.Request) (any, error) {
	methods, known := controls[name]
	if name == "events" {
		methods, known = map[string]controlHandler{http.MethodGet: nil}, true
	}
	if !known {
		return nil, &misuse{status: http.StatusNotFound, text: fmt.Sprintf("there is no %s; try %s", r.URL.Path, controlPaths())}
	}
	handler, allowed := methods[r.Method]
	if !allowed {
		allow := slices.Sorted(maps.Keys(methods))
		return nil, &misuse{
			status: http.StatusMethodNotAllowed, allow: allow,
			text: fmt.Sprintf("%s does not take %s, but %s", r.URL.Path, r.Method, strings.Join(allow, " and ")),
		}
	}
	return handler(s, r)
}

func controlPaths() string {
	names := slices.Sorted(maps.Keys(controls))
	return controlPrefix + strings.Join(append(names, "events"), ", "+controlPrefix)
}

// decode reads a JSON body that must hold exactly one value without unknown keys.
func decode(r *http.Request, target any) error {
	decoder := json.NewDecoder(http.MaxBytesReader(nil, r.Body, maxControlBody))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(target); err != nil {
		if errors.Is(err, io.EOF) {
			err = errors.New("it is empty")
		}
		return fmt.Errorf("the body is not the expected JSON: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("the body has something after its JSON value")
	}
	return nil
}

func putState(s *Sim, r *http.Request) (any, error) {
	var state State
	if err := decode(r, &state); err != nil {
		return nil, err
	}
	if err := state.validate(); err != nil {
		return nil, err
	}
	s.SetState(state)
	return s.State(), nil
}

func getInbox(s *Sim, r *http.Request) (any, error) {
	f, err := inboxFilter(r)
	return s.Inbox(f), err
}

func deleteInbox(s *Sim, r *http.Request) (any, error) {
	f, err := inboxFilter(r)
	if err != nil {
		return nil, err
	}
	s.clearInbox(f)
	return s.Inbox(f), nil
}

func inboxFilter(r *http.Request) (InboxFilter, error) {
	query := r.URL.Query()
	for name := range query {
		if name != "userid" && name != "chatid" && name != "key" {
			return InboxFilter{}, fmt.Errorf("the inbox is filtered by userid, chatid and key, not by %q", name)
		}
	}
	return InboxFilter{UserID: query.Get("userid"), ChatID: query.Get("chatid"), Key: query.Get("key")}, nil
}

func putFaults(s *Sim, r *http.Request) (any, error) {
	var f Faults
	if err := decode(r, &f); err != nil {
		return nil, err
	}
	err := s.SetFaults(f)
	return s.presentFaults(), err
}

func (s *Sim) presentFaults() Faults {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.faults.faults
}

// clockView is the clock as the control API shows it.
type clockView struct {
	Time            time.Time `json:"time"`
	AdvancedSeconds float64   `json:"advanced_seconds"` // in all, since the start or the last reset
}

func (s *Sim) presentTime() clockView {
	return clockView{s.clock.Now(), s.clock.advanced().Seconds()}
}

func postClock(s *Sim, r *http.Request) (any, error) {
	var body struct {
		AdvanceSeconds *float64 `json:"advance_seconds"`
	}
	if err := decode(r, &body); err != nil {
		return nil, err
	}
	const century = 100 * 365 * 24 * 3600
	if body.AdvanceSeconds == nil || *body.AdvanceSeconds < 0 || *body.AdvanceSeconds > century {
		return nil, errors.New("advance_seconds must be a number of seconds, not negative and at most a century")
	}
	s.clock.Advance(time.Duration(*body.AdvanceSeconds * float64(time.Second)))
	return s.presentTime(), nil
}
