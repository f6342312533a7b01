package event

import "context"

// alibabaShape knows the triggers of Function Compute that carry a text of the user's.
func alibabaShape(o object) Shape {
	switch {
	case o.has("triggerName") && o.has("triggerTime") && o.has("payload"):
		return FCTimer
	case o.has("TopicName") && o.has("MessageId") && o.has("Message"):
		return MNS
	default:
		return Direct
	}
}

// notified runs the call in the message that was published to a topic.
func (h *Handler) notified(ctx context.Context, o object, call Call) ([]byte, error) {
	if err := h.deliverText(ctx, o.get("Message"), MNS, "/Message", call.named(o.text("MessageId"))); err != nil {
		return nil, err
	}
	return acknowledged, nil
}
