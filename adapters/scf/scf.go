package scf

import (
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wecom-functions/wecom-functions/adapters/event"
	"github.com/wecom-functions/wecom-functions/adapters/httpapi"
	"github.com/wecom-functions/wecom-functions/adapters/poll"
	"github.com/wecom-functions/wecom-functions/core"
)

// The variables of the platform.
const (
	selector       = "_HANDLER"
	runtimeAPI     = "SCF_RUNTIME_API"
	runtimeAPIPort = "SCF_RUNTIME_API_PORT"
)

// address is where the platform reaches a Web function. It does not on a loopback address.
const address = "0.0.0.0:9000"

// Start serves the function until the platform ends it; the error says why it cannot. problems are what is wrong with
// the settings; nil if nothing is.
func Start(settings core.Settings, problems error) error {
	connector := event.Connect(settings, problems, event.Selector{Variable: selector, Value: os.Getenv(selector)})
	if host := os.Getenv(runtimeAPI); host != "" {
		return poll.Serve(connector, Events(connector), RuntimeAPI(net.JoinHostPort(host, os.Getenv(runtimeAPIPort))))
	}
	return httpapi.ListenAndServe(connector, httpapi.NewFunctionServer(Handler(connector)), address)
}

// Events serves the events of an event function.
func Events(c *core.Connector) *event.Handler {
	return event.New(c, event.Options{Dialect: event.Tencent, HTTP: httpapi.Handler(c, httpapi.Options{})})
}

// Handler serves the requests of a Web function.
func Handler(c *core.Connector) http.Handler {
	return httpapi.Behind(httpapi.Platform{
		Prefix: "X-Scf-", RequestID: "X-Scf-Request-Id", Timeout: "X-Scf-Timeout", Reserve: event.DefaultReserve,
	}, httpapi.Handler(c, httpapi.Options{}))
}

// RuntimeAPI is the runtime API at a host and port. It hands over one event at a time, so its answers name none.
func RuntimeAPI(hostport string) poll.API {
	base := "http://" + hostport + "/runtime/"
	return poll.API{
		Ready:    base + "init/ready",
		Next:     base + "invocation/next",
		Response: func(string) string { return base + "invocation/response" },
		Failure:  func(string) string { return base + "invocation/error" },
		Event: func(header http.Header) poll.Event {
			limit, _ := strconv.ParseUint(find(header, "time_limit_in_ms"), 10, 31) // 0 where it is no number
			return poll.Event{
				Limit: time.Duration(limit) * time.Millisecond,
				Call:  event.Call{RequestID: find(header, "request_id")},
			}
		},
	}
}

// find is the value of the first field whose name ends as the documents name it, in whatever case, with hyphens or
// underscores, and whatever stands before.
func find(header http.Header, name string) string {
	var found []string
	for field, values := range header {
		if len(values) > 0 && strings.HasSuffix(strings.ReplaceAll(strings.ToLower(field), "-", "_"), name) {
			found = append(found, field)
		}
	}
	if len(found) == 0 {
		return ""
	}
	return header[slices.Min(found)][0]
}
