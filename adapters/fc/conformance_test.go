package fc_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/adapters/adaptertest"
	"github.com/wecom-functions/wecom-functions/adapters/fc"
	"github.com/wecom-functions/wecom-functions/core"
)

// way is one way into the function: how the platform posts a call, and what it makes of an answer.
type way struct {
	name    string
	adapter adaptertest.Adapter
	control string
	body    func(adaptertest.Call) string
	answer  func(t *testing.T, answer *httptest.ResponseRecorder) adaptertest.Answer
}

type object = map[string]any

var ways = []way{
	{"HTTP trigger", adaptertest.Adapter{HTTP: true}, "/http-invoke", input, responded},
	{"event", adaptertest.Adapter{}, "/invoke", adaptertest.Call.Envelope, invoked},
	{"timer", adaptertest.Adapter{OneWay: true}, "/invoke", timer, invoked},
	{"topic", adaptertest.Adapter{OneWay: true}, "/invoke", topic, invoked},
}

func TestConformance(t *testing.T) {
	t.Parallel()
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			way.adapter.Start = way.start
			adaptertest.Run(t, way.adapter)
		})
	}
}

func (w way) start(_ *testing.T, settings core.Settings) adaptertest.Invoke {
	connector, _ := core.New(settings) // wrong settings are for the calls to answer with
	handler := fc.Handler(connector, io.Discard)
	return func(ctx context.Context, t *testing.T, call adaptertest.Call) adaptertest.Answer {
		t.Helper()
		return w.answer(t, adaptertest.Serve(handler, w.request(ctx, call)))
	}
}

// request is the call as the platform makes it. Its deadline is a limit in seconds.
func (w way) request(ctx context.Context, call adaptertest.Call) *http.Request {
	target, content := "/invoke", "application/octet-stream"
	if w.adapter.HTTP {
		target, content = call.Target(), "application/json"
	}
	limit := 60
	if deadline, has := ctx.Deadline(); has {
		limit = int(time.Until(deadline).Round(time.Second).Seconds())
	}
	return adaptertest.Request(ctx, http.MethodPost, target, w.body(call), "Content-Type", content,
		"X-Fc-Control-Path", w.control, "X-Fc-Request-Id", requestID, "X-Fc-Function-Timeout", strconv.Itoa(limit))
}

func input(call adaptertest.Call) string { return call.Input }

func timer(call adaptertest.Call) string {
	return adaptertest.JSON(object{"triggerTime": "2026-02-02T10:00:00Z", "triggerName": "t", "payload": call.Envelope()})
}

func topic(call adaptertest.Call) string {
	return adaptertest.JSON(object{"TopicName": "t", "MessageId": "m1", "Message": call.Envelope()})
}

func responded(t *testing.T, answer *httptest.ResponseRecorder) adaptertest.Answer {
	t.Helper()
	require.Empty(t, answer.Header().Get("X-Fc-Status"), "no caller is sent this")
	return adaptertest.Responded(t, answer.Code, answer.Body.String())
}

// invoked reads the answer to an event: 404 is a failure, whatever it is.
func invoked(t *testing.T, answer *httptest.ResponseRecorder) adaptertest.Answer {
	t.Helper()
	body := answer.Body.String()
	require.Equal(t, strconv.Itoa(answer.Code), answer.Header().Get("X-Fc-Status"))
	switch answer.Code {
	case http.StatusOK:
		return adaptertest.Succeeded(t, body)
	case http.StatusNotFound:
		require.Equal(t, "application/problem+json", answer.Header().Get("Content-Type"))
		return adaptertest.Refused(t, body)
	}
	require.Fail(t, "no answer of a function", "%d %s", answer.Code, body)
	return adaptertest.Answer{}
}
