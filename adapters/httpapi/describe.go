package httpapi

import (
	"encoding/json"

	"github.com/wecom-functions/wecom-functions/adapters/httpapi/openapi"
	"github.com/wecom-functions/wecom-functions/core/catalog"
	"github.com/wecom-functions/wecom-functions/core/describe"
	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

// description is all that is known of an action.
type description struct {
	summary
	Document string           `json:"document"`
	Input    *describe.Schema `json:"input"`
	Output   *describe.Schema `json:"output"`
	Examples []example        `json:"examples"`
	Refusals []refused        `json:"refusals"`
}

type example struct {
	Title  string          `json:"title"`
	Input  json.RawMessage `json:"input"`
	Output json.RawMessage `json:"output"`
}

// refused is an errcode that WeCom often answers to the call, and what becomes of it.
type refused struct {
	Errcode int64      `json:"errcode"`
	Kind    fault.Kind `json:"kind"`
	Status  int        `json:"status"`
	Meaning string     `json:"meaning"`
	Hint    string     `json:"hint,omitempty"`
}

// describe answers GET /actions/{id}.
func (h *handler) describe(x *exchange, id string) {
	a := h.connector.Lookup(id)
	if a == nil {
		_, err := h.connector.Invoke(x.r.Context(), x.request(id)) // which says why not
		x.problem(fault.From(err))
		return
	}
	body, err := h.catalogue.describe(a)
	h.reply(x, body, err)
}

func describeAction(a *catalog.Action) description {
	d := description{
		summary:  summarise(a),
		Document: openapi.DocumentURL(a.Document),
		Input:    describe.InputSchema(a.New()),
		Output:   describe.OutputSchema(a.Output),
	}
	for _, e := range a.Examples {
		d.Examples = append(d.Examples, example{e.Title, json.RawMessage(e.Input), json.RawMessage(e.Output)})
	}
	for _, errcode := range a.Refusals {
		e := wecom.Refusal(openapi.CallPath(a), errcode, "")
		d.Refusals = append(d.Refusals, refused{errcode, e.Kind, e.HTTPStatus(), e.Detail, e.Hint})
	}
	return d
}
