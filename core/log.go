package core

import (
	"context"
	"log/slog"
	"time"

	"github.com/wecom-functions/wecom-functions/core/catalog"
	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

// log writes the one line of a call: action, connection, kind, errcode (where WeCom answered), attempts, ms and
// request_id, besides them caller and trace_id where they are known, and of a failure its reason, cause and what went
// wrong on the way to WeCom. Never its input, and no text of WeCom's.
func (c *Connector) log(ctx context.Context, request Request, trace *wecom.Trace, started time.Time, err error) {
	level, kind := slog.LevelInfo, "ok"
	attrs := make([]slog.Attr, 0, 11)
	if err == nil {
		attrs = append(attrs, slog.Int64("errcode", trace.Errcode))
	} else {
		e := fault.From(err)
		level, kind = severity(e.Kind), string(e.Kind)
		attrs = append(attrs, failureAttrs(e)...)
	}
	name := request.Action
	if catalog.Lookup(name) == nil {
		name = "" // an unknown name is the caller's text and does not belong in a log
	}
	attrs = append(attrs,
		slog.String("action", name), slog.String("connection", request.Connection), slog.String("kind", kind),
		slog.Int("attempts", trace.Attempts), slog.Int64("ms", c.now().Sub(started).Round(time.Millisecond).Milliseconds()),
		slog.String("request_id", request.RequestID))
	if request.Caller != "" {
		attrs = append(attrs, slog.String("caller", request.Caller))
	}
	if request.TraceID != "" {
		attrs = append(attrs, slog.String("trace_id", request.TraceID))
	}
	if handler := c.settings.Logger.Handler(); handler.Enabled(ctx, level) {
		// Without slog's search for the place in the code, which is always this one.
		record := slog.NewRecord(c.now(), level, "call", 0)
		record.AddAttrs(attrs...)
		_ = handler.Handle(ctx, record) // a call is not to fail for its log
	}
}

// failureAttrs is what a log line says of a failure. The detail of others than these can repeat the input.
func failureAttrs(e *fault.Error) []slog.Attr {
	attrs := []slog.Attr{slog.String("reason", e.Reason)}
	switch e.Kind {
	case fault.Unavailable, fault.OutcomeUnknown, fault.ConnectionRejected, fault.Misconfigured:
		attrs = append(attrs, slog.String("detail", e.Detail))
	}
	if e.WeCom != nil {
		attrs = append(attrs, slog.Int64("errcode", e.WeCom.Errcode))
	}
	if e.Cause != nil {
		attrs = append(attrs, slog.String("cause", e.Cause.Error()))
	}
	return attrs
}

// severity is the level of a call's log line: what the deployment's owner must mend is an error.
func severity(kind fault.Kind) slog.Level {
	switch kind {
	case fault.Internal, fault.Misconfigured, fault.ConnectionRejected, fault.OutcomeUnknown:
		return slog.LevelError
	case fault.Unavailable, fault.RateLimited:
		return slog.LevelWarn
	default:
		return slog.LevelInfo
	}
}
