package functiongraph_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/adapters/adaptertest"
	"github.com/wecom-functions/wecom-functions/adapters/functiongraph"
	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/local/faas/functiongraphapi"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	for name, adapter := range map[string]adaptertest.Adapter{
		"APIG":                   {HTTP: true, Start: served(apig(true), adaptertest.Gateway)},
		"APIG, body not encoded": {HTTP: true, Start: served(apig(false), adaptertest.Gateway)},
		"direct":                 {Start: served(adaptertest.Call.Envelope, adaptertest.Succeeded)},
		"timer":                  {Start: served(timer, adaptertest.Succeeded)},
		"SMN":                    {OneWay: true, Start: served(smn, adaptertest.Acknowledged)},
		"direct, polled":         {Start: polled, Process: true, NoDeadline: true},
		"HTTP function":          {HTTP: true, Start: adaptertest.Requested(functiongraph.Handler, requested)},
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
	return adaptertest.Served(functiongraph.Events, wrap, read)
}

// polled has an event function poll a runtime API for the calls.
func polled(t *testing.T, settings core.Settings) adaptertest.Invoke {
	t.Helper()
	api, err := functiongraphapi.New()
	require.NoError(t, err)
	t.Cleanup(api.Close)
	adaptertest.Polled(t, settings, functiongraph.Events, functiongraph.RuntimeAPI(api.Address()))
	return func(ctx context.Context, t *testing.T, call adaptertest.Call) adaptertest.Answer {
		t.Helper()
		answer, err := api.Invoke(ctx, functiongraphapi.Invocation{Payload: []byte(call.Envelope())})
		require.NoError(t, err)
		if answer.Error != nil {
			return adaptertest.Reported(t, answer.Payload)
		}
		return adaptertest.Succeeded(t, string(answer.Payload))
	}
}

// requested is what the platform makes of a request, with a slash too many, as it joins paths.
func requested(ctx context.Context, r *http.Request) {
	r.URL.Path = "/" + r.URL.Path
	r.RequestURI = r.URL.RequestURI()
	r.Header.Set("X-Cff-Request-Id", "r1")
	r.Header.Set("X-Cff-Auth-Token", strings.Repeat("t", 20<<10))
	if deadline, has := ctx.Deadline(); has {
		r.Header.Set("X-Cff-Timeout", fmt.Sprint(math.Ceil(time.Until(deadline).Seconds())))
	}
}

func apig(encoded bool) func(adaptertest.Call) string {
	return func(call adaptertest.Call) string {
		path, _ := call.Path()
		body := call.Input
		if encoded {
			body = base64.StdEncoding.EncodeToString([]byte(body))
		}
		query := object{}
		if call.Connection != "" {
			query["connection"] = []string{call.Connection}
		}
		return adaptertest.JSON(object{
			"body": body, "isBase64Encoded": encoded, "httpMethod": "POST", "path": path, "pathParameters": object{},
			"queryStringParameters": query, "headers": object{"content-type": []string{"application/json"}},
			"requestContext": object{"apiId": "a", "requestId": "q", "stage": "RELEASE"}, "user_data": "",
		})
	}
}

func timer(call adaptertest.Call) string {
	return adaptertest.JSON(object{"version": "v1.0", "time": "2026-02-02T18:00:00+08:00", "trigger_type": "TIMER", "trigger_name": "t", "user_event": call.Envelope()})
}

func smn(call adaptertest.Call) string {
	return adaptertest.JSON(object{"record": []any{object{"event_source": "smn", "smn": object{"message_id": "m1", "message": call.Envelope()}}}})
}
