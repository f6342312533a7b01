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
	list, openAPI kept
	one           sync.Map // id -> kept
}

// kept is an answer that is made once, by sync.OnceValues.
type kept func() ([]byte, error)

func newCatalogue(from *core.Connector, events bool) *catalogue {
	return &catalogue{
		list:    sync.OnceValues(func() ([]byte, error) { return list(from.Actions()) }),
		openAPI: sync.OnceValues(func() ([]byte, error) { return openapi.Document(from.Actions(), core.Version, events) }),
	}
}

// describe is the answer to GET /actions/{id}.
func (c *catalogue) describe(a *catalog.Action) ([]byte, error) {
	one, known := c.one.Load(a.ID)
	if !known {
		build := kept(sync.OnceValues(func() ([]byte, error) { return rawjson.Marshal(describeAction(a)) }))
		one, _ = c.one.LoadOrStore(a.ID, build)
	}
	return one.(kept)()
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
func list(actions []*catalog.Action) ([]byte, error) {
	summaries := make([]summary, len(actions))
	for i, a := range actions {
		summaries[i] = summarise(a)
	}
	return rawjson.Marshal(struct {
		Actions []summary `json:"actions"`
	}{summaries})
}

func summarise(a *catalog.Action) summary {
	return summary{a.ID, a.Title, a.Doc, a.Connection, describe.Route(a.ID), a.Call}
}
