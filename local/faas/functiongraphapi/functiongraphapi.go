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
// It may import local/faas/pollqueue and the standard library.
package functiongraphapi

import (
	"cmp"
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"strings"

	"github.com/wecom-functions/wecom-functions/local/faas/pollqueue"
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
type FunctionError = pollqueue.FunctionError

// API is a running runtime API. Its server can be stopped and resumed; what was handed out can still be answered then.
type API struct {
	*pollqueue.Queue[Invocation, Answer]
}

// New starts an API. Its Address is the value of RUNTIME_API_ADDR.
func New() (*API, error) {
	a := &API{pollqueue.New[Invocation, Answer]()}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+prefix+"request", a.request)
	mux.HandleFunc("POST "+prefix+"response/{id}", a.response)
	mux.HandleFunc("POST "+prefix+"error/{id}", a.failure)
	return a, a.Serve(mux)
}

// Invoke has a runtime serve the event and waits for its answer, or for the context. A failure that the runtime reports
// is part of the answer; the error is for what never came back.
func (a *API) Invoke(ctx context.Context, i Invocation) (Answer, error) {
	i.RequestID = cmp.Or(i.RequestID, rand.Text())
	return a.Queue.Invoke(ctx, i.RequestID, i)
}

// request hands out an event as soon as there is one.
func (a *API) request(w http.ResponseWriter, r *http.Request) {
	i, ok := a.Next(r.Context())
	if !ok {
		return
	}
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
	pollqueue.Write(w, i.Header, i.Payload)
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
	reported, body, err := pollqueue.ReadFailure(r, maxAnswer)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	a.answer(w, r, Answer{Payload: body, Error: reported})
}

// answer gives an answer to whoever waits for it.
func (a *API) answer(w http.ResponseWriter, r *http.Request, answer Answer) {
	if !a.Answer(r.PathValue("id"), answer) {
		w.WriteHeader(http.StatusNotFound)
	}
}
