package scf_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/adapters/adaptertest"
	"github.com/wecom-functions/wecom-functions/adapters/event"
	"github.com/wecom-functions/wecom-functions/adapters/poll"
	"github.com/wecom-functions/wecom-functions/adapters/scf"
	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/local/faas/scfapi"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	for name, adapter := range map[string]adaptertest.Adapter{
		"function URL":   {HTTP: true, Start: served(url, responded)},
		"API gateway":    {HTTP: true, Start: served(gateway, responded)},
		"direct":         {Start: served(adaptertest.Call.Envelope, adaptertest.Succeeded)},
		"timer":          {OneWay: true, Start: served(timer, resultOrAcknowledged)},
		"direct, polled": {Start: polled, Process: true},
		"Web function":   {HTTP: true, Start: requested},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			adaptertest.Run(t, adapter)
		})
	}
}

type object = map[string]any

func marshal(v any) string {
	data, _ := json.Marshal(v) // what the tests write can be written
	return string(data)
}

// served has an event function serve calls as events.
func served(wrap func(adaptertest.Call) string, read func(*testing.T, string) adaptertest.Answer) func(*testing.T, core.Settings) adaptertest.Invoke {
	return func(_ *testing.T, settings core.Settings) adaptertest.Invoke {
		connector, _ := core.New(settings) // wrong settings are for the calls to answer with
		events := scf.Events(connector)
		return func(ctx context.Context, t *testing.T, call adaptertest.Call) adaptertest.Answer {
			t.Helper()
			answer, err := events.Serve(ctx, []byte(wrap(call)), event.Call{RequestID: "r1"})
			if err != nil {
				return failed(t, poll.Failure(err))
			}
			return read(t, string(answer))
		}
	}
}

// polled has an event function poll a runtime API for the calls.
func polled(t *testing.T, settings core.Settings) adaptertest.Invoke {
	t.Helper()
	api, err := scfapi.New()
	require.NoError(t, err)
	connector, _ := core.New(settings)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- poll.Run(ctx, connector, scf.Events(connector), scf.RuntimeAPI(api.Address())) }()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-done)
		api.Close()
	})
	return func(ctx context.Context, t *testing.T, call adaptertest.Call) adaptertest.Answer {
		t.Helper()
		invocation := scfapi.Invocation{Payload: []byte(call.Envelope()), Limit: time.Minute}
		if deadline, has := ctx.Deadline(); has {
			invocation.Limit = time.Until(deadline)
		}
		answer, err := api.Invoke(ctx, invocation)
		require.NoError(t, err)
		if answer.Failed {
			return failed(t, answer.Payload)
		}
		return adaptertest.Succeeded(t, string(answer.Payload))
	}
}

// requested has a Web function serve calls as requests.
func requested(_ *testing.T, settings core.Settings) adaptertest.Invoke {
	connector, _ := core.New(settings)
	handler := scf.Handler(connector)
	return func(ctx context.Context, t *testing.T, call adaptertest.Call) adaptertest.Answer {
		t.Helper()
		path, query := call.Path()
		r := httptest.NewRequestWithContext(ctx, http.MethodPost, path+"?"+query, strings.NewReader(call.Input))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Scf-Request-Id", "r1")
		if deadline, has := ctx.Deadline(); has {
			r.Header.Set("X-Scf-Timeout", fmt.Sprint(math.Ceil(time.Until(deadline).Seconds())))
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return adaptertest.Responded(t, w.Code, w.Body.String())
	}
}

func url(call adaptertest.Call) string {
	path, _ := call.Path()
	query := object{}
	if call.Connection != "" {
		query["connection"] = call.Connection
	}
	return marshal(object{"httpMethod": "POST", "path": path, "headers": object{"content-type": "application/json"}, "queryString": query, "body": call.Input})
}

func gateway(call adaptertest.Call) string {
	path, _ := call.Path()
	query := object{"debug": true}
	if call.Connection != "" {
		query["connection"] = []string{call.Connection}
	}
	return marshal(object{
		"requestContext": object{"serviceId": "s", "requestId": "q", "stage": "release"}, "httpMethod": "POST", "path": path,
		"headers": object{"Content-Type": "application/json"}, "headerParameters": object{}, "pathParameters": object{},
		"queryStringParameters": object{}, "queryString": query, "body": call.Input, "isBase64Encoded": false,
	})
}

func timer(call adaptertest.Call) string {
	return marshal(object{"Type": "Timer", "TriggerName": "t", "Time": "2026-02-02T10:00:00Z", "Message": call.Envelope()})
}

func responded(t *testing.T, payload string) adaptertest.Answer {
	t.Helper()
	var answer struct {
		StatusCode      int               `json:"statusCode"`
		Headers         map[string]string `json:"headers"`
		Body            string            `json:"body"`
		IsBase64Encoded bool              `json:"isBase64Encoded"`
	}
	require.NoError(t, json.Unmarshal([]byte(payload), &answer), payload)
	require.False(t, answer.IsBase64Encoded)
	require.NotEmpty(t, answer.Headers)
	return adaptertest.Responded(t, answer.StatusCode, answer.Body)
}

// resultOrAcknowledged reads an answer to a timer: nobody does, but it is the result, save where that is unknown.
func resultOrAcknowledged(t *testing.T, payload string) adaptertest.Answer {
	t.Helper()
	if payload == "null" {
		return adaptertest.Answer{Raw: payload}
	}
	return adaptertest.Succeeded(t, payload)
}

// failed reads what a failure was reported with.
func failed(t *testing.T, report []byte) adaptertest.Answer {
	t.Helper()
	var failure struct {
		ErrorType    string `json:"errorType"`
		ErrorMessage string `json:"errorMessage"`
	}
	require.NoError(t, json.Unmarshal(report, &failure), string(report))
	answer := adaptertest.Refused(t, failure.ErrorMessage)
	require.Equal(t, string(answer.Kind), failure.ErrorType)
	answer.Raw = string(report)
	return answer
}
