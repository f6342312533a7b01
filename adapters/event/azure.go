package event

import (
	"bytes"
	"context"
	"net/url"
	"strconv"
	"strings"

	"github.com/wecom-functions/wecom-functions/core/describe"
	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/core/rawjson"
)

// The Azure Functions host posts {"Data":{"<binding>":...},"Metadata":{...}}: a request of HTTP as an object, the
// message of a queue as a string.

// azureShape tells an envelope's trigger. What is no envelope is a trigger, too, and then refused: nothing but the host
// invokes a function there.
func azureShape(o object) Shape {
	value, _ := azureTrigger(o)
	if binding, isObject := members(value); isObject && binding.has("Url") && binding.has("Method") {
		return AzureHTTP
	}
	return AzureTrigger
}

// azureTrigger is what the trigger hands over.
func azureTrigger(o object) ([]byte, *fault.Error) {
	data := o.object("Data")
	switch {
	case !o.has("Data") || !o.has("Metadata"):
		return nil, broken("it is not an object with Data and Metadata")
	case len(data) != 1:
		return nil, broken("Data must be an object with one member, the trigger; other input bindings are not understood")
	}
	return data[0].value, nil
}

// azureRequest writes the request of an HTTP trigger with the members that the other platforms have. A function of one
// action runs that one, whatever the route that leads to it.
func azureRequest(o object, call Call) (object, *fault.Error) {
	value, e := azureTrigger(o)
	if e != nil {
		return nil, e
	}
	from, _ := members(value)
	target, err := url.Parse(from.text("Url"))
	if err != nil || target.Path == "" {
		return nil, broken("Url is not the URL of the request")
	}
	path := target.EscapedPath()
	if call.Action != "" {
		path = describe.Route(call.Action)
	}
	query, e := azureQuery(target, from.get("Query"))
	if e != nil {
		return nil, e
	}
	return object{
		{"httpMethod", from.get("Method")},
		{"path", quoted(path)},
		{"rawQueryString", quoted(query)},
		{"headers", from.get("Headers")},
		{"body", from.get("Body")},
		{"isBase64Encoded", literal(azureEncodes(pairs(from.object("Headers"))))},
	}, nil
}

// azureEncodes tells whether the host writes the body as base64, by its type.
func azureEncodes(headers []pair) bool {
	for _, h := range headers {
		if strings.EqualFold(h.name, "Content-Type") {
			kind, _, _ := strings.Cut(strings.ToLower(h.value), ";")
			return strings.HasPrefix(kind, "multipart/") || strings.TrimSpace(kind) == "application/octet-stream"
		}
	}
	return false
}

func literal(is bool) []byte { return strconv.AppendBool(nil, is) }

// azureQuery is the query. It stands in the URL; where it does not, it is an object, or one written as text.
func azureQuery(target *url.URL, value []byte) (string, *fault.Error) {
	if target.RawQuery != "" || value == nil || isNull(value) {
		return target.RawQuery, nil
	}
	if written, isText := text(value); isText {
		value = []byte(written)
	}
	parameters, isObject := parse(value)
	if !isObject && len(value) > 0 {
		return "", broken("Query is not an object")
	}
	return joinQuery(pairs(parameters), url.QueryEscape), nil
}

func quoted(s string) []byte {
	value, _ := rawjson.Marshal(s) // strings can be written
	return value
}

// azureResult is what the host is answered. ReturnValue is never used: the host decodes strings that look like base64.
type azureResult struct {
	Outputs     map[string]azureResponse
	Logs        []string
	ReturnValue any
}

// azureResponse is the output binding of an HTTP function, which must be called res.
type azureResponse struct {
	StatusCode int               `json:"statusCode"`
	Headers    map[string]string `json:"headers"`
	Body       string            `json:"body"`
}

func azureAnswer(a answer) []byte {
	return azureOutputs(map[string]azureResponse{"res": {a.StatusCode, a.Headers, a.Body}})
}

func azureOutputs(outputs map[string]azureResponse) []byte {
	encoded, _ := rawjson.Marshal(azureResult{Outputs: outputs, Logs: []string{}}) // it holds nothing that cannot be written
	return encoded
}

// triggered runs the call in the message that a trigger hands over.
func (h *Handler) triggered(ctx context.Context, o object, call Call) ([]byte, error) {
	payload, e := azureMessage(o)
	if e != nil {
		return nil, h.refuse(ctx, call, AzureTrigger, e)
	}
	if err := h.Deliver(ctx, payload, call); err != nil {
		return nil, err
	}
	return azureOutputs(map[string]azureResponse{}), nil
}

// azureMessage is the message: text, which the host writes as JSON once or, being text, once more, or an object.
func azureMessage(o object) ([]byte, *fault.Error) {
	value, e := azureTrigger(o)
	if e != nil {
		return nil, e
	}
	for range 2 {
		written, isText := text(value)
		if !isText {
			break
		}
		value = bytes.TrimSpace([]byte(written))
	}
	if len(value) > 0 && value[0] == '[' {
		return nil, broken("the trigger hands over a list of messages; set its cardinality to one")
	}
	return value, nil
}
