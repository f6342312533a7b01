package faas

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"unicode/utf8"

	"github.com/wecom-functions/wecom-functions/adapters/event"
	"github.com/wecom-functions/wecom-functions/core/fault"
)

// object is a JSON object of an event.
type object = map[string]any

// form is how a request becomes an event of a platform that hands its functions bytes.
type form struct {
	event string
	// http: the event is a request over HTTP, and the answer is one that a gateway makes a response of.
	http bool
	// wrap makes the event of a request and its body; nil where the body is the event, or the request goes as it is.
	wrap func(r *http.Request, body []byte) any
}

// eventsOf are the events of the forms.
func eventsOf(forms []form) []Event {
	events := make([]Event, len(forms))
	for i, f := range forms {
		events[i] = Event{f.event, f.http}
	}
	return events
}

// formNamed is the form of an event, which must be one of them.
func formNamed(forms []form, event string) form {
	return forms[slices.IndexFunc(forms, func(f form) bool { return f.event == event })]
}

// front has a function serve requests in this form. The function answers with what the platform would be told: an
// answer, or a problem as JSON.
func (f form) front(function func(ctx context.Context, raw []byte) (answer, problem []byte)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, ok := readBody(w, r)
		if ok && f.wrap != nil {
			raw, ok = eventJSON(w, f.wrap(r, raw))
		}
		if !ok {
			return
		}
		answer, problem := function(r.Context(), raw)
		switch {
		case problem != nil:
			fail(w, problem)
		case f.http:
			pass(w, answer)
		default:
			tell(w, answer)
		}
	})
}

// polled has events served as those that a platform hands out when it is polled.
func polled(events *event.Handler) func(ctx context.Context, raw []byte) (answer, problem []byte) {
	return func(ctx context.Context, raw []byte) (answer, problem []byte) {
		answer, err := events.Serve(ctx, raw, event.Call{})
		if err != nil {
			return nil, fault.From(err).JSON()
		}
		return answer, nil
	}
}

// maxBody is more than any adapter takes, so that it is the adapter that refuses.
const maxBody = 33 << 20

// readBody reads what an event is to carry. Where it cannot, it answers, and ok is false.
func readBody(w http.ResponseWriter, r *http.Request) (body []byte, ok bool) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		refuse(w, fault.New(fault.TooLarge, "The body is larger than %d bytes.", maxBody).Because("payload_too_large"))
		return nil, false
	}
	if err != nil {
		refuse(w, fault.New(fault.InvalidInput, "The body broke off.").Because("body"))
		return nil, false
	}
	return body, true
}

// encoded is a body as events carry it, and whether it is base64, as it always is where it is no text.
func encoded(body []byte, asBase64 bool) (string, bool) {
	if asBase64 || !utf8.Valid(body) {
		return base64.StdEncoding.EncodeToString(body), true
	}
	return string(body), false
}

// single has the last value of each field, as events with one value for each name have it.
func single(values map[string][]string) map[string]string {
	last := make(map[string]string, len(values))
	for name, list := range values {
		last[name] = list[len(list)-1]
	}
	return last
}

// eventJSON writes an event. A payload that is not JSON cannot stand in one as JSON: then it answers, and ok is false.
func eventJSON(w http.ResponseWriter, event any) (raw []byte, ok bool) {
	raw, err := json.Marshal(event)
	if err != nil {
		refuse(w, fault.New(fault.InvalidInput, "The body is not JSON, and this event carries it as JSON.").Because("body"))
	}
	return raw, err == nil
}
