package azure_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/adapters/adaptertest"
	"github.com/wecom-functions/wecom-functions/adapters/azure"
	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/describe"
)

// way is one way into the custom handler: how the host posts a call, and what it makes of an answer.
type way struct {
	name   string
	oneWay bool
	target func(adaptertest.Call) string
	body   func(adaptertest.Call) string
	answer func(t *testing.T, status int, body string) adaptertest.Answer
}

type object = map[string]any

var ways = []way{
	{"proxied", false, proxied, input, adaptertest.Responded},
	{"HTTP in an envelope", false, to("wecom-http"), request(nil), unwrapped},
	{"HTTP in an envelope, with the query as text", false, ofFunction, request(asText), unwrapped},
	{"queue", true, to("wecom-queue"), message(quoted), acknowledged},
	{"queue, written as JSON once", true, ofFunction, message(adaptertest.Call.Envelope), acknowledged},
}

func TestConformance(t *testing.T) {
	t.Parallel()
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			// The host waits for longer than any call takes, and says nothing of it.
			adaptertest.Run(t, adaptertest.Adapter{Start: way.start, HTTP: !way.oneWay, OneWay: way.oneWay, NoDeadline: true})
		})
	}
}

func (w way) start(_ *testing.T, settings core.Settings) adaptertest.Invoke {
	connector, _ := core.New(settings) // wrong settings are for the calls to answer with
	handler := azure.Handler(connector)
	return func(ctx context.Context, t *testing.T, call adaptertest.Call) adaptertest.Answer {
		t.Helper()
		r := adaptertest.Request(ctx, http.MethodPost, w.target(call), w.body(call), "X-Azure-Functions-InvocationId", invocation)
		answer := adaptertest.Serve(handler, r)
		return w.answer(t, answer.Code, answer.Body.String())
	}
}

func proxied(call adaptertest.Call) string {
	return "/api" + call.Target()
}

func to(function string) func(adaptertest.Call) string {
	return func(adaptertest.Call) string { return "/" + function }
}

// ofFunction is where the host posts what is for the function of the call's action.
func ofFunction(call adaptertest.Call) string { return "/" + describe.Function(call.Action) }

func input(call adaptertest.Call) string { return call.Input }

// request is an envelope with a request. The query stands in its URL, or is what is made of the call.
func request(query func(adaptertest.Call) any) func(adaptertest.Call) string {
	return func(call adaptertest.Call) string {
		req := object{
			"Url": "https://wecom.example" + proxied(call), "Method": "POST", "Query": object{"connection": call.Connection},
			"Headers": object{"Content-Type": []string{"application/json"}}, "Params": object{}, "Body": call.Input,
		}
		if query != nil {
			path, _ := call.Path()
			req["Url"], req["Query"] = "https://wecom.example/api"+path, query(call)
		}
		return envelope("req", req)
	}
}

func asText(call adaptertest.Call) any {
	if call.Connection == "" {
		return "{}"
	}
	return `{"connection":"` + call.Connection + `"}`
}

// message is an envelope with a message of a queue.
func message(text func(adaptertest.Call) string) func(adaptertest.Call) string {
	return func(call adaptertest.Call) string { return envelope("message", text(call)) }
}

func quoted(call adaptertest.Call) string { return adaptertest.JSON(call.Envelope()) }

func envelope(binding string, value any) string {
	return adaptertest.JSON(object{"Data": object{binding: value}, "Metadata": object{"sys": object{"MethodName": "f"}}})
}

// unwrapped reads the response in the output binding of an HTTP function.
func unwrapped(t *testing.T, status int, body string) adaptertest.Answer {
	t.Helper()
	require.Equal(t, http.StatusOK, status, body)
	var result struct {
		Outputs map[string]struct {
			StatusCode int
			Headers    map[string]string
			Body       string
		}
		Logs        []string
		ReturnValue any
	}
	require.NoError(t, json.Unmarshal([]byte(body), &result), body)
	assert.Nil(t, result.ReturnValue)
	response := result.Outputs["res"]
	assert.Contains(t, response.Headers["Content-Type"], "json")
	return adaptertest.Responded(t, response.StatusCode, response.Body)
}

// acknowledged reads how a message was taken: what is not 2xx has the host deliver it again.
func acknowledged(t *testing.T, status int, body string) adaptertest.Answer {
	t.Helper()
	if status == http.StatusOK {
		require.Equal(t, `{"Outputs":{},"Logs":[],"ReturnValue":null}`, body)
		return adaptertest.Answer{Raw: body}
	}
	require.GreaterOrEqual(t, status, 400, body)
	answer := adaptertest.Refused(t, body)
	require.Equal(t, status, answer.Problem.Status)
	return answer
}
