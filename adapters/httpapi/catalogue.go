package httpapi

import (
	"sync"

	"github.com/wecom-functions/wecom-functions/adapters/httpapi/openapi"
	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/catalog"
	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/core/describe"
	"github.com/wecom-functions/wecom-functions/core/rawjson"
)

// catalogue holds what is said of the actions. All of it is made at the first question and then kept: a function that
// only ever runs actions pays nothing for it.
type catalogue struct {
	all      kept
	document kept
	one      sync.Map // id -> *kept
}

// kept is an answer that is made once.
type kept struct {
	once sync.Once
	body []byte
	err  error
}

func (k *kept) get(build func() ([]byte, error)) ([]byte, error) {
	k.once.Do(func() { k.body, k.err = build() })
	return k.body, k.err
}

// summary is an action in the list.
type summary struct {
	ID         string          `json:"id"`
	Title      string          `json:"title"`
	Doc        string          `json:"doc"`
	Connection connection.Type `json:"connection"`
	Route      string          `json:"route"`
	Call       string          `json:"call"`
}

// list is the answer to GET /actions.
func (c *catalogue) list(from *core.Connector) ([]byte, error) {
	return c.all.get(func() ([]byte, error) {
		actions := from.Actions()
		list := make([]summary, len(actions))
		for i, a := range actions {
			list[i] = summarise(a)
		}
		return rawjson.Marshal(struct {
			Actions []summary `json:"actions"`
		}{list})
	})
}

// openAPI is the answer to GET /openapi.json.
func (c *catalogue) openAPI(from *core.Connector) ([]byte, error) {
	return c.document.get(func() ([]byte, error) { return openapi.Document(from.Actions(), core.Version) })
}

func summarise(a *catalog.Action) summary {
	return summary{a.ID, a.Title, a.Doc, a.Connection, describe.Route(a.ID), a.Call}
}
