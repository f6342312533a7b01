package httpapi

import (
	"cmp"
	"net/http"
	"time"
)

// limits are what a request may take, and bring.
type limits struct {
	timeout time.Duration
	body    int64
}

// limits are those of the route's action. What else is posted is an event, which names its action inside: it may be the
// one that takes most.
func (h *handler) limits(to route) limits {
	l := limits{DefaultTimeout, DefaultMaxBody}
	if called := h.connector.Lookup(to.action); called != nil {
		l = limits{called.Timeout(), called.MaxInput()}
	} else if to.class == classEvents {
		for _, a := range h.connector.Actions() {
			l = limits{max(l.timeout, a.Timeout()), max(l.body, a.MaxInput())}
		}
	}
	return limits{min(l.timeout, cmp.Or(h.options.Timeout, l.timeout)), min(l.body, cmp.Or(h.options.MaxBody, l.body))}
}

// allow gives a request the limits of its route. Where these are wider than the server's, they take their place: for the
// answer at once, for the body as it arrives.
func (h *handler) allow(x *exchange, to route) {
	if x.r.Method != http.MethodPost {
		return
	}
	x.limits = h.limits(to)
	server, _ := x.r.Context().Value(http.ServerContextKey).(*http.Server)
	if server == nil || x.limits.timeout <= DefaultTimeout {
		return
	}
	control := http.NewResponseController(x.w)
	end := x.started.Add(x.limits.timeout)
	if server.WriteTimeout > 0 {
		_ = control.SetWriteDeadline(end.Add(answerTime)) // where that is not supported, the server's holds
	}
	if server.ReadTimeout > 0 {
		x.body.pace = &pace{control: control, left: server.ReadTimeout, last: end}
	}
}
