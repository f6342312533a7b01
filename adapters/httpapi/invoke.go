package httpapi

import (
	"context"
	"encoding/base64"
	"net/http"

	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/catalog"
	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/core/rawjson"
)

// invoke runs the action of a route. Whatever comes of it, the core has written its log line.
func (h *handler) invoke(x *exchange, to route) {
	ctx, cancel := context.WithDeadline(x.r.Context(), x.started.Add(x.limits.timeout))
	defer cancel()
	request := x.request(to.action)
	called := h.connector.Lookup(to.action)
	if called == nil || h.connector.Err() != nil {
		_, err := h.connector.Invoke(ctx, request) // which says why it cannot be run, whatever the body
		x.problem(fault.From(err))
		return
	}
	warnings, input, err := h.read(x, &request, called)
	if err != nil {
		err.Action = to.action
		h.refuse(x, err)
		return
	}
	defer h.release(input)
	result, failure := h.connector.Invoke(ctx, request)
	if failure != nil {
		e := fault.From(failure)
		if request.File != nil {
			e = x.inForm(e)
		}
		x.problem(e)
		return
	}
	result.Warnings = append(result.Warnings, warnings...)
	answer, encoding := rawjson.Marshal(&result)
	h.reply(x, answer, encoding)
}

// request is the call of an action, without its connection and input.
func (x *exchange) request(id string) core.Request {
	return core.Request{Action: id, RequestID: x.id, TraceID: traceID(x.r.Header), Caller: x.caller}
}

// read completes the request with its connection and its input. The caller releases the body.
func (h *handler) read(x *exchange, request *core.Request, called *catalog.Action) (_ []fault.Warning, _ *body, err *fault.Error) {
	if request.Connection, err = connectionName(x.r); err != nil {
		return nil, nil, err
	}
	warnings, err := checkIdempotencyKey(x.r.Header)
	if err != nil {
		return nil, nil, err
	}
	if called.TakesStream() && isForm(x.r.Header) {
		held, err := h.readForm(x, request)
		return warnings, held, err
	}
	input, err := h.readBody(x)
	if err != nil {
		return nil, nil, err
	}
	request.Input = input.data
	if called.TakesFiles() && !h.hold(input, input.held+decoded(input.data)) {
		h.release(input)
		return nil, nil, x.explain(errFull)
	}
	return warnings, input, nil
}

// decoded bounds what the files in an input take up beside it: they stand in it as base64.
func decoded(input []byte) int64 { return int64(base64.StdEncoding.DecodedLen(len(input))) }

// reply answers with a success as JSON, or with why it could not be made.
func (h *handler) reply(x *exchange, body []byte, err error) {
	if err != nil {
		h.refuse(x, err)
		return
	}
	x.write(http.StatusOK, typeJSON, body)
}
