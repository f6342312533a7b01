package server

import (
	"context"
	"net/http"
	"time"

	"github.com/wecom-functions/wecom-functions/adapters/event"
	"github.com/wecom-functions/wecom-functions/adapters/httpapi"
	"github.com/wecom-functions/wecom-functions/core"
)

// Handler serves a connector: calls and CloudEvents over HTTP, and what OpenFaaS expects of a container.
func Handler(c *core.Connector) http.Handler {
	face := httpapi.Handler(c, httpapi.Options{Deliver: deliver(event.New(c, event.Options{Dialect: event.Plain}))})
	return openFaaS{httpapi.Behind(httpapi.Platform{RequestID: "X-Call-Id"}, face)}
}

// deliver hands a CloudEvent over to the events.
func deliver(events *event.Handler) func(context.Context, httpapi.Event) error {
	return func(ctx context.Context, e httpapi.Event) error {
		return events.DeliverCloudEvent(ctx, e.Type, e.Data, event.Call{
			Action: e.Action, RequestID: e.RequestID, TraceID: e.TraceID, Caller: e.Caller,
		})
	}
}

// openFaaS speaks to the gateway of OpenFaaS where no watchdog of its does. Behind a watchdog, which passes headers on,
// it changes nothing else.
type openFaaS struct{ next http.Handler }

// wayBack is kept of the time that a caller gives, so that the answer still reaches it.
const wayBack = 250 * time.Millisecond

// ServeHTTP takes a request as the gateway means it: its probes, and the time that the caller gives.
func (o openFaaS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/_/health":
		r = httpapi.At(r, "/health/live")
	case "/_/ready":
		r = httpapi.At(r, "/health/ready")
	}
	if given, err := time.ParseDuration(r.Header.Get("X-Timeout")); err == nil && given > 0 {
		ctx, cancel := context.WithTimeout(r.Context(), given-min(wayBack, given/2))
		defer cancel()
		r = r.WithContext(ctx)
	}
	o.next.ServeHTTP(w, r)
}
