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
// It may import local/faas/pollqueue and the standard library.
package scfapi

import (
	"cmp"
	"context"
	"crypto/rand"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/wecom-functions/wecom-functions/local/faas/pollqueue"
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
	*pollqueue.Queue[Invocation, Answer]

	ready chan struct{} // closed once the runtime is
	once  sync.Once
}

// New starts an API.
func New() (*API, error) {
	a := &API{Queue: pollqueue.New[Invocation, Answer](), ready: make(chan struct{})}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+prefix+"init/ready", a.initReady)
	mux.HandleFunc("GET "+prefix+"invocation/next", a.next)
	mux.HandleFunc("POST "+prefix+"invocation/response", func(w http.ResponseWriter, r *http.Request) { a.answer(w, r, false) })
	mux.HandleFunc("POST "+prefix+"invocation/error", func(w http.ResponseWriter, r *http.Request) { a.answer(w, r, true) })
	return a, a.Serve(mux)
}

// Environment are the variables that lead a runtime here.
func (a *API) Environment() []string {
	host, port, _ := net.SplitHostPort(a.Address()) // the listener's own
	return []string{"SCF_RUNTIME_API=" + host, "SCF_RUNTIME_API_PORT=" + port}
}

// Invoke has a runtime serve the event and waits for its answer, or for the context.
func (a *API) Invoke(ctx context.Context, i Invocation) (Answer, error) {
	i.RequestID, i.Limit = cmp.Or(i.RequestID, rand.Text()), cmp.Or(i.Limit, defaultLimit)
	return a.Queue.Invoke(ctx, i.RequestID, i)
}

func (a *API) initReady(w http.ResponseWriter, r *http.Request) {
	if body, err := io.ReadAll(r.Body); err != nil || len(body) == 0 { // as SCF was seen to do
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	a.once.Do(func() { close(a.ready) })
}

// next hands out the event that is under way, or waits for one.
func (a *API) next(w http.ResponseWriter, r *http.Request) {
	select {
	case <-a.ready:
	case <-r.Context().Done(): // the runtime is gone
		return
	}
	i, ok := a.Again(r.Context())
	if !ok {
		return
	}
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header["Request_id"] = []string{i.RequestID}
	header["Memory_limit_in_mb"] = []string{"128"}
	header["Time_limit_in_ms"] = []string{strconv.FormatInt(i.Limit.Milliseconds(), 10)}
	pollqueue.Write(w, i.Header, i.Payload)
}

// answer gives an answer to whoever waits for it. The first one stands; after it there is nothing to answer.
func (a *API) answer(w http.ResponseWriter, r *http.Request, failed bool) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxAnswer+1))
	if err != nil || len(body) > maxAnswer {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	if !a.AnswerFirst(Answer{Payload: body, Failed: failed}) {
		w.WriteHeader(http.StatusBadRequest)
	}
}
