package httpapi

import (
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

// refuse answers a request that never became a call, and writes its log line; a call's own line is the core's.
func (h *handler) refuse(x *exchange, err error) {
	e := fault.From(err)
	attrs := x.attrs(e)
	if e.Cause != nil {
		attrs = append(attrs, slog.String("cause", e.Cause.Error()))
	}
	h.connector.Logger().LogAttrs(x.r.Context(), severity(e), "request", attrs...)
	x.problem(e)
}

func (x *exchange) attrs(e *fault.Error) []slog.Attr {
	attrs := []slog.Attr{
		slog.Int("status", e.HTTPStatus()), slog.String("kind", string(e.Kind)), slog.String("reason", e.Reason),
		slog.String("method", Shown(x.r.Method)), slog.String("path", Shown(x.r.URL.Path)),
		slog.Float64("ms", float64(time.Since(x.started).Microseconds())/1000), slog.String("request_id", x.id),
	}
	if x.caller != "" {
		attrs = append(attrs, slog.String("caller", x.caller))
	}
	if trace := traceID(x.r.Header); trace != "" {
		attrs = append(attrs, slog.String("trace_id", trace))
	}
	return attrs
}

const maxShown = 128

// Shown is a part of the request as a log may repeat it: short and printable, or not at all.
func Shown(s string) string {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return "(not printable)"
		}
	}
	if len(s) > maxShown {
		return "(too long)"
	}
	return s
}

func severity(e *fault.Error) slog.Level {
	switch {
	case e.HTTPStatus() >= http.StatusInternalServerError:
		return slog.LevelError
	case e.Kind == fault.RateLimited, e.Kind == fault.Unauthenticated:
		return slog.LevelWarn
	default:
		return slog.LevelInfo
	}
}

// recover turns a panic into an answer. It must be deferred itself. The stack goes to the log alone.
func (h *handler) recover(x *exchange) {
	value := recover()
	if value == nil {
		return
	}
	if value == http.ErrAbortHandler {
		panic(value) // net/http's own way to end a request
	}
	e := fault.Panicked(value)
	h.logPanic(x, e, string(debug.Stack()))
	if !x.answered {
		x.problem(e)
	}
}

// logPanic writes the line of a panic. The logger itself may be what panicked; then the answer must go out without.
func (h *handler) logPanic(x *exchange, e *fault.Error, stack string) {
	defer func() { _ = recover() }()
	attrs := append(x.attrs(e), slog.String("cause", e.Cause.Error()), slog.String("stack", stack))
	h.connector.Logger().LogAttrs(x.r.Context(), slog.LevelError, "panic", attrs...)
}
