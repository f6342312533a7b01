package event

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

// acknowledged is the answer to a trigger that waits for no result.
var acknowledged = []byte("null")

// Deliver runs the call in a payload of a trigger that delivers at least once. Its error says that another delivery
// can do some good, or that the payload belongs into a dead-letter queue.
//
// A call whose outcome is unknown is not delivered again: WeCom may have carried it out, and has no duplicate check for
// it, or the core would have repeated it. It ends here, as an error in the log.
func (h *Handler) Deliver(ctx context.Context, payload []byte, call Call) error {
	call = call.identified()
	call.AtLeastOnce = true
	_, err := h.Invoke(ctx, payload, call)
	if h.ends(ctx, err, call) {
		return nil
	}
	return err
}

// ends tells of a failure that it must not be reported, lest the call be delivered again; that it failed stands in the
// log then.
func (h *Handler) ends(ctx context.Context, err error, call Call) bool {
	if !errors.Is(err, fault.OutcomeUnknown) {
		return false
	}
	h.connector.Logger().LogAttrs(ctx, slog.LevelError, "acknowledged although its outcome is unknown: it will not be delivered again",
		slog.String("action", fault.From(err).Action), slog.String("request_id", call.RequestID))
	return true
}

// topic is how a service writes the messages of its topics.
type topic struct{ records, body, id, message string }

var (
	sns = topic{"Records", "Sns", "MessageId", "Message"}
	smn = topic{"record", "smn", "message_id", "message"}
)

// notifications runs the calls in the messages of a topic. They come one at a time; of several, all are tried once.
func (h *Handler) notifications(ctx context.Context, o object, shape Shape, call Call) ([]byte, error) {
	of := sns
	if shape == SMN {
		of = smn
	}
	var failed error
	for i, raw := range elements(o.get(of.records)) {
		record, _ := members(raw)
		body := record.object(of.body)
		pointer := fmt.Sprintf("/%s/%d/%s/%s", of.records, i, of.body, of.message)
		failed = cmp.Or(failed, h.deliverText(ctx, body.get(of.message), shape, pointer, call.named(body.text(of.id))))
	}
	if failed != nil {
		return nil, failed
	}
	return acknowledged, nil
}

// happening runs the call in an event of EventBridge, or of a schedule. EventBridge Scheduler writes the detail as text.
func (h *Handler) happening(ctx context.Context, o object, call Call) ([]byte, error) {
	call = call.named(o.text("id"))
	detail := o.get("detail")
	if written, ok := text(detail); ok {
		detail = []byte(written)
	}
	if err := h.Deliver(ctx, detail, call); err != nil {
		return nil, err
	}
	return acknowledged, nil
}

// alarm runs the call in the text that was given to a timer. FunctionGraph waits for the result and does not repeat it;
// SCF and Function Compute invoke asynchronously, and again after a failure.
func (h *Handler) alarm(ctx context.Context, o object, shape Shape, call Call) ([]byte, error) {
	key := "user_event"
	switch shape {
	case SCFTimer:
		key, call.AtLeastOnce = "Message", true
	case FCTimer:
		key, call.AtLeastOnce = "payload", true
	}
	payload, ok := text(o.get(key))
	if !ok {
		return nil, h.refuse(ctx, call, shape, noText("/"+key))
	}
	return h.direct(ctx, []byte(payload), call)
}

// deliverText runs the call in the text that a record carries at the pointer.
func (h *Handler) deliverText(ctx context.Context, raw []byte, shape Shape, pointer string, call Call) error {
	if payload, ok := text(raw); ok {
		return h.Deliver(ctx, []byte(payload), call)
	}
	return h.refuse(ctx, call, shape, noText(pointer))
}

func noText(pointer string) *fault.Error {
	return explained([]fault.Violation{{
		Field: pointer, Rule: fault.RuleType, Limit: "a string", Given: "nothing, or another type", Detail: pointer + " must be the envelope as a string.",
	}})
}
