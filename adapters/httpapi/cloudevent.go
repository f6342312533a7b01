package httpapi

import (
	"context"
	"net/http"
	"strings"

	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/fault"
)

// Event is what a CloudEvent brings.
type Event struct {
	// Type is the kind of the event, as its producer names it.
	Type string
	// Data is its payload, JSON by what the event says. It is not to be kept: its memory is used again.
	Data []byte
	// Action is the id of the only action that the path lets it run; empty where that is open.
	Action string
	// RequestID is the event's own id where that is fit for a log; else the request's.
	RequestID string
	// TraceID and Caller are for the log; may be empty.
	TraceID, Caller string
}

// The media types of events.
const (
	anyEvent        = "application/cloudevents"
	structuredEvent = "application/cloudevents+json"
	batchOfEvents   = "application/cloudevents-batch"
)

// isEvent tells whether a request is meant as a CloudEvent, whole or broken.
func isEvent(header http.Header) bool {
	return hasPrefixFold(header.Get("Content-Type"), anyEvent) ||
		header["Ce-Specversion"] != nil || header["Ce-Id"] != nil || header["Ce-Source"] != nil || header["Ce-Type"] != nil
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// takesEvent tells whether a request for a path is a CloudEvent to deliver.
func (h *handler) takesEvent(x *exchange, to route) bool {
	takesCalls := to.class == classEvents || to.class == classSole || to.class == classAction
	return takesCalls && h.options.Deliver != nil && x.r.Method == http.MethodPost && isEvent(x.r.Header)
}

// deliver runs the call in a CloudEvent. A success has no body: brokers take one for an event in reply.
func (h *handler) deliver(x *exchange, to route) {
	ctx, cancel := context.WithDeadline(x.r.Context(), x.started.Add(x.limits.timeout))
	defer cancel()
	received, e := h.receiveEvent(x)
	if e != nil {
		h.refuse(x, e)
		return
	}
	defer h.release(received)
	event, e := readEvent(x.r.Header, received.data)
	if core.ValidRequestID(event.RequestID) {
		x.identify(event.RequestID)
	}
	if e != nil {
		h.refuse(x, e)
		return
	}
	event.Action, event.RequestID, event.TraceID, event.Caller = to.action, x.id, traceID(x.r.Header), x.caller
	if err := h.options.Deliver(ctx, event); err != nil {
		x.problem(forBrokers(fault.From(err)))
		return
	}
	x.writeNothing()
}

// forBrokers gives a failure the status by which brokers tell whether to deliver again. They do after 404 and 409, which
// are a missing service and a call under way to them; here no delivery mends what these say.
func forBrokers(e *fault.Error) *fault.Error {
	if e.Kind == fault.NotFound || e.Kind == fault.Conflict {
		e.Status = http.StatusUnprocessableEntity
	}
	return e
}

// receiveEvent reads the body of an event. The caller releases it.
func (h *handler) receiveEvent(x *exchange) (*body, *fault.Error) {
	connection, e := connectionName(x.r)
	if e != nil {
		return nil, e
	}
	if connection != "" {
		return nil, badChoice("A CloudEvent names its connection in its data, not in the URL or a header.")
	}
	if e := checkEventType(x.r.Header); e != nil {
		return nil, e
	}
	return h.receive(x)
}

// checkEventType accepts single events whose data is JSON.
func checkEventType(header http.Header) *fault.Error {
	values := header["Content-Type"]
	switch {
	case len(values) == 0: // JSON, where the event does not say
		return nil
	case len(values) > 1:
		return unsupported("The Content-Type is there more than once.")
	case hasPrefixFold(values[0], batchOfEvents):
		return unsupported("Batches of CloudEvents are not taken.").WithHint("Deliver the events one by one.")
	case hasPrefixFold(values[0], anyEvent) && !isUTF8(values[0], func(mediaType string) bool { return mediaType == structuredEvent }):
		return unsupported("The CloudEvent is in a format that is not understood.").
			WithHint("Send it as " + structuredEvent + " in UTF-8, or in binary mode: with headers ce-id, ce-source, ce-type and ce-specversion.")
	case !isUTF8(values[0], isJSON):
		return notJSON()
	}
	return nil
}

// isJSON tells a media type of JSON as CloudEvents do, by its ending.
func isJSON(mediaType string) bool {
	return strings.HasSuffix(mediaType, "/json") || strings.HasSuffix(mediaType, "+json")
}

func unsupported(detail string) *fault.Error {
	return refusal(http.StatusUnsupportedMediaType, "unsupported_media_type", detail)
}

func notJSON() *fault.Error {
	return unsupported("The data of the CloudEvent must be JSON in UTF-8.").
		WithHint("Its producer says what it is: in Content-Type, or in datacontenttype in structured mode.")
}

// notAnEvent is the answer to what else is posted to the path of events.
func notAnEvent() *fault.Error {
	return refusal(http.StatusBadRequest, "cloudevent", "The request is no CloudEvent, and nothing else is taken at this path.").
		WithHint("Send the headers ce-id, ce-source, ce-type and ce-specversion, or the whole event as " + structuredEvent +
			". An action is called with POST /actions/{id}.")
}
