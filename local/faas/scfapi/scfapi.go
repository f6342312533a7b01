// Package scfapi is a small runtime API of Tencent Cloud SCF on a loopback port, for running a bootstrap as an event
// function with the runtime CustomRuntime runs it: as a process of its own that polls for events.
//
//	api, err := scfapi.New()
//	defer api.Close()
//	cmd.Env = append(cmd.Env, api.Environment()...)
//	...
//	answer, err := api.Invoke(ctx, scfapi.Invocation{Payload: event})
//
// It keeps to what SCF documents. There is no event before the runtime has reported ready. One event is under way at a
// time: who asks again before it is answered gets the same one, and the first answer stands. Answers name no event.
//
// It may import local/faas/loopback and the standard library.
package scfapi

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/wecom-functions/wecom-functions/local/faas/loopback"
)

const (
	prefix = "/runtime/"
	// maxAnswer is what SCF passes on of an answer.
	maxAnswer = 6 << 20
	// defaultLimit is SCF's own default.
	defaultLimit = 3 * time.Second
)

// Invocation is one event for the function.
type Invocation struct {
	Payload []byte
	// RequestID is made if it is empty.
	RequestID string
	// Limit is the function's time limit; three seconds if it is zero.
	Limit time.Duration
	// Header replaces fields of the event's header; an empty value removes one.
	Header map[string]string
}

// Answer is what the function made of an event.
type Answer struct {
	Payload []byte
	// Failed: it was reported as an error.
	Failed bool
}

// API is a running runtime API. Its server can be stopped and resumed; what was handed out can still be answered then.
type API struct {
	*loopback.Server

	turn    chan struct{} // holds one: whose event is under way
	closed  chan struct{}
	closing sync.Once

	mu      sync.Mutex
	ready   bool
	polls   int
	handed  int
	current *invocation
	changed chan struct{} // closed when there is an event, or the runtime is ready
}

type invocation struct {
	Invocation
	answer chan Answer // holds one
}

// New starts an API.
func New() (*API, error) {
	a := &API{turn: make(chan struct{}, 1), closed: make(chan struct{}), changed: make(chan struct{})}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+prefix+"init/ready", a.initReady)
	mux.HandleFunc("GET "+prefix+"invocation/next", a.next)
	mux.HandleFunc("POST "+prefix+"invocation/response", func(w http.ResponseWriter, r *http.Request) { a.answer(w, r, false) })
	mux.HandleFunc("POST "+prefix+"invocation/error", func(w http.ResponseWriter, r *http.Request) { a.answer(w, r, true) })
	var err error
	a.Server, err = loopback.Serve(mux)
	return a, err
}

// Environment are the variables that lead a runtime here.
func (a *API) Environment() []string {
	host, port, _ := net.SplitHostPort(a.Address()) // the listener's own
	return []string{"SCF_RUNTIME_API=" + host, "SCF_RUNTIME_API_PORT=" + port}
}

// Close ends the API, and whatever waits for an answer.
func (a *API) Close() {
	a.closing.Do(func() {
		close(a.closed)
		a.Stop()
	})
}

// Polls counts how often a runtime asked for an event.
func (a *API) Polls() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.polls
}

// Handed counts how often an event was handed out, the same one too.
func (a *API) Handed() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.handed
}

// Invoke has a runtime serve the event and waits for its answer, or for the context.
func (a *API) Invoke(ctx context.Context, i Invocation) (Answer, error) {
	one := &invocation{Invocation: i, answer: make(chan Answer, 1)}
	one.RequestID, one.Limit = cmp.Or(one.RequestID, rand.Text()), cmp.Or(one.Limit, defaultLimit)
	select {
	case a.turn <- struct{}{}:
		defer func() { <-a.turn }()
	case <-ctx.Done():
		return Answer{}, fmt.Errorf("another event is under way: %w", ctx.Err())
	}
	a.change(func() { a.current = one })
	defer a.take()
	select {
	case answer := <-one.answer:
		return answer, nil
	case <-a.closed:
		return Answer{}, errors.New("the runtime API was closed")
	case <-ctx.Done():
		return Answer{}, fmt.Errorf("the runtime did not answer: %w", ctx.Err())
	}
}

// change changes the state and wakes whoever waits for that.
func (a *API) change(to func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	to()
	close(a.changed)
	a.changed = make(chan struct{})
}

func (a *API) initReady(w http.ResponseWriter, r *http.Request) {
	if body, err := io.ReadAll(r.Body); err != nil || len(body) == 0 { // as SCF was seen to do
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	a.change(func() { a.ready = true })
}

// next hands out the event that is under way, or waits for one.
func (a *API) next(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	a.polls++
	for !a.ready || a.current == nil {
		changed := a.changed
		a.mu.Unlock()
		select {
		case <-changed:
		case <-r.Context().Done(): // the runtime is gone
			return
		case <-a.closed:
			return
		}
		a.mu.Lock()
	}
	a.handed++
	one := a.current
	a.mu.Unlock()
	one.writeTo(w)
}

func (i *invocation) writeTo(w http.ResponseWriter) {
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header["Request_id"] = []string{i.RequestID}
	header["Memory_limit_in_mb"] = []string{"128"}
	header["Time_limit_in_ms"] = []string{strconv.FormatInt(i.Limit.Milliseconds(), 10)}
	for name, value := range i.Header {
		if value == "" {
			header.Del(name)
			continue
		}
		header.Set(name, value)
	}
	_, _ = w.Write(i.Payload) // where it fails the runtime is gone, and the caller's patience decides
}

// take ends the event that is under way; nil if there is none.
func (a *API) take() (one *invocation) {
	a.change(func() { one, a.current = a.current, nil })
	return one
}

// answer gives an answer to whoever waits for it. The first one stands; after it there is nothing to answer.
func (a *API) answer(w http.ResponseWriter, r *http.Request, failed bool) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxAnswer+1))
	if err != nil || len(body) > maxAnswer {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	one := a.take()
	if one == nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	one.answer <- Answer{Payload: body, Failed: failed}
}
