package gcf_test

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/wecom-functions/wecom-functions/adapters/adaptertest"
	"github.com/wecom-functions/wecom-functions/adapters/gcf"
	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/catalog"
	"github.com/wecom-functions/wecom-functions/core/describe"
)

const (
	published = "google.cloud.pubsub.topic.v1.messagePublished"
	custom    = "com.example.alert"
)

// The ways in are requests of HTTP all of them, so their senders are authenticated. The time that Cloud Run gives is in a
// variable, not in the request.
var (
	requests = adaptertest.Adapter{HTTP: true, NoDeadline: true}
	events   = adaptertest.Adapter{HTTP: true, NoDeadline: true, OneWay: true}
)

func TestConformance(t *testing.T) {
	t.Parallel()
	for _, way := range []struct {
		name    string
		adapter adaptertest.Adapter
		make    func(adaptertest.Call) *http.Request
	}{
		{"the function of an action", requests, named},
		{"the function of all actions", requests, routed},
		{"CloudEvent of Pub/Sub", events, binary(published)},
		{"CloudEvent of Pub/Sub in structured mode", events, structured(published)},
		{"CloudEvent", events, binary(custom)},
		{"CloudEvent in structured mode", events, structured(custom)},
	} {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			way.adapter.Start = func(_ *testing.T, settings core.Settings) adaptertest.Invoke {
				return over(settings, way.make)
			}
			adaptertest.Run(t, way.adapter)
		})
	}
}

// over calls a deployment with requests.
func over(settings core.Settings, request func(adaptertest.Call) *http.Request) adaptertest.Invoke {
	connector, _ := core.New(settings) // wrong settings are for the calls to answer with
	deployment := gcf.New(connector)
	return func(ctx context.Context, t *testing.T, call adaptertest.Call) adaptertest.Answer {
		t.Helper()
		recorder := httptest.NewRecorder()
		deployment.ServeHTTP(recorder, request(call).WithContext(ctx))
		if recorder.Code == http.StatusNoContent {
			assert.Empty(t, recorder.Body.String())
			return adaptertest.Answer{}
		}
		return adaptertest.Responded(t, recorder.Code, recorder.Body.String())
	}
}

// named is a request at the function of the action.
func named(call adaptertest.Call) *http.Request {
	path, query := call.Path()
	if catalog.Lookup(call.Action) != nil {
		path = "/" + describe.GoType(call.Action)
	}
	return posted(path+"?"+query, call.Input)
}

func routed(call adaptertest.Call) *http.Request {
	path, query := call.Path()
	return posted(path+"?"+query, call.Input)
}

func posted(target, body string) *http.Request {
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, target, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	return r
}

// data is what the CloudEvent of a type carries.
func data(kind, envelope string) string {
	if kind != published {
		return envelope
	}
	return `{"message":{"data":"` + base64.StdEncoding.EncodeToString([]byte(envelope)) + `","messageId":"7"},"subscription":"projects/p/subscriptions/s"}`
}

func binary(kind string) func(adaptertest.Call) *http.Request {
	return func(call adaptertest.Call) *http.Request {
		r := posted("/", data(kind, call.Envelope()))
		for name, value := range map[string]string{"id": "7", "source": "//example.com/a", "type": kind, "specversion": "1.0"} {
			r.Header.Set("Ce-"+name, value)
		}
		return r
	}
}

func structured(kind string) func(adaptertest.Call) *http.Request {
	return func(call adaptertest.Call) *http.Request {
		r := posted("/", `{"specversion":"1.0","id":"7","source":"//example.com/a","type":"`+kind+`","data":`+data(kind, call.Envelope())+`}`)
		r.Header.Set("Content-Type", "application/cloudevents+json")
		return r
	}
}
