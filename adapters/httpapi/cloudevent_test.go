package httpapi_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/adapters/httpapi"
	"github.com/wecom-functions/wecom-functions/core/caller"
	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/core/fault"
)

const (
	envelope   = `{"action":"message.text.send","input":{"touser":"zhangsan","content":"hello"}}`
	structured = "application/cloudevents+json"
)

// trigger takes the events of a service.
type trigger struct {
	mu     sync.Mutex
	events []httpapi.Event
	answer func() error // nil for a success
}

func (d *trigger) deliver(_ context.Context, e httpapi.Event) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	e.Data = bytes.Clone(e.Data)
	d.events = append(d.events, e)
	if d.answer == nil {
		return nil
	}
	return d.answer()
}

// startTrigger starts a service that takes CloudEvents.
func startTrigger(t *testing.T, adjust ...func(*setup)) (*service, *trigger) {
	t.Helper()
	d := &trigger{}
	return start(t, append([]func(*setup){func(s *setup) { s.options.Deliver = d.deliver }}, adjust...)...), d
}

// attributes are the headers of an event in binary mode. A value "" leaves the header out.
func attributes(changed ...header) []header {
	list := []header{{"Ce-Specversion", "1.0"}, {"Ce-Id", "e-1"}, {"Ce-Source", "/tests"}, {"Ce-Type", "com.example.alert"}}
	for _, c := range changed {
		found := false
		for i := range list {
			if list[i].name == c.name {
				list[i].value, found = c.value, true
			}
		}
		if !found {
			list = append(list, c)
		}
	}
	var kept []header
	for _, h := range list {
		if h.value != "" {
			kept = append(kept, h)
		}
	}
	return kept
}

// event is an event in structured mode; members are added as they stand.
func event(members string) string {
	return `{"specversion":"1.0","id":"e-1","source":"/tests","type":"com.example.alert"` + members + `}`
}

func TestACloudEventIsDelivered(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		headers []header
		body    string
		data    string
	}{
		{"binary", attributes(), envelope, envelope},
		{"binary, with more attributes", attributes(header{"Ce-Time", "2026-02-02T10:00:00Z"}, header{"Ce-Partitionkey", "7"}), envelope, envelope},
		{"binary, another type of JSON", attributes(header{"Content-Type", "application/vnd.example.alert+json; charset=UTF-8"}), envelope, envelope},
		{"binary, without data", attributes(), "", ""},
		{"structured", []header{{"Content-Type", structured}}, event(`,"data":` + envelope), envelope},
		{"structured, with a charset", []header{{"Content-Type", "Application/CloudEvents+JSON; charset=UTF-8"}}, event(`,"data":` + envelope), envelope},
		{"structured, beside the headers of binary mode", attributes(header{"Content-Type", structured}, header{"Ce-Id", "e-2"}), event(`,"data":` + envelope), envelope},
		{"structured, data before its type", []header{{"Content-Type", structured}}, event(`,"data": [1, 2] ,"datacontenttype":"text/json"`), `[1, 2]`},
		{"structured, base64", []header{{"Content-Type", structured}}, event(`,"data_base64":"` + base64.StdEncoding.EncodeToString([]byte(envelope)) + `"`), envelope},
		{"structured, a string is not read further", []header{{"Content-Type", structured}}, event(`,"data":"{}"`), `"{}"`},
		{"structured, null for what is absent", []header{{"Content-Type", structured}}, event(`,"data_base64":null,"datacontenttype":null,"subject":null,"data":{}`), `{}`},
		{"structured, attributes of others in any form", []header{{"Content-Type", structured}}, event(`,"x":1,"x":[2],"ID":"y","data":{}`), `{}`},
		{"structured, without data", []header{{"Content-Type", structured}}, event(""), ""},
		{"structured, Chinese text and percent signs", []header{{"Content-Type", structured}}, event(`,"data":{"content":"100% 完成 %d"}`), `{"content":"100% 完成 %d"}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, d := startTrigger(t)
			answer := s.post(t, "/", test.body, test.headers...)
			assert.Equal(t, http.StatusNoContent, answer.status, string(answer.body))
			assert.Empty(t, answer.body, "a broker takes a body for an event in reply")
			assert.NotContains(t, answer.header, "Content-Type")
			assert.Equal(t, "e-1", answer.header.Get("X-Request-Id"))
			require.Len(t, d.events, 1)
			assert.Equal(t, test.data, string(d.events[0].Data))
			assert.Equal(t, "e-1", d.events[0].RequestID)
			assert.Equal(t, "com.example.alert", d.events[0].Type)
		})
	}
}

func TestABinaryEventNeedsNoContentType(t *testing.T) {
	t.Parallel()
	s, d := startTrigger(t)
	assert.Equal(t, http.StatusNoContent, s.do(t, http.MethodPost, "/", strings.NewReader(envelope), attributes()...).status)
	assert.Equal(t, envelope, string(d.events[0].Data))
}

func TestTheHeadersOfAnEventAreDecoded(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, value, id, eventType string }{
		{"percent-encoded", "com%2Eexample%2e%E6%B6%88%E6%81%AF", "e-1", "com.example.消息"},
		{"needlessly encoded", "%41", "e-1", "A"},
		{"quoted by an older producer", `"com \"example\" \\ %20x"`, "e-1", `com "example" \  x`},
		{"a plus sign is none of a form", "a+b", "e-1", "a+b"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, d := startTrigger(t)
			assert.Equal(t, http.StatusNoContent, s.post(t, "/", envelope, attributes(header{"Ce-Type", test.value})...).status)
			assert.Equal(t, test.eventType, d.events[0].Type)
		})
	}
}

// An id that is fit for a log names the request; another one is the producer's own matter.
func TestTheIDOfAnEvent(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, id, want string }{
		{"becomes the request's", "9b1c-7", "9b1c-7"},
		{"decoded", "9b1c%2D7", "9b1c-7"},
		{"does not where it is unfit", "urn:x/1", "mine"},
		{"does not where it is too long", strings.Repeat("x", 129), "mine"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, d := startTrigger(t)
			answer := s.post(t, "/", envelope, attributes(header{"Ce-Id", test.id}, header{"X-Request-Id", "mine"})...)
			assert.Equal(t, test.want, answer.header.Get("X-Request-Id"))
			assert.Equal(t, test.want, d.events[0].RequestID)
		})
	}
}

func TestABrokenCloudEvent(t *testing.T) {
	t.Parallel()
	type broken struct {
		field string
		rule  fault.Rule
	}
	asJSON := []header{{"Content-Type", structured}}
	for _, test := range []struct {
		name    string
		headers []header
		body    string
		want    []broken
	}{
		{"binary without an id", attributes(header{"Ce-Id", ""}), envelope, []broken{{"/id", fault.RuleRequired}}},
		{"binary without a source", attributes(header{"Ce-Source", ""}), envelope, []broken{{"/source", fault.RuleRequired}}},
		{"binary without a type", attributes(header{"Ce-Type", ""}), envelope, []broken{{"/type", fault.RuleRequired}}},
		{"binary without a specversion", attributes(header{"Ce-Specversion", ""}), envelope, []broken{{"/specversion", fault.RuleRequired}}},
		{"all are told at once", []header{{"Ce-Type", "t"}}, envelope, []broken{{"/specversion", fault.RuleRequired}, {"/id", fault.RuleRequired}, {"/source", fault.RuleRequired}}},
		{"binary of another version", attributes(header{"Ce-Specversion", "0.3"}), envelope, []broken{{"/specversion", fault.RuleOneOf}}},
		{"bytes that are no UTF-8", attributes(header{"Ce-Id", "%C0%A0"}), envelope, []broken{{"/id", fault.RuleFormat}}},
		{"half an escape", attributes(header{"Ce-Source", "100%"}), envelope, []broken{{"/source", fault.RuleFormat}}},
		{"structured without an id", asJSON, `{"specversion":"1.0","source":"s","type":"t","data":{}}`, []broken{{"/id", fault.RuleRequired}}},
		{"structured with an empty id", asJSON, `{"specversion":"1.0","id":"","source":"s","type":"t"}`, []broken{{"/id", fault.RuleRequired}}},
		{"structured with null for an id", asJSON, `{"specversion":"1.0","id":null,"source":"s","type":"t"}`, []broken{{"/id", fault.RuleRequired}}},
		{"structured with a number for an id", asJSON, `{"specversion":"1.0","id":7,"source":"s","type":"t"}`, []broken{{"/id", fault.RuleType}}},
		{"structured with the names in capitals", asJSON, `{"specversion":"1.0","ID":"e","source":"s","type":"t"}`, []broken{{"/id", fault.RuleRequired}}},
		{"structured of another version", asJSON, `{"specversion":"1.1","id":"e","source":"s","type":"t"}`, []broken{{"/specversion", fault.RuleOneOf}}},
		{"an id that stands twice", asJSON, event(`,"id":"e-2"`), []broken{{"/id", fault.RuleDuplicate}}},
		{"data that stands twice", asJSON, event(`,"data":{},"data":{}`), []broken{{"/data", fault.RuleDuplicate}}},
		{"data and data_base64", asJSON, event(`,"data":{},"data_base64":"e30="`), []broken{{"/data_base64", fault.RuleExclusive}}},
		{"data_base64 that is none", asJSON, event(`,"data_base64":"e30"`), []broken{{"/data_base64", fault.RuleFormat}}},
		{"data_base64 that is no string", asJSON, event(`,"data_base64":{}`), []broken{{"/data_base64", fault.RuleType}}},
		{"structured, no JSON", asJSON, `{"specversion":`, []broken{{"", fault.RuleFormat}}},
		{"structured, two values", asJSON, event("") + event(""), []broken{{"", fault.RuleFormat}}},
		{"structured, a list", asJSON, `[` + event("") + `]`, []broken{{"", fault.RuleFormat}}},
		{"structured, no UTF-8", asJSON, event(",\"data\":\"\xff\""), []broken{{"", fault.RuleFormat}}},
		{"structured, nothing", asJSON, "", []broken{{"", fault.RuleFormat}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, d := startTrigger(t)
			answer := s.post(t, "/", test.body, test.headers...)
			assert.Equal(t, http.StatusBadRequest, answer.status, string(answer.body))
			p := answer.problem(t)
			assert.Equal(t, fault.InvalidInput, p.Kind)
			var got []broken
			for _, v := range p.Violations {
				got = append(got, broken{v.Field, v.Rule})
				assert.NotEmpty(t, v.Detail)
				assert.NotEmpty(t, v.Limit)
				assert.NotEmpty(t, v.Given)
			}
			assert.Equal(t, test.want, got)
			assert.Empty(t, d.events)
		})
	}
}

func TestHeadersOfAnEventThatStandTwice(t *testing.T) {
	t.Parallel()
	s, d := startTrigger(t)
	const rest = "Ce-Specversion: 1.0\r\nCe-Source: s\r\nCe-Type: t\r\nContent-Length: 2\r\n"
	answer := s.raw(t, rawPost("/", "Ce-Id: e-1\r\nCE-ID: e-2\r\n"+rest, "{}"))
	assert.Equal(t, http.StatusBadRequest, answer.status)
	require.Len(t, answer.problem(t).Violations, 1)
	assert.Equal(t, fault.RuleDuplicate, answer.problem(t).Violations[0].Rule)
	assert.Contains(t, answer.problem(t).Detail, "ce-id")
	answer = s.raw(t, rawPost("/", "Ce-Id: e-1\r\nContent-Type: application/json\r\n"+rest, "{}"))
	assert.Equal(t, http.StatusUnsupportedMediaType, answer.status)
	assert.Empty(t, d.events)
}

func TestWhatIsNoCloudEventForHere(t *testing.T) {
	t.Parallel()
	zipped := func(text string) string {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		_, _ = w.Write([]byte(text))
		_ = w.Close()
		return b.String()
	}
	for _, test := range []struct {
		name    string
		path    string
		headers []header
		body    string
		status  int
		says    string
	}{
		{"a batch", "/", []header{{"Content-Type", "application/cloudevents-batch+json"}}, "[" + event("") + "]", 415, "one by one"},
		{"Avro", "/", []header{{"Content-Type", "application/cloudevents+avro"}}, "x", 415, "application/cloudevents+json"},
		{"no format", "/", []header{{"Content-Type", "application/cloudevents"}}, event(""), 415, "application/cloudevents+json"},
		{"another charset", "/", []header{{"Content-Type", structured + "; charset=gbk"}}, event(""), 415, "UTF-8"},
		{"binary data that is text", "/", attributes(header{"Content-Type", "text/plain"}), "x", 415, "must be JSON"},
		{"structured data that is XML", "/", []header{{"Content-Type", structured}}, event(`,"datacontenttype":"application/xml","data":"<x/>"`), 415, "must be JSON"},
		{"a Content-Type that is none", "/", attributes(header{"Content-Type", "json"}), "{}", 415, "must be JSON"},
		{"an unknown compression", "/", attributes(header{"Content-Encoding", "br"}), "{}", 415, "compressed"},
		{"a connection in the URL", "/?connection=bot", attributes(), envelope, 400, "in its data"},
		{"a connection in a header", "/", attributes(header{"X-WeCom-Connection", "bot"}), envelope, 400, "in its data"},
		{"the path of the catalogue", "/actions", attributes(), envelope, 405, "GET, HEAD"},
		{"another path", "/events", attributes(), envelope, 404, "nothing at this path"},
		{"no event at all", "/", nil, envelope, 400, "no CloudEvent"},
		{"too large for the action", sendText, attributes(), `"` + strings.Repeat("a", 4<<20) + `"`, 413, "more than 4194304 bytes"},
		{"too large for any action", "/", attributes(), `"` + strings.Repeat("a", 28<<20) + `"`, 413, "more than 29360128 bytes"},
		{"too large, compressed", sendText, attributes(header{"Content-Encoding", "gzip"}), zipped(strings.Repeat(" ", 5<<20)), 413, "more than 4194304 bytes"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, d := startTrigger(t)
			answer := s.post(t, test.path, test.body, test.headers...)
			assert.Equal(t, test.status, answer.status, string(answer.body))
			p := answer.problem(t)
			assert.Contains(t, p.Detail+" "+p.Hint, test.says)
			assert.Empty(t, d.events)
			assert.Zero(t, s.sent())
			assert.Len(t, s.log.Lines(t), 1)
		})
	}
}

func TestEventsAreDeliveredCompressed(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write([]byte(envelope))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	s, d := startTrigger(t)
	assert.Equal(t, http.StatusNoContent, s.post(t, "/", b.String(), attributes(header{"Content-Encoding", "gzip"})...).status)
	assert.Equal(t, envelope, string(d.events[0].Data))
}

// Brokers deliver again after 404, 408, 409, 429 and 5xx, and give up after the rest.
func TestWhatABrokerIsTold(t *testing.T) {
	t.Parallel()
	for kind, status := range map[fault.Kind]int{
		fault.InvalidInput: 400, fault.Forbidden: 403, fault.NotFound: 422, fault.Conflict: 422, fault.TooLarge: 413,
		fault.RateLimited: 429, fault.Internal: 500, fault.Misconfigured: 500, fault.ConnectionRejected: 502, fault.Unavailable: 503,
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			s, d := startTrigger(t)
			d.answer = func() error {
				e := fault.New(kind, "It failed.")
				e.RetryAfter = 1500 * time.Millisecond
				return e
			}
			answer := s.post(t, "/", envelope, attributes()...)
			assert.Equal(t, status, answer.status)
			assert.Equal(t, kind, answer.problem(t).Kind)
			assert.Equal(t, "e-1", answer.problem(t).RequestID)
			assert.Equal(t, "2", answer.header.Get("Retry-After"))
			assert.Empty(t, s.log.Lines(t), "who takes the event writes its line")
		})
	}
}

func TestADeploymentOfOneActionTakesEventsOnEveryOtherPath(t *testing.T) {
	t.Parallel()
	s, d := startTrigger(t, only("message.text.send"))
	for _, path := range []string{"/", "/any/path", "//"} {
		assert.Equal(t, http.StatusNoContent, s.post(t, path, goodText, attributes()...).status, path)
	}
	require.Len(t, d.events, 3)
	assert.Equal(t, "message.text.send", d.events[0].Action)
	s.post(t, "/", goodText).result(t) // and calls, as ever
}

// A result would be no answer to a broker, so what is an event is one at the path of an action, too.
func TestThePathOfAnActionSaysWhatAnEventMayRun(t *testing.T) {
	t.Parallel()
	s, d := startTrigger(t)
	assert.Equal(t, http.StatusNoContent, s.post(t, sendText, goodText, attributes()...).status)
	assert.Equal(t, http.StatusNoContent, s.post(t, "/actions/no.such", event(""), header{"Content-Type", structured}).status)
	assert.Equal(t, http.StatusNoContent, s.post(t, "/", envelope, attributes()...).status)
	require.Len(t, d.events, 3)
	assert.Equal(t, "message.text.send", d.events[0].Action)
	assert.Equal(t, "no.such", d.events[1].Action, "who takes it says that there is none")
	assert.Empty(t, d.events[2].Action)
	s.post(t, sendText, goodText).result(t)
}

func TestEventsAreAuthenticated(t *testing.T) {
	t.Parallel()
	s, d := startTrigger(t, withKeys)
	answer := s.post(t, "/", envelope, attributes()...)
	assert.Equal(t, http.StatusUnauthorized, answer.status)
	assert.Empty(t, d.events)
	answer = s.post(t, "/", envelope, attributes(header{"Authorization", "Bearer " + goodKey},
		header{"Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"})...)
	assert.Equal(t, http.StatusNoContent, answer.status)
	assert.Equal(t, "ops", d.events[0].Caller)
	assert.Equal(t, "0af7651916cd43dd8448eb211c80319c", d.events[0].TraceID)
}

func TestThePathOfEventsTakesPOSTAlone(t *testing.T) {
	t.Parallel()
	s, _ := startTrigger(t)
	for _, method := range []string{"GET", "PUT", "OPTIONS"} { // some senders ask with OPTIONS first
		answer := s.do(t, method, "/", nil)
		assert.Equal(t, http.StatusMethodNotAllowed, answer.status, method)
		assert.Equal(t, "POST", answer.header.Get("Allow"), method)
		assert.Contains(t, answer.problem(t).Hint, "GET /actions", method)
	}
}

func TestWhereNoEventsAreTakenTheirHeadersMeanNothing(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.post(t, sendText, goodText, attributes()...).result(t)
	assert.Equal(t, http.StatusNotFound, s.post(t, "/", envelope, attributes()...).status)
	assert.NotContains(t, string(s.get(t, "/openapi.json").body), "deliver_event")
	taking, _ := startTrigger(t)
	assert.Contains(t, string(taking.get(t, "/openapi.json").body), "deliver_event")
}

func TestWrongSettingsReachTheEventsToo(t *testing.T) {
	t.Parallel()
	s, d := startTrigger(t, func(s *setup) {
		s.settings.Connections = []connection.Settings{{Name: "default", Type: connection.Application}}
		s.settings.Callers = caller.Policy{}
	})
	assert.Equal(t, http.StatusNoContent, s.post(t, "/", envelope, attributes()...).status)
	assert.Len(t, d.events, 1, "who takes it says what is wrong")
}
