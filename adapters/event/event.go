package event

import (
	"cmp"
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/core/rawjson"
)

// The limits of a Handler whose Options say nothing else.
const (
	// DefaultMaxAnswer is below the 6 MB that Lambda, FunctionGraph and SCF take. Lambda ends a process that goes over.
	DefaultMaxAnswer = 6 << 20
	// DefaultReserve is what is kept of the platform's deadline for the way back.
	DefaultReserve = 250 * time.Millisecond
)

// Options adjust a Handler. HTTP is required where the dialect has events of HTTP; the rest is fit for use as it is.
type Options struct {
	Dialect Dialect
	// HTTP serves what came over HTTP: the HTTP face of the same connector.
	HTTP http.Handler
	// MaxAnswer bounds an answer in bytes; 0 for DefaultMaxAnswer.
	MaxAnswer int
	// MaxInput bounds an event in bytes; 0 for what the platform passes on, as its dialect knows.
	MaxInput int
	// Timeout bounds each call, where its action may take longer; 0 for none.
	Timeout time.Duration
	// Reserve is how long before the context's deadline a call ends; 0 for DefaultReserve.
	Reserve time.Duration
}

func (o Options) withDefaults() Options {
	o.MaxAnswer = cmp.Or(o.MaxAnswer, DefaultMaxAnswer)
	o.MaxInput = cmp.Or(o.MaxInput, o.Dialect.maxEvent())
	o.Reserve = cmp.Or(o.Reserve, DefaultReserve)
	return o
}

// Handler serves the events of one deployment. It is safe for concurrent use and keeps nothing between events.
type Handler struct {
	connector *core.Connector
	options   Options
	inFlight  atomic.Int64 // bytes of posted events
}

// New makes a Handler for a connector.
func New(c *core.Connector, o Options) *Handler {
	return &Handler{connector: c, options: o.withDefaults()}
}

// Call is what the platform says of an event beside its bytes.
type Call struct {
	// RequestID is the platform's id of the invocation; one is made if it is empty, or not fit for a log. Records and
	// requests with an id of their own keep that.
	RequestID string
	// TraceID is the id of the trace that the invocation belongs to, for the log; may be empty.
	TraceID string
	// Caller is the name of who sent the event, for the log; may be empty.
	Caller string
	// AtLeastOnce: the event may be delivered again. Serve knows it of queues, topics and the like by itself.
	AtLeastOnce bool
	// Action is the id of the only action that the event may run; empty where it is all of the deployment's.
	Action string
}

// identified makes sure that answers and log lines name the same id, and nothing that somebody put into its place: whoever
// may invoke a function directly writes its events.
func (c Call) identified() Call {
	if !core.ValidRequestID(c.RequestID) {
		c.RequestID = rand.Text()
	}
	if !core.ValidRequestID(c.TraceID) {
		c.TraceID = ""
	}
	return c
}

// named is the call under an id that the event itself has for it, where that is one.
func (c Call) named(id string) Call {
	if core.ValidRequestID(id) {
		c.RequestID = id
	}
	return c
}

// Serve answers one event. Its error is always a *fault.Error, and never about something that came over HTTP.
func (h *Handler) Serve(ctx context.Context, raw []byte, call Call) (answer []byte, err error) {
	call = call.identified()
	defer h.caught(ctx, call, &err) // the last resort: a panic would end the process
	o, ok := parse(raw)
	if !ok {
		return h.direct(ctx, raw, call)
	}
	shape := h.options.Dialect.shape(o)
	if e := h.checkSize(raw); e != nil {
		return h.tooLarge(ctx, o, shape, call, e)
	}
	switch {
	case shape.isHTTP():
		return h.serveHTTP(ctx, o, shape, call), nil
	case shape == SQS:
		return h.batch(ctx, o, call)
	case shape == SNS, shape == SMN:
		return h.notifications(ctx, o, shape, call)
	case shape == EventBridge:
		return h.happening(ctx, o, call)
	case shape == AzureTrigger:
		return h.triggered(ctx, o, call)
	case shape == MNS:
		return h.notified(ctx, o, call)
	case shape == FGTimer, shape == SCFTimer, shape == FCTimer:
		return h.alarm(ctx, o, shape, call)
	default:
		return h.direct(ctx, raw, call)
	}
}

// tooLarge answers an event that is too large.
func (h *Handler) tooLarge(ctx context.Context, o object, shape Shape, call Call, e *fault.Error) ([]byte, error) {
	if shape.isHTTP() {
		return h.problem(ctx, call, shape, e).encode(o, shape), nil
	}
	return nil, h.refuse(ctx, call, shape, e)
}

// direct answers an invocation with its result.
func (h *Handler) direct(ctx context.Context, raw []byte, call Call) ([]byte, error) {
	result, err := h.Invoke(ctx, raw, call)
	if call.AtLeastOnce && h.ends(ctx, err, call) {
		return acknowledged, nil
	}
	if err != nil {
		return nil, err
	}
	answer, err := rawjson.Marshal(result)
	if err == nil && len(answer) > h.options.MaxAnswer {
		err = answerTooLarge(len(answer), h.options.MaxAnswer)
	}
	if err != nil {
		return nil, h.refuse(ctx, call, Direct, err)
	}
	return answer, nil
}

func answerTooLarge(size, limit int) *fault.Error {
	return fault.New(fault.TooLarge, "The answer has %d bytes, and the platform passes on at most %d. The action was carried out.", size, limit).
		Because("answer_too_large").WithHint("Ask for less at once: member.list takes a limit and a cursor.")
}

// within bounds a context by the limit of a call and by the platform's deadline, less what the way back takes.
func (h *Handler) within(ctx context.Context, timeout time.Duration) (context.Context, context.CancelFunc) {
	end := time.Now().Add(min(timeout, cmp.Or(h.options.Timeout, timeout)))
	if deadline, has := ctx.Deadline(); has {
		if deadline = deadline.Add(-h.options.Reserve); deadline.Before(end) {
			end = deadline
		}
	}
	return context.WithDeadline(ctx, end)
}

// refuse writes the log line of an event that never became a call, and returns why as what Serve returns; a call's own
// line is the core's.
func (h *Handler) refuse(ctx context.Context, call Call, shape Shape, err error) error {
	e := fault.From(err)
	e.RequestID = call.RequestID
	attrs := []slog.Attr{
		slog.String("shape", string(shape)), slog.String("kind", string(e.Kind)), slog.String("reason", e.Reason),
		slog.String("request_id", call.RequestID),
	}
	level := slog.LevelInfo
	if e.Cause != nil {
		level, attrs = slog.LevelError, append(attrs, slog.String("cause", e.Cause.Error()))
	}
	h.connector.Logger().LogAttrs(ctx, level, "event", attrs...)
	return e
}

// caught turns a panic into an error. It must be deferred itself. The stack goes to the log alone.
func (h *Handler) caught(ctx context.Context, call Call, err *error) {
	value := recover()
	if value == nil {
		return
	}
	e := fault.Panicked(value)
	e.RequestID = call.RequestID
	*err = e
	defer func() { _ = recover() }() // the logger itself may be what panicked
	h.connector.Logger().LogAttrs(ctx, slog.LevelError, "panic", slog.String("request_id", call.RequestID),
		slog.String("cause", e.Cause.Error()), slog.String("stack", string(debug.Stack())))
}
