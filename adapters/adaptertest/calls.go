package adaptertest

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/adapters/event"
	"github.com/wecom-functions/wecom-functions/adapters/poll"
	"github.com/wecom-functions/wecom-functions/core"
)

// JSON writes an event.
func JSON(v any) string {
	text, _ := json.Marshal(v) // what the tests write can be written
	return string(text)
}

// Target is the call's path over HTTP and its query in one.
func (c Call) Target() string {
	path, query := c.Path()
	return path + "?" + query
}

// Request is a request over HTTP whose body is JSON; more is header fields, name and value by turns.
func Request(ctx context.Context, method, target, body string, more ...string) *http.Request {
	r := httptest.NewRequestWithContext(ctx, method, target, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(more); i += 2 {
		r.Header.Set(more[i], more[i+1])
	}
	return r
}

// Serve has a handler serve a request in this process.
func Serve(handler http.Handler, r *http.Request) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, r)
	return answer
}

// Requested has a handler serve calls as requests over HTTP. The platform adds header fields.
func Requested(start func(*core.Connector) http.Handler, platform func(ctx context.Context, r *http.Request)) func(*testing.T, core.Settings) Invoke {
	return func(_ *testing.T, settings core.Settings) Invoke {
		connector, _ := core.New(settings) // wrong settings are for the calls to answer with
		handler := start(connector)
		return func(ctx context.Context, t *testing.T, call Call) Answer {
			t.Helper()
			r := Request(ctx, http.MethodPost, call.Target(), call.Input)
			platform(ctx, r)
			answer := Serve(handler, r)
			return Responded(t, answer.Code, answer.Body.String())
		}
	}
}

// Served has events served that a platform hands out when it is polled: each is made of a call, and its answer read.
func Served(start func(*core.Connector) *event.Handler, wrap func(Call) string, read func(*testing.T, string) Answer) func(*testing.T, core.Settings) Invoke {
	return func(_ *testing.T, settings core.Settings) Invoke {
		connector, _ := core.New(settings) // wrong settings are for the calls to answer with
		events := start(connector)
		return func(ctx context.Context, t *testing.T, call Call) Answer {
			t.Helper()
			answer, err := events.Serve(ctx, []byte(wrap(call)), event.Call{RequestID: "r1"})
			if err != nil {
				return Reported(t, poll.Failure(err))
			}
			return read(t, string(answer))
		}
	}
}

// Polled has events served that are polled from a runtime API, until the test ends.
func Polled(t *testing.T, settings core.Settings, start func(*core.Connector) *event.Handler, api poll.API) {
	t.Helper()
	connector, _ := core.New(settings) // wrong settings are for the calls to answer with
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- poll.Run(ctx, connector, start(connector), api) }()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-done)
	})
}

// Reported reads what a failure is reported with to a runtime API.
func Reported(t *testing.T, report []byte) Answer {
	t.Helper()
	var failure struct {
		ErrorType    string `json:"errorType"`
		ErrorMessage string `json:"errorMessage"`
	}
	require.NoError(t, json.Unmarshal(report, &failure), string(report))
	answer := Refused(t, failure.ErrorMessage)
	require.Equal(t, string(answer.Kind), failure.ErrorType)
	answer.Raw = string(report)
	return answer
}

// Gateway reads an answer to a gateway, which wants all of its four members.
func Gateway(t *testing.T, payload string) Answer {
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
	return Responded(t, *answer.StatusCode, *answer.Body)
}

// Acknowledged reads the answer to a trigger that wants none.
func Acknowledged(t *testing.T, payload string) Answer {
	t.Helper()
	require.Equal(t, "null", payload)
	return Answer{Raw: payload}
}
