package event

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/fault"
)

// The keys of an envelope.
const (
	keyAction     = "action"
	keyConnection = "connection"
	keyInput      = "input"
)

var envelopeKeys = []string{keyAction, keyConnection, keyInput}

// Invoke runs the action that a payload asks for: an envelope or, in a deployment limited to one action, its input.
// Its error is always a *fault.Error; a panic is one, too.
func (h *Handler) Invoke(ctx context.Context, payload []byte, call Call) (result core.Result, err error) {
	call = call.identified()
	defer h.caught(ctx, call, &err)
	request := core.Request{Action: call.Action, RequestID: call.RequestID, TraceID: call.TraceID, Caller: call.Caller, AtLeastOnce: call.AtLeastOnce}
	if h.connector.Err() == nil { // else the core says what is wrong, whatever the payload
		if err := h.read(payload, &request); err != nil {
			return core.Result{}, h.refuse(ctx, call, Direct, err)
		}
		if err := h.checkInput(&request); err != nil {
			return core.Result{}, h.refuse(ctx, call, Direct, err)
		}
	}
	ctx, cancel := h.within(ctx, h.timeoutOf(request.Action))
	defer cancel()
	return h.connector.Invoke(ctx, request)
}

// read fills a request from a payload. The request has the action that the event is limited to, if there is one.
func (h *Handler) read(payload []byte, request *core.Request) *fault.Error {
	if e := h.checkSize(payload); e != nil {
		return e
	}
	o, ok := parse(payload)
	only := request.Action
	sole := cmp.Or(only, h.connector.Sole())
	if sole != "" {
		request.Action = sole
		if !o.has(keyInput) {
			request.Input = payload // the core says what is wrong with it, if it is no object at all
			return nil
		}
	}
	if !ok {
		return notAnEnvelope(payload)
	}
	var violations []fault.Violation
	given := o.member(keyAction, &violations)
	if given != "" {
		request.Action = given
	} else if sole == "" && len(violations) == 0 {
		violations = append(violations, missing(keyAction, "the id of an action", "action is required: this deployment runs several; GET /actions or the README lists them."))
	}
	request.Connection = o.member(keyConnection, &violations)
	if request.Input = o.get(keyInput); request.Input == nil {
		violations = append(violations, missing(keyInput, "one JSON object", "input is required; it may be {}."))
	}
	if violations = append(o.checkKeys(), violations...); len(violations) > 0 {
		return explained(violations)
	}
	if only != "" && request.Action != only {
		return fault.New(fault.Forbidden, "This function runs %s alone.", only).Because("action").
			WithHint("Leave action out, or send the event to a function that runs what it names.")
	}
	return nil
}

// checkSize refuses what no action takes, before it costs anything.
func (h *Handler) checkSize(payload []byte) *fault.Error {
	if len(payload) <= h.options.MaxInput {
		return nil
	}
	return fault.New(fault.TooLarge, "The event has %d bytes; at most %d are taken.", len(payload), h.options.MaxInput).
		Because("payload_too_large").WithHint(linkInstead)
}

// linkInstead is what to do with a file that is too large.
const linkInstead = "Give a file by a link (url) in place of its content."

// checkInput refuses what the HTTP face would refuse of the action.
func (h *Handler) checkInput(request *core.Request) *fault.Error {
	called := h.connector.Lookup(request.Action)
	if called == nil || int64(len(request.Input)) <= called.MaxInput() {
		return nil // the core says that there is no such action
	}
	e := fault.New(fault.TooLarge, "The input has %d bytes; %s takes at most %d.", len(request.Input), called.ID, called.MaxInput()).
		Because("payload_too_large")
	e.Action = called.ID
	if called.TakesFiles() {
		e.WithHint(linkInstead)
	}
	return e
}

// timeoutOf bounds a call of the action.
func (h *Handler) timeoutOf(id string) time.Duration {
	if called := h.connector.Lookup(id); called != nil {
		return called.Timeout()
	}
	return core.DefaultTimeout
}

// form is what every refusal of an envelope says to do.
const form = `Send {"action":"message.text.send","connection":"default","input":{...}}; connection may be left out.`

func explained(violations []fault.Violation) *fault.Error {
	return fault.Invalid(violations...).WithHint(form)
}

func notAnEnvelope(payload []byte) *fault.Error {
	given := fmt.Sprintf("%d bytes", len(payload))
	detail := "The event is not a JSON object in UTF-8."
	if len(bytes.TrimSpace(payload)) == 0 {
		given, detail = "nothing", "The event is empty."
	}
	return explained([]fault.Violation{{Rule: fault.RuleFormat, Limit: "one JSON object in UTF-8", Given: given, Detail: detail}})
}

// checkKeys reports keys that no envelope has, and keys that stand twice.
func (o object) checkKeys() []fault.Violation {
	var violations []fault.Violation
	seen := make(map[string]bool, len(envelopeKeys))
	for _, m := range o {
		switch {
		case m.key != keyAction && m.key != keyConnection && m.key != keyInput:
			violations = append(violations, action.UnknownKey("", m.key, envelopeKeys))
		case seen[m.key]:
			violations = append(violations, fault.Violation{
				Field: "/" + m.key, Rule: fault.RuleDuplicate, Limit: "once", Given: "twice", Detail: m.key + " stands twice in the event; give it once.",
			})
		}
		seen[m.key] = true
	}
	return violations
}

func missing(key, limit, detail string) fault.Violation {
	return fault.Violation{Field: "/" + key, Rule: fault.RuleRequired, Limit: limit, Given: "nothing", Detail: detail}
}

// member is the string of a key; "" where it is absent or null.
func (o object) member(key string, violations *[]fault.Violation) string {
	value := o.get(key)
	if value == nil || isNull(value) {
		return ""
	}
	given, ok := text(value)
	if !ok {
		*violations = append(*violations, fault.Violation{
			Field: "/" + key, Rule: fault.RuleType, Limit: "a string", Given: fmt.Sprintf("%d bytes of another type", len(value)), Detail: key + " must be a string.",
		})
	}
	return given
}
