package faas

import (
	"net/http"
	"strings"
	"time"

	"github.com/wecom-functions/wecom-functions/adapters/scf"
	"github.com/wecom-functions/wecom-functions/core"
)

// scfForms are what a function of SCF is handed, the requests of a Web function as they are among them.
var scfForms = []form{
	{"url", true, scfURL},
	{"gateway", true, scfGateway},
	{"direct", false, nil},
	{"timer", false, scfTimer},
	{"web", true, nil},
}

// scfFront has Tencent Cloud SCF serve requests.
func scfFront(c *core.Connector, event string) http.Handler {
	if event == "web" {
		return scf.Handler(c)
	}
	return formNamed(scfForms, event).front(polled(scf.Events(c)))
}

// scfURL is a request to a function URL.
func scfURL(r *http.Request, body []byte) any {
	headers := object{"x-scf-remote-addr": "127.0.0.1"}
	for name, value := range single(r.Header) {
		headers[strings.ToLower(name)] = value
	}
	return object{
		"httpMethod": r.Method, "path": r.URL.EscapedPath(), "headers": headers, "queryString": single(r.URL.Query()), "body": string(body),
	}
}

// scfGateway is a request behind the older API gateway, which writes several values of a parameter as a list, and true
// for one without a value.
func scfGateway(r *http.Request, body []byte) any {
	query := object{}
	for name, values := range r.URL.Query() {
		switch {
		case len(values) > 1:
			query[name] = values
		case values[0] == "":
			query[name] = true
		default:
			query[name] = values[0]
		}
	}
	return object{
		"requestContext": object{"serviceId": "service-f94sy04v", "requestId": "c6af9ac6", "sourceIp": "127.0.0.1", "stage": "release"},
		"httpMethod":     r.Method, "path": r.URL.EscapedPath(), "headers": single(r.Header), "queryString": query,
		"headerParameters": object{}, "pathParameters": object{}, "queryStringParameters": object{}, "stageVariables": object{},
		"body": string(body), "isBase64Encoded": false,
	}
}

func scfTimer(_ *http.Request, body []byte) any {
	return object{"Type": "Timer", "TriggerName": "timer", "Time": time.Now().UTC().Format(time.RFC3339), "Message": string(body)}
}
