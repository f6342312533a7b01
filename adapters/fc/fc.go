package fc

import (
	"cmp"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"

	"github.com/wecom-functions/wecom-functions/adapters/event"
	"github.com/wecom-functions/wecom-functions/adapters/httpapi"
	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/fault"
)

// Start serves the platform until it stops the process. problems are what is wrong with the settings; nil if nothing is.
// Its error says why the platform cannot be served.
func Start(settings core.Settings, problems error) error {
	connector := event.Connect(settings, problems, event.Selector{})
	server := httpapi.NewFunctionServer(Handler(connector, os.Stdout))
	port := cmp.Or(os.Getenv("FC_CUSTOM_LISTEN_PORT"), os.Getenv("FC_SERVER_PORT"), "9000")
	if err := httpapi.ListenAndServe(connector, server, net.JoinHostPort("0.0.0.0", port)); err != nil {
		return fmt.Errorf("customRuntimeConfig.port must be a free port: %w", err)
	}
	return nil
}

// Handler serves what the platform asks of a connector. The marks around each call, by which the platform finds its part
// of the log, go to log.
func Handler(c *core.Connector, log io.Writer) http.Handler {
	return handler{
		http:   httpapi.Behind(platform, httpapi.Handler(c, httpapi.Options{})),
		events: event.New(c, event.Options{Dialect: event.Alibaba}),
		log:    log,
	}
}

// platform is how the platform marks calls.
var platform = httpapi.Platform{
	Prefix: "X-Fc-", RequestID: "X-Fc-Request-Id", Timeout: "X-Fc-Function-Timeout", Reserve: event.DefaultReserve,
}

type handler struct {
	http   http.Handler
	events *event.Handler
	log    io.Writer
}

func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := r.Header.Get(platform.RequestID)
	call, serve := "Invoke", h.http
	switch r.Header.Get("X-Fc-Control-Path") {
	case "/initialize":
		call, serve = "Initialize", done
	case "/pre-stop":
		call, serve = "PreStop", done
	case "/invoke":
		retries, _ := strconv.Atoi(r.Header.Get("X-Fc-Retry-Count")) // 0 where it is no number
		serve = h.invoke(event.Call{RequestID: id, AtLeastOnce: retries > 0})
	}
	fmt.Fprintf(h.log, "FC %s Start RequestId: %s\n", call, id)
	defer fmt.Fprintf(h.log, "FC %s End RequestId: %s\n", call, id)
	serve.ServeHTTP(w, r)
}

// done succeeds with nothing to be done.
var done = http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})

// invoke answers an event. The platform takes its status for that of the function, and knows two.
func (h handler) invoke(call event.Call) http.Handler {
	events := platform
	events.Reserve = 0 // package event keeps one itself
	return httpapi.Behind(events, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, err := h.events.ServePosted(r, call)
		status, contentType := http.StatusOK, "application/json; charset=utf-8"
		if err != nil {
			status, contentType, answer = http.StatusNotFound, fault.ContentType, fault.From(err).JSON()
		}
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("X-Fc-Status", strconv.Itoa(status))
		w.WriteHeader(status)
		_, _ = w.Write(answer) // it fails only where the platform is gone
	}))
}
