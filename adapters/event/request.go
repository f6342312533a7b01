package event

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/fault"
)

// request makes the request that an event of HTTP was made from.
func request(ctx context.Context, o object, shape Shape, call Call) (*http.Request, *fault.Error) {
	if shape == AzureHTTP {
		var e *fault.Error
		if o, e = azureRequest(o, call); e != nil {
			return nil, e
		}
	}
	method := methodOf(o, shape)
	if method == "" {
		return nil, broken("the method of the request is missing")
	}
	body, e := bodyOf(o)
	if e != nil {
		return nil, e
	}
	header := headersOf(o)
	if e := checkForm(header, body); e != nil && !isTrue(o.get("isBase64Encoded")) {
		return nil, e
	}
	host := header.Get("Host")
	header.Del("Host") // as net/http has it
	header.Del("Content-Length")
	header.Del("Transfer-Encoding")
	if !core.ValidRequestID(header.Get("X-Request-Id")) { // the caller's own wins
		header["X-Request-Id"] = []string{call.RequestID}
	}
	r := &http.Request{
		Method: method, URL: urlOf(o, shape), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Host: host, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
	}
	r.RequestURI = r.URL.RequestURI()
	return r.WithContext(ctx), nil
}

// broken is an event that is recognised, but not whole.
func broken(what string) *fault.Error {
	return fault.New(fault.InvalidInput, "The event of the platform is not whole: %s.", what).Because("event").
		WithHint("If you wrote the event by hand, compare it with one of the platform's own.")
}

// checkForm refuses a multipart form that a gateway took for text where that was not harmless: what is no UTF-8 is lost
// then, and stands as U+FFFD.
func checkForm(header http.Header, body []byte) *fault.Error {
	announced, err := strconv.Atoi(header.Get("Content-Length"))
	lost := err == nil && announced != len(body) || bytes.Contains(body, []byte("\ufffd"))
	if !lost || !strings.HasPrefix(strings.ToLower(header.Get("Content-Type")), "multipart/form-data") {
		return nil
	}
	return broken("its form is not as it was sent").
		WithHint("The gateway took the form for text. Add multipart/form-data to its binary media types, or send the file as base64 in JSON.")
}

func methodOf(o object, shape Shape) string {
	if shape == HTTPv2 {
		return o.object("requestContext").object("http").text("method")
	}
	return o.text("httpMethod")
}

func urlOf(o object, shape Shape) *url.URL {
	path := o.text("path")
	if shape == HTTPv2 {
		path = withoutStage(o.text("rawPath"), o.object("requestContext").text("stage"))
	}
	u := &url.URL{Path: path, RawQuery: queryOf(o, shape)}
	if strings.Contains(path, "%") {
		u.RawPath = path // as it was sent: the HTTP face knows no action by an escaped path
		if plain, err := url.PathUnescape(path); err == nil {
			u.Path = plain
		}
	}
	return u
}

// withoutStage takes the stage off the path: an HTTP API leaves it there, unless it is the default one.
func withoutStage(path, stage string) string {
	rest, found := strings.CutPrefix(path, "/"+stage)
	if stage == "" || !found || rest != "" && rest[0] != '/' {
		return path
	}
	return rest
}

func queryOf(o object, shape Shape) string {
	switch shape {
	case HTTPv2, AzureHTTP:
		return o.text("rawQueryString")
	case ALB: // which passes on names and values as they were sent
		return joinQuery(queryValues(o), func(s string) string { return s })
	default:
		return joinQuery(queryValues(o), url.QueryEscape)
	}
}

// queryValues gathers the parameters, from the list-valued member where there is one.
func queryValues(o object) []pair {
	for _, key := range []string{"multiValueQueryStringParameters", "queryStringParameters", "queryString"} {
		if found := pairs(o.object(key)); len(found) > 0 {
			return found
		}
	}
	return nil
}

func joinQuery(parameters []pair, escape func(string) string) string {
	var b strings.Builder
	for i, p := range parameters {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(escape(p.name) + "=" + escape(p.value))
	}
	return b.String()
}

// pair is a header field or a parameter.
type pair struct{ name, value string }

// pairs lists the members of an object whose values may be a string, a list of them, true (given without a value) or a
// number: platforms differ, and differ from their documents.
func pairs(o object) []pair {
	var list []pair
	for _, m := range o {
		values := elements(m.value)
		if values == nil {
			values = [][]byte{m.value}
		}
		for _, value := range values {
			if s, ok := scalar(value); ok {
				list = append(list, pair{m.key, s})
			}
		}
	}
	return list
}

func scalar(value []byte) (string, bool) {
	if s, ok := text(value); ok {
		return s, true
	}
	switch {
	case isTrue(value):
		return "", true
	case isNull(value), bytes.Equal(value, []byte("false")), value[0] == '{', value[0] == '[':
		return "", false
	default:
		return string(value), true // a number
	}
}

// headersOf gathers the header fields, whatever the case of their names. Where there is a list-valued member, it has
// all that the other one has, which keeps but one value of each name.
func headersOf(o object) http.Header {
	header := make(http.Header, 16)
	single, multi := pairs(o.object("headers")), pairs(o.object("multiValueHeaders"))
	for _, p := range multi {
		header.Add(p.name, p.value)
	}
	listed := make([]string, 0, len(header))
	for name := range header {
		listed = append(listed, name)
	}
	for _, p := range single {
		if !slices.Contains(listed, http.CanonicalHeaderKey(p.name)) {
			header.Add(p.name, p.value)
		}
	}
	var cookies []string
	for _, raw := range elements(o.get("cookies")) {
		if cookie, ok := text(raw); ok {
			cookies = append(cookies, cookie)
		}
	}
	if len(cookies) > 0 {
		header["Cookie"] = []string{strings.Join(cookies, "; ")}
	}
	return header
}

// bodyOf is the body as it was sent.
func bodyOf(o object) ([]byte, *fault.Error) {
	encoded := o.get("isBase64Encoded")
	if encoded != nil && !isTrue(encoded) && !isNull(encoded) && string(encoded) != "false" {
		return nil, broken("isBase64Encoded is neither true nor false")
	}
	raw := o.get("body")
	if raw == nil || isNull(raw) {
		return nil, nil
	}
	body, ok := text(raw)
	if !ok {
		return nil, broken("body is not a string")
	}
	if !isTrue(encoded) {
		return []byte(body), nil
	}
	decoded, err := base64.StdEncoding.DecodeString(body)
	if err != nil {
		return nil, broken(fmt.Sprintf("isBase64Encoded is true, but body, of %d characters, is not base64", len(body)))
	}
	return decoded, nil
}
