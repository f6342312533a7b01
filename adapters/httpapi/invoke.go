package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/core/rawjson"
)

// invoke runs an action. Whatever comes of it, the core has written its log line.
func (h *handler) invoke(x *exchange, id string) {
	ctx, cancel := context.WithDeadline(x.r.Context(), x.started.Add(h.options.Timeout))
	defer cancel()
	request := x.request(id)
	if h.connector.Lookup(id) == nil || h.connector.Err() != nil {
		_, err := h.connector.Invoke(ctx, request) // which says why it cannot be run, whatever the body
		x.problem(fault.From(err))
		return
	}
	input, err := h.readBody(x)
	if err != nil {
		err.Action = id
		h.refuse(x, err)
		return
	}
	defer h.release(input)
	request.Input = input.data
	warnings, err := checkIdempotencyKey(x.r.Header)
	if err != nil {
		err.Action = id
		h.refuse(x, err)
		return
	}
	x.keepReading()
	result, failure := h.connector.Invoke(ctx, request)
	if failure != nil {
		x.problem(fault.From(failure))
		return
	}
	result.Warnings = append(result.Warnings, warnings...)
	answer, encoding := rawjson.Marshal(&result)
	h.reply(x, answer, encoding)
}

// request is the call of an action, without its input.
func (x *exchange) request(id string) core.Request {
	return core.Request{
		Action: id, Connection: connectionName(x.r), RequestID: x.id, TraceID: traceID(x.r.Header), Caller: x.caller,
	}
}

// reply answers with a success as JSON, or with why it could not be made.
func (h *handler) reply(x *exchange, body []byte, err error) {
	if err != nil {
		h.refuse(x, err)
		return
	}
	x.write(http.StatusOK, typeJSON, body)
}

// keepReading lifts the server's ReadTimeout once the body is there. net/http goes on reading to notice a client that
// leaves, and would take the end of that time for one.
func (x *exchange) keepReading() {
	_ = http.NewResponseController(x.w).SetReadDeadline(time.Time{}) // where that is not supported, there is none to lift
}

// connectionName is the connection that the request asks for; "" where it leaves the choice to the core.
func connectionName(r *http.Request) string {
	if r.URL.RawQuery != "" {
		if name := r.URL.Query().Get("connection"); name != "" {
			return name
		}
	}
	if values := r.Header["X-Wecom-Connection"]; len(values) > 0 {
		return values[0]
	}
	return ""
}
