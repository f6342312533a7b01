package faas

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/wecom-functions/wecom-functions/adapters/lambda"
	"github.com/wecom-functions/wecom-functions/core"
)

// lambdaForms are what Lambda is handed.
var lambdaForms = []form{
	{"function-url", true, awsFunctionURL},
	{"http-api", true, awsHTTPAPI},
	{"rest-api", true, awsRESTAPI},
	{"alb", true, albRequest},
	{"direct", false, nil},
	{"sqs", false, sqsRecord},
	{"sns", false, snsNotification},
	{"eventbridge", false, eventBridgeEvent},
}

// lambdaFront has AWS Lambda serve requests.
func lambdaFront(c *core.Connector, event string) http.Handler {
	function := lambda.Handler(c)
	return formNamed(lambdaForms, event).front(func(ctx context.Context, raw []byte) (answer, problem []byte) {
		answer, err := function.Invoke(ctx, raw)
		if err == nil {
			return answer, nil
		}
		var told struct{ ErrorMessage string }
		text, _ := json.Marshal(err) // as aws-lambda-go writes it
		_ = json.Unmarshal(text, &told)
		return nil, []byte(told.ErrorMessage)
	})
}

// awsFunctionURL is a request in the format 2.0, with its body in base64, as a Function URL sends what is not text.
func awsFunctionURL(r *http.Request, body []byte) any {
	event := awsFormatV2(r)
	event["body"], event["isBase64Encoded"] = encoded(body, true)
	return event
}

// awsHTTPAPI is a request in the format 2.0.
func awsHTTPAPI(r *http.Request, body []byte) any {
	event := awsFormatV2(r)
	event["body"], event["isBase64Encoded"] = encoded(body, false)
	return event
}

func awsFormatV2(r *http.Request) object {
	headers := make(map[string]string, len(r.Header))
	for name, values := range r.Header {
		headers[strings.ToLower(name)] = strings.Join(values, ",")
	}
	headers["host"] = r.Host
	return object{
		"version": "2.0", "routeKey": "$default", "rawPath": r.URL.EscapedPath(), "rawQueryString": r.URL.RawQuery, "headers": headers,
		"requestContext": object{
			"stage": "$default", "domainName": r.Host,
			"http": object{"method": r.Method, "path": r.URL.EscapedPath(), "protocol": r.Proto, "sourceIp": "127.0.0.1"},
		},
	}
}

// awsRESTAPI is a request in the format 1.0.
func awsRESTAPI(r *http.Request, body []byte) any {
	text, asBase64 := encoded(body, false)
	return object{
		"resource": "/{proxy+}", "path": r.URL.Path, "httpMethod": r.Method,
		"headers": single(r.Header), "multiValueHeaders": r.Header,
		"queryStringParameters": single(r.URL.Query()), "multiValueQueryStringParameters": r.URL.Query(),
		"requestContext": object{"stage": "prod", "httpMethod": r.Method, "path": "/prod" + r.URL.Path},
		"body":           text, "isBase64Encoded": asBase64,
	}
}

// albRequest is a request behind a load balancer, which leaves the query as it was sent.
func albRequest(r *http.Request, body []byte) any {
	query := map[string]string{}
	for part := range strings.SplitSeq(r.URL.RawQuery, "&") {
		if name, value, _ := strings.Cut(part, "="); name != "" {
			query[name] = value
		}
	}
	text, asBase64 := encoded(body, false)
	return object{
		"requestContext": object{"elb": object{"targetGroupArn": "arn:aws:elasticloadbalancing:eu-central-1:222222222222:targetgroup/wecom/1"}},
		"httpMethod":     r.Method, "path": r.URL.EscapedPath(), "queryStringParameters": query, "headers": single(r.Header),
		"body": text, "isBase64Encoded": asBase64,
	}
}

func sqsRecord(_ *http.Request, body []byte) any {
	return object{"Records": []any{object{
		"messageId": rand.Text(), "eventSource": "aws:sqs",
		"eventSourceARN": "arn:aws:sqs:eu-central-1:222222222222:wecom", "body": string(body),
	}}}
}

func snsNotification(_ *http.Request, body []byte) any {
	return object{"Records": []any{object{
		"EventSource": "aws:sns", "Sns": object{"MessageId": rand.Text(), "Message": string(body)},
	}}}
}

func eventBridgeEvent(_ *http.Request, body []byte) any {
	return object{
		"version": "0", "id": rand.Text(), "source": "com.example", "detail-type": "wecom",
		"detail": json.RawMessage(body),
	}
}
