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
	call.AtLeastOnce = true
	_, err := h.Invoke(ctx, payload, call)
	if errors.Is(err, fault.OutcomeUnknown) {
		h.connector.Logger().LogAttrs(ctx, slog.LevelError, "acknowledged although its outcome is unknown: it will not be delivered again",
			slog.String("action", fault.From(err).Action), slog.String("request_id", call.RequestID))
		return nil
	}
	return err
}

// notifications runs the calls in the messages of SNS. SNS sends one at a time; of several, all are tried once.
func (h *Handler) notifications(ctx context.Context, o object, call Call) ([]byte, error) {
	var failed error
	for i, raw := range elements(o.get("Records")) {
		record, _ := members(raw)
		sns := record.object("Sns")
		own := call
		own.RequestID = cmp.Or(sns.text("MessageId"), call.RequestID)
		failed = cmp.Or(failed, h.deliverText(ctx, sns.get("Message"), SNS, fmt.Sprintf("/Records/%d/Sns/Message", i), own))
	}
	if failed != nil {
		return nil, failed
	}
	return acknowledged, nil
}

// happening runs the call in an event of EventBridge, or of a schedule. EventBridge Scheduler writes the detail as text.
func (h *Handler) happening(ctx context.Context, o object, call Call) ([]byte, error) {
	call.RequestID = cmp.Or(o.text("id"), call.RequestID)
	detail := o.get("detail")
	if written, ok := text(detail); ok {
		detail = []byte(written)
	}
	if err := h.Deliver(ctx, detail, call); err != nil {
		return nil, err
	}
	return acknowledged, nil
}

// deliverText runs the call in the text that a record carries at the pointer.
func (h *Handler) deliverText(ctx context.Context, raw []byte, shape Shape, pointer string, call Call) error {
	if payload, ok := text(raw); ok {
		return h.Deliver(ctx, []byte(payload), call)
	}
	return h.refuse(ctx, call, shape, explained([]fault.Violation{{
		Field: pointer, Rule: fault.RuleType, Limit: "a string", Given: "nothing, or another type", Detail: pointer + " must be the envelope as a string.",
	}}))
}
