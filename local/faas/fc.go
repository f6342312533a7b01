package faas

import (
	"context"
	"crypto/rand"
	"io"
	"net/http"

	"github.com/wecom-functions/wecom-functions/adapters/fc"
	"github.com/wecom-functions/wecom-functions/core"
)

// fcForms are what a function of Function Compute is sent: a request as it is, or an event.
var fcForms = []form{
	{"http", true, nil},
	{"event", false, nil},
	{"timer", false, fcTimer},
	{"mns", false, fcNotification},
}

// fcFront has a custom runtime of Function Compute serve requests.
func fcFront(c *core.Connector, event string) http.Handler {
	function := fc.Handler(c, io.Discard)
	if event == "http" {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fcHeader(r.Header, "/http-invoke")
			function.ServeHTTP(w, r)
		})
	}
	return formNamed(fcForms, event).front(func(ctx context.Context, raw []byte) (answer, problem []byte) {
		header := http.Header{"Content-Type": {"application/octet-stream"}}
		fcHeader(header, "/invoke")
		answered := posted(ctx, function, "/invoke", raw, header)
		if answered.header.Get("X-Fc-Status") != "200" {
			return nil, answered.body.Bytes()
		}
		return answered.body.Bytes(), nil
	})
}

// fcHeader adds what the platform says of a call.
func fcHeader(header http.Header, control string) {
	header.Set("X-Fc-Control-Path", control)
	header.Set("X-Fc-Request-Id", rand.Text())
	header.Set("X-Fc-Function-Timeout", "60")
	header.Set("X-Fc-Retry-Count", "0")
}

func fcTimer(_ *http.Request, body []byte) any {
	return object{"triggerTime": "2026-02-02T10:00:00Z", "triggerName": "local", "payload": string(body)}
}

func fcNotification(_ *http.Request, body []byte) any {
	return object{"TopicName": "local", "MessageId": rand.Text(), "Message": string(body)}
}
