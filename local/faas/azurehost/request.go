package azurehost

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
)

// ServeHTTP is what callers reach: the front end and the host. It finds the function of a route, checks its key, and
// hands the request over.
func (a *App) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f, found := a.route(r)
	switch {
	case !found:
		w.WriteHeader(http.StatusNotFound)
		return
	case f.trigger.AuthLevel != "anonymous" && r.Header.Get("X-Functions-Key") != Key && r.URL.Query().Get("code") != Key:
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	// The front end adds these to whatever comes from outside.
	r.Header.Set("X-Arr-Log-Id", newID())
	r.Header.Set("X-Forwarded-For", "198.51.100.7:50123")
	switch a.Mode() {
	case Proxied:
		a.proxy(w, r)
	case Forwarded:
		a.forward(w, r)
	default:
		a.envelop(w, r, f)
	}
}

// route finds the function of a path and a method. A path as it stands goes before one with a wildcard.
func (a *App) route(r *http.Request) (function, bool) {
	path, found := strings.CutPrefix(r.URL.Path, a.host.prefix())
	var wildcard *function
	for i, f := range a.functions {
		if !found || f.trigger.Type != "httpTrigger" || !slices.Contains(f.trigger.Methods, strings.ToLower(r.Method)) {
			continue
		}
		if f.trigger.Route == path {
			return f, true
		}
		if fixed, _, wild := strings.Cut(f.trigger.Route, "{*"); wild && strings.HasPrefix(path, fixed) {
			wildcard = &a.functions[i]
		}
	}
	if wildcard == nil {
		return function{}, false
	}
	return *wildcard, true
}

// mark adds what the host says of an invocation.
func mark(header http.Header) {
	header.Set("X-Azure-Functions-InvocationId", newID())
	header.Set("X-Azure-Functions-HostVersion", "4.1036.1.22")
}

// proxy hands the request over as it came.
func (a *App) proxy(w http.ResponseWriter, r *http.Request) {
	proxy := httputil.ReverseProxy{
		Transport: a.client.Transport,
		Rewrite: func(p *httputil.ProxyRequest) {
			p.SetURL(&url.URL{Scheme: "http", Host: "127.0.0.1:" + a.port})
			p.Out.Header["X-Forwarded-For"] = p.In.Header["X-Forwarded-For"]
			mark(p.Out.Header)
		},
	}
	proxy.ServeHTTP(w, r)
}

// forward makes the request anew. Of a body without a Content-Length, and of values of a parameter, it loses some.
func (a *App) forward(w http.ResponseWriter, r *http.Request) {
	var body io.Reader = http.NoBody
	if r.ContentLength > 0 {
		body = r.Body
	}
	query := url.Values{}
	for name, values := range r.URL.Query() {
		query.Set(name, strings.Join(values, ","))
	}
	again, err := http.NewRequestWithContext(r.Context(), r.Method, a.address(r.URL.EscapedPath())+"?"+query.Encode(), body)
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	again.Header, again.Host = r.Header.Clone(), r.Host
	if r.ContentLength > 0 {
		again.ContentLength = r.ContentLength
	} else {
		again.Header.Del("Content-Type")
	}
	mark(again.Header)
	again.Header.Add("User-Agent", "Azure-Functions-Host/4.1036.1.22")
	answer, err := a.client.Do(again)
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	defer answer.Body.Close()
	for name, values := range answer.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.StatusCode)
	_, _ = io.Copy(w, answer.Body) // it fails where the caller is gone
}

// envelop hands the request over in the host's envelope, and answers with the output.
func (a *App) envelop(w http.ResponseWriter, r *http.Request, f function) {
	data, err := requestData(r)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	result, err := a.invoke(r.Context(), f, data, map[string]any{})
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError) // the caller does not hear why
		return
	}
	var response struct {
		StatusCode any
		Headers    map[string]string
		Body       string
	}
	if json.Unmarshal(result.outputs[f.output], &response) != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	for name, value := range response.Headers {
		w.Header().Set(name, value)
	}
	status := http.StatusOK
	_, _ = fmt.Sscan(fmt.Sprint(response.StatusCode), &status) // a number, or one as text
	w.WriteHeader(status)
	_, _ = io.WriteString(w, response.Body) // it fails where the caller is gone
}

// requestData is a request as the envelope has it.
func requestData(r *http.Request) (map[string]any, error) {
	query := map[string]string{}
	for name, values := range r.URL.Query() {
		query[name] = strings.Join(values, ",")
	}
	headers := r.Header.Clone()
	headers.Set("Host", r.Host)
	data := map[string]any{
		"Url": "https://" + r.Host + r.URL.RequestURI(), "Method": r.Method, "Query": query, "Headers": headers,
		"Params": map[string]string{}, "Identities": []any{},
	}
	if r.ContentLength <= 0 {
		return data, nil
	}
	body, err := io.ReadAll(r.Body)
	mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if data["Body"] = string(body); mediaType == "application/octet-stream" || strings.HasPrefix(mediaType, "multipart/") {
		data["Body"] = body // which is written as base64
	}
	return data, err
}

func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it never fails
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
