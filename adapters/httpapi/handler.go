package httpapi

import (
	"cmp"
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/caller"
	"github.com/wecom-functions/wecom-functions/core/fault"
)

// The limits of a Handler whose Options say nothing else. An action that takes files has more time and a larger body; see
// core.FileTimeout and core.MaxFileInput.
const (
	// DefaultTimeout is what a request may take, from its header to its answer.
	DefaultTimeout = core.DefaultTimeout
	// DefaultMaxBody bounds a body.
	DefaultMaxBody = core.MaxInput
	// DefaultMaxInFlight bounds the bodies that are held at the same time.
	DefaultMaxInFlight = 64 << 20
)

// Options adjust a Handler. The zero value is fit for use.
type Options struct {
	// Timeout bounds a request, from its header to its answer, where its action may take longer; 0 for none. A platform
	// with an earlier deadline of its own sets that in the request's context.
	Timeout time.Duration
	// MaxBody bounds a body in bytes, also after decompression, where its action takes more; 0 for none.
	MaxBody int64
	// MaxInFlight bounds the bytes that all bodies take up at the same time; 0 for DefaultMaxInFlight.
	MaxInFlight int64
	// Deliver runs the call in a CloudEvent; nil where none are taken. Its error is a *fault.Error that stands in the log
	// already, and says by its kind whether another delivery could do better.
	Deliver func(ctx context.Context, event Event) error
}

// handler is the HTTP face of one connector.
type handler struct {
	connector *core.Connector
	options   Options
	catalogue *catalogue
	inFlight  atomic.Int64 // bytes that bodies take up
}

// Handler serves a connector over HTTP.
func Handler(c *core.Connector, o Options) http.Handler {
	o.MaxInFlight = cmp.Or(o.MaxInFlight, DefaultMaxInFlight)
	return &handler{connector: c, options: o, catalogue: newCatalogue(c, o.Deliver != nil)}
}

// ServeHTTP answers one request.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := exchange{w: w, r: r, started: time.Now(), body: incoming{from: r.Body}}
	defer h.recover(&x)
	x.identify(requestID(r.Header))
	if len(r.TransferEncoding) > 0 {
		// net/http lets Transfer-Encoding win over a Content-Length beside it and hides the latter. Whoever stands in
		// front may have read it the other way; closing denies them a second request hidden in the first (RFC 9112, 6.1).
		w.Header()["Connection"] = []string{"close"}
	}
	if err := checkHeaders(r.Header); err != nil {
		h.refuse(&x, err)
		return
	}
	to := h.route(r.URL)
	if to.class != classLive && to.class != classReady {
		if err := h.authenticate(&x); err != nil {
			h.refuse(&x, err)
			return
		}
	}
	h.dispatch(&x, to)
}

// authenticate checks the caller. Where the settings are so wrong that nobody would be let in, everybody is told: nothing
// can be run there.
func (h *handler) authenticate(x *exchange) error {
	policy := h.connector.Callers()
	if policy.Nobody() && h.connector.Err() != nil {
		return nil
	}
	name, err := policy.Authenticate(x.r.Header["Authorization"])
	if policy.Mode == caller.Keys {
		x.caller = name
	}
	return err
}

func (h *handler) dispatch(x *exchange, to route) {
	if allow := to.class.methods(); !allows(allow, x.r.Method) {
		x.w.Header()["Allow"] = []string{allow}
		h.refuse(x, notAllowed(to.class, allow))
		return
	}
	h.allow(x, to)
	if h.takesEvent(x, to) {
		h.deliver(x, to)
		return
	}
	switch to.class {
	case classAction:
		if x.r.Method != http.MethodPost {
			h.describe(x, to.action)
			return
		}
		h.invoke(x, to)
	case classSole:
		h.invoke(x, to)
	case classEvents:
		h.refuse(x, notAnEvent())
	case classCatalogue:
		body, err := h.catalogue.list()
		h.reply(x, body, err)
	case classOpenAPI:
		body, err := h.catalogue.openAPI()
		h.reply(x, body, err)
	case classLive, classReady:
		h.health(x, to.class)
	default:
		h.refuse(x, fault.New(fault.NotFound, "There is nothing at this path.").Because("path").
			WithHint("GET /actions lists the actions; an action is called with POST /actions/{id}."))
	}
}

func notAllowed(to class, allow string) *fault.Error {
	hint := "It takes " + allow + "."
	if to == classEvents { // what a browser is shown that only looks
		hint += " It is for CloudEvents; GET /actions lists the actions."
	}
	return refusal(http.StatusMethodNotAllowed, "method_not_allowed", "This path does not take the method of the request.").WithHint(hint)
}

// health says whether the process serves, and whether its settings are right. It is open to everybody, so it does not
// say what is wrong with them.
func (h *handler) health(x *exchange, to class) {
	if to == classReady && h.connector.Err() != nil {
		e := fault.New(fault.Misconfigured, "The settings of this deployment are wrong.").Because("config").
			WithHint("Its log, and the answer to every call, say which.")
		e.Status = http.StatusServiceUnavailable
		h.refuse(x, e)
		return
	}
	x.write(http.StatusOK, typeJSON, []byte(`{"status":"ok"}`))
}
