package functiongraph

import (
	"net/http"
	"net/url"
	"os"
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
	selector   = "RUNTIME_HANDLER"
	runtimeAPI = "RUNTIME_API_ADDR"
	timeLimit  = "RUNTIME_TIMEOUT" // in seconds
	maxAnswer  = "RUNTIME_MAX_RESP_BODY_SIZE"
)

const (
	// address is where the platform reaches an HTTP function.
	address = "127.0.0.1:8000"
	// maxHeader makes room for the tokens of the function's agency, which are longer than all else in a header.
	maxHeader = 128 << 10
)

// Start serves the function until the platform ends it; the error says why it cannot. problems are what is wrong with
// the settings; nil if nothing is.
func Start(settings core.Settings, problems error) error {
	connector := event.Connect(settings, problems, event.Selector{Variable: selector, Value: os.Getenv(selector)})
	if api := os.Getenv(runtimeAPI); api != "" {
		return poll.Serve(connector, Events(connector), RuntimeAPI(api))
	}
	server := httpapi.NewFunctionServer(Handler(connector))
	server.MaxHeaderBytes = maxHeader
	return httpapi.ListenAndServe(connector, server, address)
}

// Events serves the events of an event function.
func Events(c *core.Connector) *event.Handler {
	return event.New(c, event.Options{
		Dialect: event.Huawei, HTTP: httpapi.Handler(c, httpapi.Options{}), MaxAnswer: number(os.Getenv(maxAnswer)),
	})
}

// Handler serves the requests of an HTTP function.
func Handler(c *core.Connector) http.Handler {
	return httpapi.Behind(httpapi.Platform{
		Prefix: "X-Cff-", RequestID: "X-Cff-Request-Id", Timeout: "X-Cff-Timeout", Reserve: event.DefaultReserve,
	}, httpapi.Handler(c, httpapi.Options{}))
}

// RuntimeAPI is the runtime API at a host and port.
func RuntimeAPI(hostport string) poll.API {
	base := "http://" + hostport + "/v1/runtime/invocation/"
	limit := time.Duration(number(os.Getenv(timeLimit))) * time.Second
	return poll.API{
		Next:     base + "request",
		Response: func(id string) string { return base + "response/" + url.PathEscape(id) },
		Failure:  func(id string) string { return base + "error/" + url.PathEscape(id) },
		ByID:     true,
		Event: func(header http.Header) poll.Event {
			return poll.Event{Limit: limit, Call: event.Call{
				RequestID: header.Get("X-Cff-Request-Id"),
				// What is invoked asynchronously is invoked again after a failure.
				AtLeastOnce: strings.EqualFold(header.Get("X-Cff-Invoke-Type"), "async"),
			}}
		},
	}
}

// number is a positive number of the platform's; 0 for anything else.
func number(value string) int {
	n, err := strconv.ParseUint(value, 10, 31)
	if err != nil {
		return 0
	}
	return int(n)
}
