// Package lambdaapi is a small AWS Lambda Runtime API on a loopback port, for running a bootstrap as Lambda does: as a
// process of its own that polls for invocations.
//
//	api := lambdaapi.New()
//	defer api.Close()
//	cmd.Env = append(cmd.Env, "AWS_LAMBDA_RUNTIME_API="+api.Address())
//	...
//	answer, err := api.Invoke(ctx, lambdaapi.Invocation{Payload: event})
//
// It keeps to the parts of the API that a runtime uses: next, response, error and init/error. As on Lambda, an answer over
// 6 MB is refused, an invocation is handed out once, and several processes, or one with several pollers, may poll at once.
// What a freeze between invocations does can be tried by stopping the process; the API itself does not freeze it.
//
// It may import local/faas/pollqueue and the standard library.
package lambdaapi

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/wecom-functions/wecom-functions/local/faas/pollqueue"
)

const (
	prefix = "/2018-06-01/runtime/"
	// maxAnswer is what Lambda was seen to take.
	maxAnswer = 6_291_556
	// defaultTimeout is Lambda's own default.
	defaultTimeout = 3 * time.Second
)

// Invocation is one event for the function.
type Invocation struct {
	Payload []byte
	// RequestID is made if it is empty.
	RequestID string
	// Deadline is when the platform's patience ends; three seconds from now if it is zero.
	Deadline time.Time
	// Header adds to the header of the invocation, or replaces what is in it; an empty value removes.
	Header map[string]string
}

// Answer is what the function made of an invocation.
type Answer struct {
	Payload     []byte
	ContentType string
	// Error is what a failure was reported with; nil for a success.
	Error *FunctionError
}

// FunctionError is how a runtime reports a failure.
type FunctionError = pollqueue.FunctionError

// API is a running Runtime API. Its Address is the value of AWS_LAMBDA_RUNTIME_API. A runtime that polls when it is closed
// meets a closed connection, and ends too.
type API struct {
	*pollqueue.Queue[Invocation, Answer]

	mu       sync.Mutex
	failures []FunctionError // of initialisations
}

// New starts an API.
func New() (*API, error) {
	a := &API{Queue: pollqueue.New[Invocation, Answer]()}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+prefix+"invocation/next", a.next)
	mux.HandleFunc("POST "+prefix+"invocation/{id}/response", a.response)
	mux.HandleFunc("POST "+prefix+"invocation/{id}/error", a.failure)
	mux.HandleFunc("POST "+prefix+"init/error", a.initFailure)
	return a, a.Serve(mux)
}

// InitFailures are the failures that runtimes reported before their first poll.
func (a *API) InitFailures() []FunctionError {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]FunctionError{}, a.failures...)
}

// Invoke has a runtime serve the invocation and waits for its answer, or for the context. A failure that the runtime
// reports is part of the answer; the error is for what never came back.
func (a *API) Invoke(ctx context.Context, i Invocation) (Answer, error) {
	i.RequestID = cmp.Or(i.RequestID, newID())
	if i.Deadline.IsZero() {
		i.Deadline = time.Now().Add(defaultTimeout)
	}
	return a.Queue.Invoke(ctx, i.RequestID, i)
}

// newID looks like Lambda's ids.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it never fails
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// next hands out an invocation as soon as there is one.
func (a *API) next(w http.ResponseWriter, r *http.Request) {
	i, ok := a.Next(r.Context())
	if !ok {
		return
	}
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Lambda-Runtime-Aws-Request-Id", i.RequestID)
	header.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(i.Deadline.UnixMilli(), 10))
	header.Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-central-1:222222222222:function:wecom")
	header.Set("Lambda-Runtime-Trace-Id", "Root=1-65f0c1aa-0a1b2c3d4e5f60718293a4b5;Parent=53995c3f42cd8ad8;Sampled=1")
	pollqueue.Write(w, i.Header, i.Payload)
}

func (a *API) response(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxAnswer+1))
	if err != nil {
		refuse(w, http.StatusBadRequest, "InvalidRequest")
		return
	}
	answer, tooLarge := Answer{Payload: body, ContentType: r.Header.Get("Content-Type")}, len(body) > maxAnswer
	if tooLarge {
		answer = Answer{Error: &FunctionError{Type: "Function.ResponseSizeTooLarge", Message: "Response payload size exceeded maximum allowed payload size (6291556 bytes)."}}
	}
	switch {
	case !a.Answer(r.PathValue("id"), answer):
		refuse(w, http.StatusBadRequest, "InvalidRequestID")
	case tooLarge:
		refuse(w, http.StatusRequestEntityTooLarge, "RequestEntityTooLarge")
	default:
		w.WriteHeader(http.StatusAccepted)
	}
}

func (a *API) failure(w http.ResponseWriter, r *http.Request) {
	reported, body, err := pollqueue.ReadFailure(r, maxAnswer)
	switch {
	case err != nil:
		refuse(w, http.StatusBadRequest, "InvalidRequest")
	case !a.Answer(r.PathValue("id"), Answer{Payload: body, ContentType: r.Header.Get("Content-Type"), Error: reported}):
		refuse(w, http.StatusBadRequest, "InvalidRequestID")
	default:
		w.WriteHeader(http.StatusAccepted)
	}
}

func (a *API) initFailure(w http.ResponseWriter, r *http.Request) {
	reported, _, err := pollqueue.ReadFailure(r, maxAnswer)
	if err != nil {
		refuse(w, http.StatusBadRequest, "InvalidRequest")
		return
	}
	a.mu.Lock()
	a.failures = append(a.failures, *reported)
	a.mu.Unlock()
	w.WriteHeader(http.StatusAccepted)
}

func refuse(w http.ResponseWriter, status int, kind string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(FunctionError{Type: kind, Message: kind})
}
