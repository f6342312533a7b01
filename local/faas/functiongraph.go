package faas

import (
	"crypto/rand"
	"net/http"
	"time"

	"github.com/wecom-functions/wecom-functions/adapters/functiongraph"
	"github.com/wecom-functions/wecom-functions/core"
)

// functiongraphForms are what a function of FunctionGraph is handed, an HTTP function's requests as they are among them.
var functiongraphForms = []form{
	{"apig", true, apigRequest},
	{"direct", false, nil},
	{"timer", false, functiongraphTimer},
	{"smn", false, smnNotification},
	{"http", true, nil},
}

// functiongraphFront has Huawei FunctionGraph serve requests.
func functiongraphFront(c *core.Connector, event string) http.Handler {
	if event == "http" {
		function := functiongraph.Handler(c)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.URL.Path = "/" + r.URL.Path // as the platform joins it
			r.RequestURI = r.URL.RequestURI()
			function.ServeHTTP(w, r)
		})
	}
	return formNamed(functiongraphForms, event).front(polled(functiongraph.Events(c)))
}

// apigRequest is a request behind API Gateway, which encodes every body.
func apigRequest(r *http.Request, body []byte) any {
	text, asBase64 := encoded(body, true)
	headers := object{"host": r.Host}
	for name, values := range r.Header {
		headers[name] = values
	}
	return object{
		"body": text, "isBase64Encoded": asBase64, "httpMethod": r.Method, "path": r.URL.EscapedPath(), "pathParameters": object{},
		"queryStringParameters": r.URL.Query(), "headers": headers, "user_data": "",
		"requestContext": object{"apiId": "bc1dcffd", "requestId": "11cdcdcf", "stage": "RELEASE", "sourceIp": "127.0.0.1"},
	}
}

func functiongraphTimer(_ *http.Request, body []byte) any {
	return object{
		"version": "v1.0", "time": time.Now().Format(time.RFC3339), "trigger_type": "TIMER", "trigger_name": "timer",
		"user_event": string(body),
	}
}

func smnNotification(_ *http.Request, body []byte) any {
	return object{"record": []any{object{
		"event_version": "1.0", "event_source": "smn", "event_subscription_urn": "urn:fss:cn-north-4:2b1c0d9e:function:default:wecom:latest",
		"smn": object{"topic_urn": "urn:smn:cn-north-4:2b1c0d9e:alarms", "type": "notification", "message_id": rand.Text(), "message": string(body)},
	}}}
}
