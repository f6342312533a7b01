package gcf

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/wecom-functions/wecom-functions/adapters/event"
	"github.com/wecom-functions/wecom-functions/adapters/httpapi"
	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/catalog"
	"github.com/wecom-functions/wecom-functions/core/describe"
)

// The names of the entry points that follow from no action.
const (
	everything = "WeCom"
	// EventSuffix ends the names of those that take CloudEvents.
	EventSuffix = "Event"
)

// The variables of the platform.
const (
	selector  = "FUNCTION_TARGET"
	service   = "K_SERVICE"
	timeLimit = "CLOUD_RUN_TIMEOUT_SECONDS"
)

// The platform's own header fields.
const (
	executionID  = "Function-Execution-Id"
	traceContext = "X-Cloud-Trace-Context" // TRACE/SPAN;o=1
)

// Start serves requests until SIGTERM, and lets those under way finish; the error says why it cannot. problems are what is
// wrong with the settings; nil if nothing is. On Cloud Run it listens on every address.
func Start(settings core.Settings, problems error, host, port string) error {
	c := Connect(settings, problems)
	server := httpapi.NewServer
	if os.Getenv(service) != "" {
		host, server = "0.0.0.0", httpapi.NewFunctionServer
	}
	if err := httpapi.ListenAndServe(c, server(New(c)), net.JoinHostPort(host, port)); err != nil {
		return fmt.Errorf("PORT must be a free port of HOST: %w", err)
	}
	return nil
}

// Connect makes the connector of what FUNCTION_TARGET and WECOM_ACTION select. problems are what is wrong with the settings.
func Connect(settings core.Settings, problems error) *core.Connector {
	target := strings.TrimSuffix(os.Getenv(selector), EventSuffix)
	return event.Connect(settings, problems, event.Selector{Variable: selector, Value: target, All: everything})
}

// EntryPoints are the names of the functions for requests; each has one for CloudEvents beside it.
func EntryPoints() []string {
	list := []string{everything}
	for _, id := range catalog.IDs() {
		list = append(list, describe.GoType(id))
	}
	return list
}

// Deployment serves a connector, which is limited to what the deployment runs. All functions are this one: what they may
// run is the connector's matter.
type Deployment struct {
	events *event.Handler
	face   http.Handler
	// paths is where the face has what the framework has at the name of a function.
	paths map[string]string
}

// New makes the deployment of a connector.
func New(c *core.Connector) *Deployment {
	limit := timeout()
	d := &Deployment{events: event.New(c, event.Options{Dialect: event.Plain, Timeout: limit})}
	d.face = httpapi.Behind(httpapi.Platform{RequestID: executionID}, httpapi.Handler(c, httpapi.Options{Timeout: limit, Deliver: d.Deliver}))
	d.paths = map[string]string{"/" + everything: "/", "/" + everything + EventSuffix: "/"}
	for _, id := range catalog.IDs() {
		name, route := "/"+describe.GoType(id), describe.Route(id)
		d.paths[name], d.paths[name+EventSuffix] = route, route
	}
	return d
}

// Deliver runs the call in a CloudEvent, whose sender was authenticated.
func (d *Deployment) Deliver(ctx context.Context, e httpapi.Event) error {
	return d.events.DeliverCloudEvent(ctx, e.Type, e.Data, event.Call{
		Action: e.Action, RequestID: e.RequestID, TraceID: e.TraceID, Caller: e.Caller,
	})
}

// timeout is what the platform lets a call take, less the way back; 0 where it does not say.
func timeout() time.Duration {
	seconds, err := strconv.ParseUint(os.Getenv(timeLimit), 10, 31)
	if err != nil || seconds == 0 {
		return 0
	}
	return time.Duration(seconds)*time.Second - event.DefaultReserve
}

// ServeHTTP answers a request, which may be a CloudEvent.
func (d *Deployment) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	if path == "/robots.txt" || path == "/favicon.ico" { // the platform keeps these for itself
		http.NotFound(w, r)
		return
	}
	if at, named := d.paths[path]; named {
		r = httpapi.At(r, at)
	}
	joinTrace(r.Header)
	d.face.ServeHTTP(w, r)
}

// joinTrace puts the trace of the platform's own field into the standard one, where that is missing. Of the span nothing
// is used.
func joinTrace(header http.Header) {
	if own := header[traceContext]; len(own) == 1 && header["Traceparent"] == nil {
		trace, _, _ := strings.Cut(own[0], "/")
		header["Traceparent"] = []string{"00-" + trace + "-0000000000000001-00"}
	}
}
