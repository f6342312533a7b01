package httpapi

import (
	"net/http"
	"net/url"
	"strings"
)

const (
	pathActions = "/actions"
	pathOpenAPI = "/openapi.json"
	pathHealth  = "/health/"
	pathReady   = "/health/ready"
	pathLive    = "/health/live"
	pathEvents  = "/"
)

// class is what a path is for.
type class string

const (
	classNothing   class = "nothing"
	classAction    class = "action"    // /actions/{id}
	classSole      class = "sole"      // any other path, where one action is all that the deployment runs
	classEvents    class = "events"    // /, where events are taken
	classCatalogue class = "catalogue" // /actions
	classOpenAPI   class = "openapi"
	classLive      class = "live"
	classReady     class = "ready"
)

// methods lists what the class takes, in the form of an Allow header; "" is everything.
func (c class) methods() string {
	switch c {
	case classAction:
		return "GET, HEAD, POST"
	case classSole, classEvents:
		return "POST"
	case classCatalogue, classOpenAPI, classLive, classReady:
		return "GET, HEAD"
	default:
		return ""
	}
}

func allows(methods, method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost:
		return methods == "" || strings.Contains(methods, method)
	default: // OPTIONS and TRACE among them: nothing is negotiated or echoed here
		return methods == ""
	}
}

// route is a path that was understood.
type route struct {
	class  class
	action string // the id that was asked for, which may be of no action
}

// route reads a path as it was sent: an action is found by its id alone, so an escaped one is none. Repeated slashes
// count as one, without a redirect, which would turn a POST into a GET.
func (h *handler) route(u *url.URL) route {
	path := collapse(u.Path)
	escaped := u.RawPath != ""
	id, isAction := strings.CutPrefix(path, pathActions+"/")
	switch {
	case isAction:
		if escaped {
			id = "" // of no action
		}
		return route{classAction, id}
	case path == pathActions && !escaped:
		return route{class: classCatalogue}
	case path == pathOpenAPI && !escaped:
		return route{class: classOpenAPI}
	case path == pathLive && !escaped:
		return route{class: classLive}
	case path == pathReady && !escaped:
		return route{class: classReady}
	case strings.HasPrefix(path, pathHealth):
		return route{class: classNothing}
	case h.connector.Sole() != "" || h.connector.Err() != nil:
		return route{classSole, h.connector.Sole()}
	case path == pathEvents && !escaped && h.options.Deliver != nil:
		return route{class: classEvents}
	default:
		return route{class: classNothing}
	}
}

// collapse turns repeated slashes into one.
func collapse(path string) string {
	for strings.Contains(path, "//") {
		path = strings.ReplaceAll(path, "//", "/")
	}
	return path
}
