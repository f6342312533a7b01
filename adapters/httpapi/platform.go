package httpapi

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/wecom-functions/wecom-functions/core"
)

// Platform is how a function platform marks the requests that it passes on.
type Platform struct {
	// Prefix begins the names of the header fields that are for the function alone, in canonical form: "X-Cff-". Empty:
	// there are none.
	Prefix string
	// RequestID is the field of its id for the request; Timeout that of the seconds that the function may take. Either may
	// be empty.
	RequestID, Timeout string
	// Reserve is how much of that time is kept for the way back.
	Reserve time.Duration
}

// Behind serves requests that a platform passed on: its id stands in for the caller's own where there is none, its time
// limit holds, and its header fields, with the temporary keys of the function's role, go no further.
func Behind(p Platform, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		inner := r.Clone(r.Context())
		if id := r.Header.Get(p.RequestID); id != "" && !core.ValidRequestID(inner.Header.Get("X-Request-Id")) {
			inner.Header.Set("X-Request-Id", id)
		}
		for name := range inner.Header {
			if p.Prefix != "" && strings.HasPrefix(name, p.Prefix) {
				inner.Header.Del(name)
			}
		}
		if seconds, err := strconv.ParseUint(r.Header.Get(p.Timeout), 10, 31); err == nil && seconds > 0 {
			ctx, cancel := context.WithTimeout(r.Context(), time.Duration(seconds)*time.Second-p.Reserve)
			defer cancel()
			inner = inner.WithContext(ctx)
		}
		next.ServeHTTP(w, inner)
	})
}

// At is a request as if it had been sent to another path.
func At(r *http.Request, path string) *http.Request {
	moved, to := *r, *r.URL
	to.Path, to.RawPath = path, ""
	moved.URL = &to
	return &moved
}
