package lambda_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/aws/aws-lambda-go/lambda/messages"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/adapters/adaptertest"
	"github.com/wecom-functions/wecom-functions/adapters/lambda"
	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/fault"
)

// way is one way into Lambda: how a call becomes an event, and an answer a result.
type way struct {
	name    string
	adapter adaptertest.Adapter
	event   func(adaptertest.Call) any
	answer  func(t *testing.T, payload string) adaptertest.Answer
}

var (
	http   = adaptertest.Adapter{HTTP: true}
	oneWay = adaptertest.Adapter{OneWay: true}
)

type object = map[string]any

var ways = []way{
	{"HTTP API and Function URL", http, v2(false), responded},
	{"Function URL with a base64 body", http, v2(true), responded},
	{"REST API", http, v1(false), responded},
	{"REST API with a base64 body", http, v1(true), responded},
	{"load balancer", http, alb, responded},
	{"load balancer with multi-value headers", http, albMulti, responded},
	{"direct", adaptertest.Adapter{}, direct, adaptertest.Succeeded},
	{"SQS", oneWay, sqs, reported},
	{"SNS", oneWay, sns, adaptertest.Acknowledged},
	{"EventBridge", oneWay, eventBridge, adaptertest.Acknowledged},
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
	handler := lambda.Handler(connector)
	return func(ctx context.Context, t *testing.T, call adaptertest.Call) adaptertest.Answer {
		t.Helper()
		payload, err := json.Marshal(w.event(call))
		if err != nil {
			payload = []byte(call.Envelope()) // an input that is no JSON, which only an envelope as it stands can hold
		}
		answer, err := handler.Invoke(ctx, payload)
		if err == nil {
			return w.answer(t, string(answer))
		}
		failure, ok := err.(messages.InvokeResponse_Error) //nolint:errorlint // by value, as aws-lambda-go wants it
		require.True(t, ok, "%T", err)
		read := adaptertest.Refused(t, failure.Message)
		require.Equal(t, string(read.Kind), failure.Type)
		return read
	}
}

// body is the body of a request and whether it is base64.
func body(call adaptertest.Call, encoded bool) string {
	if encoded {
		return base64.StdEncoding.EncodeToString([]byte(call.Input))
	}
	return call.Input
}

func v2(encoded bool) func(adaptertest.Call) any {
	return func(call adaptertest.Call) any {
		path, query := call.Path()
		return object{
			"version": "2.0", "rawPath": "/prod" + path, "rawQueryString": query, "headers": object{"content-type": "application/json"},
			"requestContext": object{"stage": "prod", "http": object{"method": "POST", "path": path}},
			"body":           body(call, encoded), "isBase64Encoded": encoded,
		}
	}
}

func v1(encoded bool) func(adaptertest.Call) any {
	return func(call adaptertest.Call) any {
		path, _ := call.Path()
		event := object{
			"resource": "/{proxy+}", "httpMethod": "POST", "path": path, "multiValueHeaders": object{"Content-Type": []string{"application/json"}},
			"headers": object{"Content-Type": "application/json"}, "requestContext": object{"stage": "prod"},
			"body": body(call, encoded), "isBase64Encoded": encoded,
		}
		if call.Connection != "" {
			event["queryStringParameters"] = object{"connection": call.Connection}
		}
		return event
	}
}

func alb(call adaptertest.Call) any {
	path, _ := call.Path()
	return object{
		"httpMethod": "POST", "path": path, "queryStringParameters": object{"connection": call.Connection},
		"headers": object{"content-type": "application/json"}, "requestContext": object{"elb": object{"targetGroupArn": "a"}},
		"body": call.Input, "isBase64Encoded": false,
	}
}

func albMulti(call adaptertest.Call) any {
	path, _ := call.Path()
	return object{
		"httpMethod": "POST", "path": path, "multiValueQueryStringParameters": object{"connection": []string{call.Connection}},
		"multiValueHeaders": object{"content-type": []string{"application/json"}}, "requestContext": object{"elb": object{"targetGroupArn": "a"}},
		"body": body(call, true), "isBase64Encoded": true,
	}
}

func direct(call adaptertest.Call) any { return json.RawMessage(call.Envelope()) }

func sqs(call adaptertest.Call) any {
	return object{"Records": []any{object{"messageId": "m1", "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:r:1:q", "body": call.Envelope()}}}
}

func sns(call adaptertest.Call) any {
	return object{"Records": []any{object{"EventSource": "aws:sns", "Sns": object{"MessageId": "m1", "Message": call.Envelope()}}}}
}

func eventBridge(call adaptertest.Call) any {
	return object{"detail-type": "t", "source": "s", "id": "e1", "detail": json.RawMessage(call.Envelope())}
}

func responded(t *testing.T, payload string) adaptertest.Answer {
	t.Helper()
	var answer struct {
		StatusCode      int    `json:"statusCode"`
		Body            string `json:"body"`
		IsBase64Encoded bool   `json:"isBase64Encoded"`
	}
	require.NoError(t, json.Unmarshal([]byte(payload), &answer))
	require.False(t, answer.IsBase64Encoded)
	return adaptertest.Responded(t, answer.StatusCode, answer.Body)
}

func reported(t *testing.T, payload string) adaptertest.Answer {
	t.Helper()
	switch payload {
	case `{"batchItemFailures":[]}`:
		return adaptertest.Answer{Raw: payload}
	case `{"batchItemFailures":[{"itemIdentifier":"m1"}]}`:
		return adaptertest.Answer{Raw: payload, Kind: adaptertest.Failed}
	}
	require.Fail(t, fmt.Sprint("no answer to SQS: ", payload))
	return adaptertest.Answer{Kind: fault.Internal}
}
