package main

import (
	"net"
	"net/http"

	"github.com/wecom-functions/wecom-functions/core/connection"
)

// guard keeps web pages out: a browser that visits a hostile page can reach loopback ports too, under the page's own
// origin, or under a name that the page's owner lets point here (DNS rebinding).
func guard(next http.Handler) http.Handler {
	sameOrigin := http.NewCrossOriginProtection()
	sameOrigin.SetDenyHandler(refuse("requests from another origin are refused"))
	protected := sameOrigin.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !connection.IsLoopback(hostname(r.Host)) {
			refuse("this server answers to loopback addresses only")(w, r)
			return
		}
		protected.ServeHTTP(w, r)
	})
}

func refuse(why string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { http.Error(w, why, http.StatusForbidden) }
}

func hostname(hostport string) string {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		return hostport
	}
	return host
}
