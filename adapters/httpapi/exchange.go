package httpapi

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

// exchange is one request and the way to answer it.
type exchange struct {
	w       http.ResponseWriter
	r       *http.Request
	id      string
	started time.Time
	caller  string // the name of the caller's API key
	limits  limits
	body    incoming
	// answered: an answer has begun, and no other can be given.
	answered bool
}

// identify gives the exchange its id, which its answer carries.
func (x *exchange) identify(id string) {
	x.id = id
	x.w.Header()["X-Request-Id"] = []string{id}
}

// The values of headers that never change, so that an answer allocates nothing for them.
var (
	typeJSON    = []string{"application/json; charset=utf-8"}
	typeProblem = []string{fault.ContentType}
	noStore     = []string{"no-store"}
	noSniff     = []string{"nosniff"}
	bearer      = []string{"Bearer"}
)

// write answers at once: with its length known, net/http sends header and body together.
func (x *exchange) write(status int, contentType []string, body []byte) {
	x.answered = true
	header := x.w.Header()
	header["Content-Type"] = contentType
	header["Content-Length"] = []string{strconv.Itoa(len(body))}
	header["Cache-Control"] = noStore
	header["X-Content-Type-Options"] = noSniff
	x.w.WriteHeader(status)
	_, _ = x.w.Write(body) // it fails only where the client is gone, and then there is nobody to tell
}

// writeNothing answers with a success that has no body.
func (x *exchange) writeNothing() {
	x.answered = true
	header := x.w.Header()
	header["Cache-Control"] = noStore
	header["X-Content-Type-Options"] = noSniff
	x.w.WriteHeader(http.StatusNoContent)
}

// problem answers with a failure.
func (x *exchange) problem(e *fault.Error) {
	e.RequestID = x.id
	x.drain()
	header := x.w.Header()
	if e.RetryAfter > 0 {
		seconds := (e.RetryAfter + time.Second - 1) / time.Second
		header["Retry-After"] = []string{strconv.FormatInt(int64(seconds), 10)}
	}
	if e.Kind == fault.Unauthenticated {
		header["Www-Authenticate"] = bearer
	}
	x.write(e.HTTPStatus(), typeProblem, e.JSON())
}

const (
	beyond    = 1 << 20 // how much more than its limit is read of a body
	drainTime = 2 * time.Second
)

// drain reads on, within bounds, what the client is still sending. A connection that is closed before unread bytes is
// reset, and the client loses the answer with it.
func (x *exchange) drain() {
	waits := !x.body.begun.Load() && strings.EqualFold(x.r.Header.Get("Expect"), "100-continue") // and sends nothing unless it is told to
	if x.body.over.Swap(true) || x.r.ContentLength == 0 || waits {
		return
	}
	_ = http.NewResponseController(x.w).SetReadDeadline(time.Now().Add(drainTime))   // where that is not supported, the server's holds
	_, _ = io.CopyN(io.Discard, x.r.Body, max(x.limits.body, DefaultMaxBody)+beyond) // whatever it meets, the answer follows
}

// refusal is a request that cannot be taken as HTTP: InvalidInput with a status and reason of its own.
func refusal(status int, reason, detail string) *fault.Error {
	e := fault.New(fault.InvalidInput, "%s", detail).Because(reason)
	e.Status = status
	return e
}
