package event

import (
	"context"
	"encoding/base64"
	"fmt"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

// PubSub is a message of Google's Pub/Sub, as it stands in a CloudEvent.
const PubSub Shape = "pubsub"

// published is the type of the CloudEvents that bring messages of Pub/Sub.
const published = "google.cloud.pubsub.topic.v1.messagePublished"

// DeliverCloudEvent runs the call in a CloudEvent as Deliver does: the data is the payload or, where the event is of
// the kind that Pub/Sub sends, a message that holds it.
func (h *Handler) DeliverCloudEvent(ctx context.Context, kind string, data []byte, call Call) (err error) {
	if kind != published {
		return h.Deliver(ctx, data, call)
	}
	call = call.identified()
	defer h.caught(ctx, call, &err)
	payload, e := messageData(data)
	if e != nil && h.connector.Err() == nil { // else the core says what is wrong, whatever the message
		return h.refuse(ctx, call, PubSub, e)
	}
	return h.Deliver(ctx, payload, call)
}

// messageData is what was published: {"message":{"data":"base64","messageId":"..."},"subscription":"..."}.
func messageData(data []byte) ([]byte, *fault.Error) {
	o, ok := parse(data)
	if !ok {
		return nil, notAnEnvelope(data)
	}
	raw := o.object("message").get("data")
	encoded, isText := text(raw)
	if raw != nil && !isNull(raw) && !isText {
		return nil, wrongData(fault.RuleType, fmt.Sprintf("%d bytes of another type", len(raw)), "is no string")
	}
	if encoded == "" {
		return nil, wrongData(fault.RuleRequired, "nothing", "is missing: attributes alone say nothing here")
	}
	payload, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return nil, wrongData(fault.RuleFormat, fmt.Sprintf("%d characters", len(encoded)), "is not base64")
	}
	return payload, nil
}

func wrongData(rule fault.Rule, given, what string) *fault.Error {
	return explained([]fault.Violation{{
		Field: "/message/data", Rule: rule, Limit: "the envelope, in base64", Given: given,
		Detail: "The data of the Pub/Sub message " + what + ".",
	}})
}
