// Package faas puts the platforms in front of the connector, in this process: a request over HTTP is wrapped into the
// event that the platform would make of it, served by the platform's real adapter, and unwrapped again.
//
//	POST /fn/lambda/wecom-message-text-send              as a Function URL hands it over
//	POST /fn/lambda/wecom-message-text-send?event=sqs    as a record of a queue
//	GET  /fn/                                            the platforms, their events, and the functions
//
// Its folders hold what the platforms' programs talk to when they run as processes of their own: the runtime APIs that
// are polled, and the hosts that call.
//
// It may import core/..., adapters/... and the standard library.
package faas

import (
	"net/http"
	"strings"
	"sync"

	"github.com/wecom-functions/wecom-functions/adapters/event"
	"github.com/wecom-functions/wecom-functions/adapters/httpapi"
	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/describe"
	"github.com/wecom-functions/wecom-functions/core/fault"
)

// Prefix is where a Handler is served.
const Prefix = "/fn/"

// everything names the function that is not limited to some actions.
const everything = "all"

// Platform is one platform in front of the connector.
type Platform struct {
	// Name is the platform's folder below functions/.
	Name string
	// Events are the events that a request can be wrapped into; the first is what it is without ?event=.
	Events []Event
	// front serves requests for a connector, each wrapped into the event.
	front func(c *core.Connector, event string) http.Handler
}

// Event is what a platform hands to a function.
type Event struct {
	Name string
	// HTTP: it is a request over HTTP, with the path and the query of the one that is wrapped. Any other carries the body
	// alone.
	HTTP bool
}

// Platforms lists all of them.
func Platforms() []Platform {
	return []Platform{
		{"lambda", eventsOf(lambdaForms), lambdaFront},
		{"gcf", deliveredEvents(gcfDeliveries), gcfFront},
		{"functiongraph", eventsOf(functiongraphForms), functiongraphFront},
		{"azure", eventsOf(azureForms), azureFront},
		{"scf", eventsOf(scfForms), scfFront},
		{"fc", eventsOf(fcForms), fcFront},
		{"server", deliveredEvents(serverDeliveries), serverFront},
	}
}

// Handler serves the functions of all platforms for the connections of the settings. Who may call is what the settings
// say, as everywhere.
func Handler(settings core.Settings) http.Handler {
	h := &handler{settings: settings, deployed: make(map[deployment]http.Handler)}
	h.connector, _ = core.New(settings) // wrong settings are for the calls to answer with
	return h
}

type handler struct {
	settings  core.Settings
	connector *core.Connector // for every action that the settings allow

	mu       sync.Mutex
	deployed map[deployment]http.Handler // made at the first call
}

// deployment is a function behind a trigger. Its actions are joined by commas: all names and patterns that mean the same
// share one deployment, so that their number is bounded.
type deployment struct{ platform, event, actions string }

// ServeHTTP answers one request.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	to, err := readTarget(r.URL)
	switch {
	case err != nil:
		refuse(w, err)
	case to.function == "":
		h.list(w, r, to.platform)
	default:
		h.call(w, r, to)
	}
}

// call has the function that the target names serve the rest of the request.
func (h *handler) call(w http.ResponseWriter, r *http.Request, to target) {
	function, err := h.find(to)
	if err != nil {
		refuse(w, err)
		return
	}
	inner := r.Clone(r.Context())
	inner.URL, inner.RequestURI = to.inner, to.inner.RequestURI()
	function.ServeHTTP(w, inner)
}

// find returns the function that the target names.
func (h *handler) find(to target) (http.Handler, *fault.Error) {
	platform, e := platformNamed(to.platform)
	if e != nil {
		return nil, e
	}
	trigger, e := platform.eventNamed(to.event)
	if e != nil {
		return nil, e
	}
	if e := to.checkQuery(trigger); e != nil {
		return nil, e
	}
	actions, e := h.actions(to.function)
	if e != nil {
		return nil, e
	}
	return h.deploy(platform, trigger.Name, actions), nil
}

// eventNamed is an event of the platform; the first one for "".
func (p Platform) eventNamed(name string) (Event, *fault.Error) {
	if name == "" {
		return p.Events[0], nil
	}
	var names []string
	for _, event := range p.Events {
		if event.Name == name {
			return event, nil
		}
		names = append(names, event.Name)
	}
	e := unknown("event of "+p.Name, name, names)
	e.Kind = fault.InvalidInput // it is a parameter, not a place
	return Event{}, e
}

// actions are those that a function's name selects of what is served here, in any spelling that a deployment takes.
func (h *handler) actions(function string) ([]string, *fault.Error) {
	var selected, served []string
	for _, a := range h.connector.Actions() {
		served = append(served, a.ID)
		if function == everything || describe.Selects(function, a.ID) {
			selected = append(selected, a.ID)
		}
	}
	if len(selected) == 0 {
		return nil, unknown("function", function, spellings(served))
	}
	return selected, nil
}

// deploy makes the function, limited as a platform's selector or WECOM_ACTION limits it, if it was not made before.
func (h *handler) deploy(platform Platform, trigger string, actions []string) http.Handler {
	key := deployment{platform.Name, trigger, strings.Join(actions, ",")}
	h.mu.Lock()
	defer h.mu.Unlock()
	function, known := h.deployed[key]
	if !known {
		settings := h.settings
		settings.Actions = actions
		function = platform.front(event.Connect(settings, nil, event.Selector{}), trigger)
		h.deployed[key] = function
	}
	return function
}

// spellings are the names that a misspelt one is held against.
func spellings(ids []string) []string {
	list := []string{everything}
	for _, id := range ids {
		list = append(list, describe.Function(id), id, describe.GoType(id), describe.Tool(id))
	}
	return list
}

func platformNamed(name string) (Platform, *fault.Error) {
	var names []string
	for _, p := range Platforms() {
		if p.Name == name {
			return p, nil
		}
		names = append(names, p.Name)
	}
	return Platform{}, unknown("platform", name, names)
}

// unknown says that a name is not known, and which one may have been meant.
func unknown(what, name string, names []string) *fault.Error {
	e := fault.New(fault.NotFound, "There is no %s %q here.", what, httpapi.Shown(name)).Because("path").
		WithHint("GET " + Prefix + " lists the platforms, their events and the functions.")
	if near := action.Nearest(name, names); near != "" {
		e.Detail += " Did you mean " + near + "?"
	}
	return e
}
