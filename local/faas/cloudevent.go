package faas

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"slices"
)

// wrapping makes a delivery of a request and its body: it may change the header, and returns what is sent in place of
// the body. Where it cannot, it answers, and ok is false.
type wrapping func(w http.ResponseWriter, r *http.Request, body []byte) (delivery []byte, ok bool)

// delivery is how a request comes to a platform that sends its functions requests over HTTP.
type delivery struct {
	event string
	// wrap makes a delivery of the request, as a broker delivers CloudEvents; nil where the request goes as it is.
	wrap wrapping
}

// deliveredEvents are the events of the deliveries.
func deliveredEvents(deliveries []delivery) []Event {
	events := make([]Event, len(deliveries))
	for i, d := range deliveries {
		events[i] = Event{d.event, d.wrap == nil}
	}
	return events
}

// deliveryNamed is the delivery of an event, which must be one of them.
func deliveryNamed(deliveries []delivery, event string) delivery {
	return deliveries[slices.IndexFunc(deliveries, func(d delivery) bool { return d.event == event })]
}

// front has a function take requests in this way.
func (d delivery) front(function http.Handler) http.Handler {
	if d.wrap == nil {
		return function
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, ok := readBody(w, r)
		if ok {
			body, ok = d.wrap(w, r, body)
		}
		if !ok {
			return
		}
		r.Method, r.Body, r.ContentLength = http.MethodPost, io.NopCloser(bytes.NewReader(body)), int64(len(body))
		function.ServeHTTP(broker{w}, r)
	})
}

// inBinaryMode sends the attributes in the header, and the data as it is.
func inBinaryMode(_ http.ResponseWriter, r *http.Request, body []byte) ([]byte, bool) {
	for name, value := range attributes("com.example.call") {
		r.Header.Set("Ce-"+name, value)
	}
	return body, true
}

// inStructuredMode sends attributes and data as one JSON object.
func inStructuredMode(w http.ResponseWriter, r *http.Request, body []byte) ([]byte, bool) {
	event := object{"data": json.RawMessage(body)}
	for name, value := range attributes("com.example.call") {
		event[name] = value
	}
	r.Header.Set("Content-Type", "application/cloudevents+json")
	return eventJSON(w, event)
}

// attributes are those of an event of an example.
func attributes(kind string) map[string]string {
	return map[string]string{"specversion": "1.0", "id": rand.Text(), "source": "/local", "type": kind}
}

// broker answers with what it was told: the problem, or nothing.
type broker struct{ http.ResponseWriter }

func (b broker) WriteHeader(status int) {
	if status == http.StatusNoContent {
		tell(b.ResponseWriter, nil)
		return
	}
	b.ResponseWriter.WriteHeader(status)
}
