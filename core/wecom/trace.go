package wecom

import (
	"context"
	"fmt"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

// Trace gathers what a call's log line and result say beside the answer. A nil Trace gathers nothing.
type Trace struct {
	// Attempts counts the requests that were made for the action, those for tokens excluded.
	Attempts int
	// Errcode is WeCom's last one.
	Errcode int64
	// Partial: WeCom accepted the message but named recipients that it refused.
	Partial  bool
	Warnings []fault.Warning
}

type traceKey struct{}

// WithTrace makes every call under the context report to t. It is for one action at a time.
func WithTrace(ctx context.Context, t *Trace) context.Context {
	return context.WithValue(ctx, traceKey{}, t)
}

// TraceOf returns the context's Trace, or nil.
func TraceOf(ctx context.Context) *Trace {
	t, _ := ctx.Value(traceKey{}).(*Trace)
	return t
}

// Warn adds a warning to the result. The field is a JSON Pointer; "" is the whole input.
func (t *Trace) Warn(field string, rule fault.Rule, format string, args ...any) {
	if t != nil {
		t.Warnings = append(t.Warnings, fault.Warning{Field: field, Rule: rule, Detail: fmt.Sprintf(format, args...)})
	}
}

// Refused marks the result as partial.
func (t *Trace) Refused(format string, args ...any) {
	if t != nil {
		t.Partial = true
		t.Warn("", fault.RuleRecipientsRefused, format, args...)
	}
}

func (t *Trace) attempt() {
	if t != nil {
		t.Attempts++
	}
}

func (t *Trace) answered(errcode int64) {
	if t != nil {
		t.Errcode = errcode
	}
}
