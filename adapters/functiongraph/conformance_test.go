package functiongraph_test

import (
	"context"
	"encoding/base64"
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
	"github.com/wecom-functions/wecom-functions/adapters/functiongraph"
	"github.com/wecom-functions/wecom-functions/adapters/poll"
	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/local/faas/functiongraphapi"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	for name, adapter := range map[string]adaptertest.Adapter{
		"APIG":                   {HTTP: true, Start: served(apig(true), responded)},
		"APIG, body not encoded": {HTTP: true, Start: served(apig(false), responded)},
		"direct":                 {Start: served(adaptertest.Call.Envelope, adaptertest.Succeeded)},
		"timer":                  {Start: served(timer, adaptertest.Succeeded)},
		"SMN":                    {OneWay: true, Start: served(smn, acknowledged)},
		"direct, polled":         {Start: polled, Process: true, NoDeadline: true},
		"HTTP function":          {HTTP: true, Start: requested},
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
		events := functiongraph.Events(connector)
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
	api, err := functiongraphapi.New()
	require.NoError(t, err)
	connector, _ := core.New(settings)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- poll.Run(ctx, connector, functiongraph.Events(connector), functiongraph.RuntimeAPI(api.Address()))
	}()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-done)
		api.Close()
	})
	return func(ctx context.Context, t *testing.T, call adaptertest.Call) adaptertest.Answer {
		t.Helper()
		answer, err := api.Invoke(ctx, functiongraphapi.Invocation{Payload: []byte(call.Envelope())})
		require.NoError(t, err)
		if answer.Error != nil {
			return failed(t, answer.Payload)
		}
		return adaptertest.Succeeded(t, string(answer.Payload))
	}
}

// requested has an HTTP function serve calls as requests, with a slash too many, as the platform joins paths.
func requested(_ *testing.T, settings core.Settings) adaptertest.Invoke {
	connector, _ := core.New(settings)
	handler := functiongraph.Handler(connector)
	return func(ctx context.Context, t *testing.T, call adaptertest.Call) adaptertest.Answer {
		t.Helper()
		path, query := call.Path()
		r := httptest.NewRequestWithContext(ctx, http.MethodPost, "http://127.0.0.1:8000/"+path+"?"+query, strings.NewReader(call.Input))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Cff-Request-Id", "r1")
		r.Header.Set("X-Cff-Auth-Token", strings.Repeat("t", 20<<10))
		if deadline, has := ctx.Deadline(); has {
			r.Header.Set("X-Cff-Timeout", fmt.Sprint(math.Ceil(time.Until(deadline).Seconds())))
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return adaptertest.Responded(t, w.Code, w.Body.String())
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
		return marshal(object{
			"body": body, "isBase64Encoded": encoded, "httpMethod": "POST", "path": path, "pathParameters": object{},
			"queryStringParameters": query, "headers": object{"content-type": []string{"application/json"}},
			"requestContext": object{"apiId": "a", "requestId": "q", "stage": "RELEASE"}, "user_data": "",
		})
	}
}

func timer(call adaptertest.Call) string {
	return marshal(object{"version": "v1.0", "time": "2026-02-02T18:00:00+08:00", "trigger_type": "TIMER", "trigger_name": "t", "user_event": call.Envelope()})
}

func smn(call adaptertest.Call) string {
	return marshal(object{"record": []any{object{"event_source": "smn", "smn": object{"message_id": "m1", "message": call.Envelope()}}}})
}

// responded reads an answer to APIG, which wants all of its four members.
func responded(t *testing.T, payload string) adaptertest.Answer {
	t.Helper()
	var answer struct {
		Body            *string           `json:"body"`
		StatusCode      *int              `json:"statusCode"`
		Headers         map[string]string `json:"headers"`
		IsBase64Encoded *bool             `json:"isBase64Encoded"`
	}
	require.NoError(t, json.Unmarshal([]byte(payload), &answer), payload)
	require.NotNil(t, answer.Body)
	require.NotNil(t, answer.StatusCode)
	require.NotEmpty(t, answer.Headers)
	require.NotNil(t, answer.IsBase64Encoded)
	require.False(t, *answer.IsBase64Encoded)
	return adaptertest.Responded(t, *answer.StatusCode, *answer.Body)
}

func acknowledged(t *testing.T, payload string) adaptertest.Answer {
	t.Helper()
	require.Equal(t, "null", payload)
	return adaptertest.Answer{Raw: payload}
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
