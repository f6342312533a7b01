// Package functiongraphapi is a small runtime API of Huawei FunctionGraph on a loopback port, for running a bootstrap as
// an event function runs it: as a process of its own that polls for events.
//
//	api, err := functiongraphapi.New()
//	defer api.Close()
//	cmd.Env = append(cmd.Env, "RUNTIME_API_ADDR="+api.Address())
//	...
//	answer, err := api.Invoke(ctx, functiongraphapi.Invocation{Payload: event})
//
// It keeps to what FunctionGraph documents: request, response/{id} and error/{id}, the header of an event with the
// temporary keys of the function's agency, and 6 MiB for an answer. An event is handed out once, and answered once.
//
// It may import local/faas/loopback and the standard library.
package functiongraphapi

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/wecom-functions/wecom-functions/local/faas/loopback"
)

const (
	prefix = "/v1/runtime/invocation/"
	// maxAnswer is the default of RUNTIME_MAX_RESP_BODY_SIZE.
	maxAnswer = 6_291_456
	// Canary begins every temporary key in the header of an event; nothing may ever show it.
	Canary = "canary-of-a-temporary-key"
)

// Invocation is one event for the function.
type Invocation struct {
	Payload []byte
	// RequestID is made if it is empty.
	RequestID string
	// Async: nobody waits for the answer, and a failure is invoked again.
	Async bool
	// Header replaces fields of the event's header; an empty value removes one.
	Header map[string]string
}

// Answer is what the function made of an event.
type Answer struct {
	Payload []byte
	// Error is what a failure was reported with; nil for a success.
	Error *FunctionError
}

// FunctionError is how a runtime reports a failure.
type FunctionError struct {
	Type    string `json:"errorType"`
	Message string `json:"errorMessage"`
}

func (e *FunctionError) Error() string { return e.Type + ": " + e.Message }

// API is a running runtime API. Its server can be stopped and resumed; what was handed out can still be answered then.
type API struct {
	*loopback.Server

	queue   chan *invocation
	closed  chan struct{}
	closing sync.Once

	mu      sync.Mutex
	running map[string]*invocation
	polls   int
}

type invocation struct {
	Invocation
	answer chan Answer // holds one
}

// New starts an API. Its Address is the value of RUNTIME_API_ADDR.
func New() (*API, error) {
	a := &API{queue: make(chan *invocation), closed: make(chan struct{}), running: make(map[string]*invocation)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+prefix+"request", a.request)
	mux.HandleFunc("POST "+prefix+"response/{id}", a.response)
	mux.HandleFunc("POST "+prefix+"error/{id}", a.failure)
	var err error
	a.Server, err = loopback.Serve(mux)
	return a, err
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

// Invoke has a runtime serve the event and waits for its answer, or for the context. A failure that the runtime reports
// is part of the answer; the error is for what never came back.
func (a *API) Invoke(ctx context.Context, i Invocation) (Answer, error) {
	one := &invocation{Invocation: i, answer: make(chan Answer, 1)}
	one.RequestID = cmp.Or(one.RequestID, rand.Text())
	select {
	case a.queue <- one:
	case <-a.closed:
		return Answer{}, errClosed
	case <-ctx.Done():
		return Answer{}, fmt.Errorf("no runtime polled: %w", ctx.Err())
	}
	select {
	case answer := <-one.answer:
		return answer, nil
	case <-a.closed:
		return Answer{}, errClosed
	case <-ctx.Done():
		a.take(one.RequestID)
		return Answer{}, fmt.Errorf("the runtime did not answer: %w", ctx.Err())
	}
}

var errClosed = errors.New("the runtime API was closed")

// request hands out an event as soon as there is one.
func (a *API) request(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	a.polls++
	a.mu.Unlock()
	select {
	case one := <-a.queue:
		a.mu.Lock()
		a.running[one.RequestID] = one
		a.mu.Unlock()
		one.writeTo(w)
	case <-r.Context().Done(): // the runtime is gone
	case <-a.closed:
	}
}

func (i *invocation) writeTo(w http.ResponseWriter) {
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("X-Cff-Request-Id", i.RequestID)
	header.Set("X-CFF-Invoke-Type", "sync")
	if i.Async {
		header.Set("X-CFF-Invoke-Type", "async")
	}
	for _, key := range []string{"Access-Key", "Secret-Key", "Security-Token", "Auth-Token"} {
		header.Set("X-CFF-"+key, Canary+"-"+strings.ToLower(key))
	}
	for name, value := range i.Header {
		if value == "" {
			header.Del(name)
			continue
		}
		header.Set(name, value)
	}
	_, _ = w.Write(i.Payload) // where it fails the runtime is gone, and the caller's patience decides
}

// take ends an invocation; nil if there is none of that id.
func (a *API) take(id string) *invocation {
	a.mu.Lock()
	defer a.mu.Unlock()
	one := a.running[id]
	delete(a.running, id)
	return one
}

func (a *API) response(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxAnswer+1))
	switch {
	case err != nil:
		w.WriteHeader(http.StatusBadRequest)
	case len(body) > maxAnswer:
		w.WriteHeader(http.StatusRequestEntityTooLarge)
	default:
		a.answer(w, r, Answer{Payload: body})
	}
}

func (a *API) failure(w http.ResponseWriter, r *http.Request) {
	var reported FunctionError
	body, err := io.ReadAll(io.LimitReader(r.Body, maxAnswer))
	if err != nil || json.Unmarshal(body, &reported) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	a.answer(w, r, Answer{Payload: body, Error: &reported})
}

// answer gives an answer to whoever waits for it.
func (a *API) answer(w http.ResponseWriter, r *http.Request, answer Answer) {
	one := a.take(r.PathValue("id"))
	if one == nil {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	one.answer <- answer
}
