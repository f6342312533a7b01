package httpapi

import (
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/core/fault"
)

// LoopbackOnly keeps web pages out of a server that lets all of this machine in: a browser that visits a hostile page
// can reach loopback ports too, under the page's own origin, or under a name that the page's owner lets point here
// (DNS rebinding).
func LoopbackOnly(next http.Handler) http.Handler {
	sameOrigin := http.NewCrossOriginProtection()
	sameOrigin.SetDenyHandler(forbid(fault.New(fault.Forbidden, "Requests from another origin are refused.").Because("origin")))
	protected := sameOrigin.Handler(next)
	foreign := forbid(fault.New(fault.Forbidden, "This server answers to loopback addresses only.").Because("host").
		WithHint("Call it as localhost or 127.0.0.1. A server behind a proxy takes other names once WECOM_API_KEYS or WECOM_AUTH says who may call."))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !connection.IsLoopback(hostname(r.Host)) {
			foreign(w, r)
			return
		}
		protected.ServeHTTP(w, r)
	})
}

func forbid(why *fault.Error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		x := exchange{w: w, r: r, started: time.Now()}
		x.identify(requestID(r.Header))
		e := *why // each request gets its own, to complete
		x.problem(&e)
	}
}

// hostname is the host of a Host header, without its port and the brackets of IPv6.
func hostname(hostport string) string {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = strings.TrimSuffix(strings.TrimPrefix(hostport, "["), "]")
	}
	return host
}
