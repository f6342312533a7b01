package event

import (
	"bytes"
	"context"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/core/rawjson"
)

// maxALB is what a load balancer takes of an answer.
const maxALB = 1 << 20

// serveHTTP answers an event of HTTP. Whatever fails is an answer with a status.
func (h *Handler) serveHTTP(ctx context.Context, o object, shape Shape, call Call) []byte {
	limit := h.options.MaxAnswer
	if shape == ALB {
		limit = min(limit, maxALB)
	}
	answered := h.answered(ctx, o, shape, call)
	if answered.body.Len() <= limit {
		if answer := answered.encode(o, shape); len(answer) <= limit {
			return answer
		}
	}
	e := answerTooLarge(answered.body.Len(), limit)
	return h.problem(ctx, call, shape, e).encode(o, shape)
}

// answered has the handler answer the request.
func (h *Handler) answered(ctx context.Context, o object, shape Shape, call Call) (answer *recorder) {
	r, e := request(ctx, o, shape, call)
	if e != nil {
		return h.problem(ctx, call, shape, e)
	}
	recorded := &recorder{header: make(http.Header, 8), silent: r.Method == http.MethodHead}
	var err error
	func() {
		defer h.caught(ctx, call, &err)                // the HTTP face catches panics itself; this is for what is around it
		ctx, cancel := h.within(ctx, core.FileTimeout) // the HTTP face knows what the action may take
		defer cancel()
		h.options.HTTP.ServeHTTP(recorded, r.WithContext(ctx))
	}()
	if err != nil {
		return h.problem(ctx, call, shape, err)
	}
	return recorded
}

// problem is the answer to a request that the HTTP face has not seen, or could not answer.
func (h *Handler) problem(ctx context.Context, call Call, shape Shape, err error) *recorder {
	e := fault.From(h.refuse(ctx, call, shape, err))
	body, _ := rawjson.Marshal(e.Problem()) // it holds nothing that cannot be written
	r := &recorder{status: e.HTTPStatus(), header: http.Header{
		"Content-Type": {fault.ContentType}, "Cache-Control": {"no-store"}, "X-Content-Type-Options": {"nosniff"},
		"X-Request-Id": {call.RequestID},
	}}
	r.body.Write(body)
	return r
}

// recorder keeps an answer.
type recorder struct {
	status int
	header http.Header
	body   bytes.Buffer
	silent bool // the answer has no body, whatever is written
}

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

func (r *recorder) Write(p []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	if r.silent {
		return len(p), nil
	}
	return r.body.Write(p)
}

// answer is what every gateway is answered, each with the members that it knows.
type answer struct {
	StatusCode        int                 `json:"statusCode"`
	StatusDescription string              `json:"statusDescription,omitempty"`
	Headers           map[string]string   `json:"headers,omitempty"`
	MultiValueHeaders map[string][]string `json:"multiValueHeaders,omitempty"`
	Cookies           []string            `json:"cookies,omitempty"`
	Body              string              `json:"body"`
	IsBase64Encoded   bool                `json:"isBase64Encoded"`
}

// encode writes the answer in the form that belongs to the event.
func (r *recorder) encode(o object, shape Shape) []byte {
	r.WriteHeader(http.StatusOK)
	r.header.Del("Content-Length") // the gateway counts
	a := answer{StatusCode: r.status, Body: r.body.String()}
	if !utf8.ValidString(a.Body) {
		a.Body, a.IsBase64Encoded = base64.StdEncoding.EncodeToString(r.body.Bytes()), true
	}
	switch shape {
	case HTTPv2:
		a.Cookies = r.header["Set-Cookie"]
		a.Headers = joined(r.header, "Set-Cookie")
	case HTTPv1:
		a.Headers, a.MultiValueHeaders = joined(r.header, ""), repeated(r.header)
	case ALB:
		a.StatusDescription = strings.TrimSpace(strconv.Itoa(r.status) + " " + http.StatusText(r.status))
		if o.has("multiValueHeaders") {
			a.MultiValueHeaders = r.header
		} else {
			a.Headers = joined(r.header, "")
		}
	default:
		a.Headers = joined(r.header, "")
	}
	if shape == AzureHTTP {
		return azureAnswer(a)
	}
	encoded, _ := rawjson.Marshal(a) // it holds nothing that cannot be written
	return encoded
}

// joined has one value for each name but one.
func joined(header http.Header, but string) map[string]string {
	single := make(map[string]string, len(header))
	for name, values := range header {
		if name != but {
			single[name] = strings.Join(values, ", ")
		}
	}
	return single
}

// repeated are the fields that have several values.
func repeated(header http.Header) map[string][]string {
	several := make(map[string][]string)
	for name, values := range header {
		if len(values) > 1 {
			several[name] = values
		}
	}
	return several
}
