package faas

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/wecom-functions/wecom-functions/adapters/azure"
	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/describe"
)

// azureForms are what a custom handler is sent: a request as it is, or an envelope of the Azure Functions host.
var azureForms = []form{
	{"http", true, nil},
	{"envelope", true, azureRequest},
	{"queue", false, azureMessage},
}

// azureFront has a custom handler of Azure Functions serve requests.
func azureFront(c *core.Connector, event string) http.Handler {
	custom := azure.Handler(c)
	if event == "http" {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.URL = azureURL(r)
			custom.ServeHTTP(w, r)
		})
	}
	function := "/wecom-all"
	if sole := c.Sole(); sole != "" {
		function = "/" + describe.Function(sole)
	}
	return formNamed(azureForms, event).front(func(ctx context.Context, raw []byte) (answer, problem []byte) {
		answered := posted(ctx, custom, function, raw, http.Header{"Content-Type": {"application/json"}})
		if answered.status != http.StatusOK {
			return nil, answered.body.Bytes()
		}
		var result struct{ Outputs struct{ Res json.RawMessage } }
		_ = json.Unmarshal(answered.body.Bytes(), &result) // what is not there is seen by whoever needs it
		if result.Outputs.Res != nil {
			return result.Outputs.Res, nil
		}
		return answered.body.Bytes(), nil
	})
}

// azureURL is the URL of a request as its caller sends it to Azure.
func azureURL(r *http.Request) *url.URL {
	to := *r.URL
	to.Path = "/api" + to.Path
	if to.RawPath != "" {
		to.RawPath = "/api" + to.RawPath
	}
	return &to
}

// azureRequest is the envelope of a request.
func azureRequest(r *http.Request, body []byte) any {
	to := azureURL(r)
	to.Scheme, to.Host = "http", r.Host
	req := object{
		"Url": to.String(), "Method": r.Method, "Query": single(r.URL.Query()), "Headers": r.Header,
		"Params": object{}, "Identities": []any{},
	}
	if len(body) > 0 {
		req["Body"], _ = encoded(body, strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/"))
	}
	return azureEnvelope("req", req)
}

// azureMessage is the envelope of a message of a queue, which the host writes as JSON once more.
func azureMessage(_ *http.Request, body []byte) any {
	message, _ := json.Marshal(string(body)) // strings can be written
	return azureEnvelope("message", string(message))
}

func azureEnvelope(binding string, value any) any {
	return object{"Data": object{binding: value}, "Metadata": object{"sys": object{"MethodName": "wecom"}}}
}
