package azure

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"

	"github.com/wecom-functions/wecom-functions/adapters/event"
	"github.com/wecom-functions/wecom-functions/adapters/httpapi"
	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/describe"
	"github.com/wecom-functions/wecom-functions/core/fault"
)

const (
	// portVariable is where the host says which port it will call.
	portVariable = "FUNCTIONS_CUSTOMHANDLER_PORT"
	// prefix is what the paths of all requests over HTTP begin with, unless host.json says another routePrefix.
	prefix = "/api"
	// fromOutside is in every request that came through Azure's front end.
	fromOutside = "X-Arr-Log-Id"
)

// platform is how the host marks requests.
var platform = httpapi.Platform{Prefix: "X-Azure-Functions-", RequestID: "X-Azure-Functions-Invocationid"}

// Start serves the host until it stops the process. problems are what is wrong with the settings; nil if nothing is. Its
// error says why the host cannot be served.
func Start(settings core.Settings, problems error) error {
	// An app is no function: nothing of the platform's names an action before a call does.
	connector := event.Connect(settings, problems, event.Selector{})
	server := httpapi.NewFunctionServer(Handler(connector))
	err := errors.New("it is not set")
	if port := os.Getenv(portVariable); port != "" {
		err = httpapi.ListenAndServe(connector, server, net.JoinHostPort("127.0.0.1", port))
	}
	if err != nil {
		return fmt.Errorf("%s must be a free port; the Azure Functions host sets it: %w", portVariable, err)
	}
	return nil
}

// Handler serves what the host asks of a connector.
func Handler(c *core.Connector) http.Handler {
	face := httpapi.Behind(platform, asCatalogued(httpapi.Handler(c, httpapi.Options{})))
	return handler{http: face, events: event.New(c, event.Options{Dialect: event.Azure, HTTP: face})}
}

type handler struct {
	http   http.Handler
	events *event.Handler
}

func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/" && r.Method == http.MethodGet {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	if function, is := envelopeFor(r); is {
		h.invoke(w, r, function)
		return
	}
	h.http.ServeHTTP(w, r)
}

// envelopeFor is the function that an envelope of the host is for; is tells whether the request is one.
func envelopeFor(r *http.Request) (function string, is bool) {
	function = strings.TrimPrefix(r.URL.Path, "/")
	outside := function == "" || strings.Contains(function, "/") || len(r.Header[fromOutside]) > 0
	return function, r.Method == http.MethodPost && !outside
}

// invoke answers an envelope. A status other than 2xx says that the invocation failed.
func (h handler) invoke(w http.ResponseWriter, r *http.Request, function string) {
	call := event.Call{RequestID: r.Header.Get(platform.RequestID), Action: event.Named(function)}
	answer, err := h.events.ServePosted(r, call)
	status, contentType := http.StatusOK, "application/json; charset=utf-8"
	if err != nil {
		e := fault.From(err)
		status, contentType, answer = e.HTTPStatus(), fault.ContentType, e.JSON()
	}
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = w.Write(answer) // it fails only where the host is gone
}

// asCatalogued gives a request the path that it has on every platform: without the prefix, and an action's for the name
// of its function.
func asCatalogued(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rest, prefixed := strings.CutPrefix(r.URL.Path, prefix)
		if !prefixed || !strings.HasPrefix(rest, "/") {
			next.ServeHTTP(w, r)
			return
		}
		target := *r.URL
		target.Path, target.RawPath = rest, strings.TrimPrefix(r.URL.RawPath, prefix)
		if id := event.Named(rest[1:]); id != "" && target.RawPath == "" {
			target.Path = describe.Route(id)
		}
		own := *r
		own.URL = &target
		next.ServeHTTP(w, &own)
	})
}
