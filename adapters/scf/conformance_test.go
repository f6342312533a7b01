package scf_test

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/adapters/adaptertest"
	"github.com/wecom-functions/wecom-functions/adapters/scf"
	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/local/faas/scfapi"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	for name, adapter := range map[string]adaptertest.Adapter{
		"function URL":   {HTTP: true, Start: served(url, adaptertest.Gateway)},
		"API gateway":    {HTTP: true, Start: served(gateway, adaptertest.Gateway)},
		"direct":         {Start: served(adaptertest.Call.Envelope, adaptertest.Succeeded)},
		"timer":          {OneWay: true, Start: served(timer, resultOrAcknowledged)},
		"direct, polled": {Start: polled, Process: true},
		"Web function":   {HTTP: true, Start: adaptertest.Requested(scf.Handler, requested)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			adaptertest.Run(t, adapter)
		})
	}
}

type object = map[string]any

// served has an event function serve calls as events.
func served(wrap func(adaptertest.Call) string, read func(*testing.T, string) adaptertest.Answer) func(*testing.T, core.Settings) adaptertest.Invoke {
	return adaptertest.Served(scf.Events, wrap, read)
}

// polled has an event function poll a runtime API for the calls.
func polled(t *testing.T, settings core.Settings) adaptertest.Invoke {
	t.Helper()
	api, err := scfapi.New()
	require.NoError(t, err)
	t.Cleanup(api.Close)
	adaptertest.Polled(t, settings, scf.Events, scf.RuntimeAPI(api.Address()))
	return func(ctx context.Context, t *testing.T, call adaptertest.Call) adaptertest.Answer {
		t.Helper()
		invocation := scfapi.Invocation{Payload: []byte(call.Envelope()), Limit: time.Minute}
		if deadline, has := ctx.Deadline(); has {
			invocation.Limit = time.Until(deadline)
		}
		answer, err := api.Invoke(ctx, invocation)
		require.NoError(t, err)
		if answer.Failed {
			return adaptertest.Reported(t, answer.Payload)
		}
		return adaptertest.Succeeded(t, string(answer.Payload))
	}
}

// requested is what the platform adds to a request.
func requested(ctx context.Context, r *http.Request) {
	r.Header.Set("X-Scf-Request-Id", "r1")
	if deadline, has := ctx.Deadline(); has {
		r.Header.Set("X-Scf-Timeout", fmt.Sprint(math.Ceil(time.Until(deadline).Seconds())))
	}
}

func url(call adaptertest.Call) string {
	path, _ := call.Path()
	query := object{}
	if call.Connection != "" {
		query["connection"] = call.Connection
	}
	return adaptertest.JSON(object{"httpMethod": "POST", "path": path, "headers": object{"content-type": "application/json"}, "queryString": query, "body": call.Input})
}

func gateway(call adaptertest.Call) string {
	path, _ := call.Path()
	query := object{"debug": true}
	if call.Connection != "" {
		query["connection"] = []string{call.Connection}
	}
	return adaptertest.JSON(object{
		"requestContext": object{"serviceId": "s", "requestId": "q", "stage": "release"}, "httpMethod": "POST", "path": path,
		"headers": object{"Content-Type": "application/json"}, "headerParameters": object{}, "pathParameters": object{},
		"queryStringParameters": object{}, "queryString": query, "body": call.Input, "isBase64Encoded": false,
	})
}

func timer(call adaptertest.Call) string {
	return adaptertest.JSON(object{"Type": "Timer", "TriggerName": "t", "Time": "2026-02-02T10:00:00Z", "Message": call.Envelope()})
}

// resultOrAcknowledged reads an answer to a timer: nobody does, but it is the result, save where that is unknown.
func resultOrAcknowledged(t *testing.T, payload string) adaptertest.Answer {
	t.Helper()
	if payload == "null" {
		return adaptertest.Answer{Raw: payload}
	}
	return adaptertest.Succeeded(t, payload)
}
