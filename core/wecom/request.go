package wecom

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"

	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/core/media"
	"github.com/wecom-functions/wecom-functions/core/rawjson"
)

const (
	maxAnswer   = 1 << 20
	contentType = "application/json; charset=utf-8"
	pathPrefix  = "/cgi-bin/"
)

// Call is one call to WeCom.
type Call struct {
	// Path is the call's path below /cgi-bin/.
	Path string
	// Query holds the parameters of a GET.
	Query url.Values
	// Body is the JSON body of a POST; nil makes the call a GET, unless there is a File.
	Body any
	// File is uploaded by a POST, in place of Body.
	File media.Source
	// Contacts: the contact-sync secret is needed, where there is one; Application only.
	Contacts bool
	// Effect decides when the call may be sent again.
	Effect Effect
	// MaxAnswer bounds the answer in bytes, after decompression; 0 for 1 MiB.
	MaxAnswer int64
	// Reconcile lists the errcodes that mean, when our own repeat meets them, that an earlier try may have been carried
	// out: "does not exist" for a removal, "exists already" for a creation; see MetOwnWork.
	Reconcile []int64
}

// baseRequest is what all requests of a connection have in common. Its header is shared by all of them: a
// RoundTripper must not change it.
func baseRequest(base, userAgent string) *http.Request {
	u, err := url.Parse(base)
	if err != nil {
		u = &url.URL{} // connection.Settings.Validate refuses such a BaseURL; a call to no host fails as not sent
	}
	return &http.Request{
		URL: u, Host: u.Host, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {contentType}, "User-Agent": {userAgent}, "Accept-Encoding": {"gzip"}},
	}
}

func encode(call *Call) ([]byte, error) {
	if call.Body == nil {
		return nil, nil
	}
	body, err := rawjson.Marshal(call.Body)
	if err != nil {
		return nil, fault.From(fmt.Errorf("encoding the request of %s: %w", call.Path, err))
	}
	return body, nil
}

// request builds the request. It has no GetBody, so that net/http never repeats it by itself; for the same reason a
// GET carries a body, an empty one: net/http would repeat a bodiless GET on a dying connection without a word, and a
// removal that was carried out would then answer "does not exist".
func (c *client) request(ctx context.Context, a *attempt, call *Call, query string, body []byte) *http.Request {
	req := c.base.WithContext(a.watch.observe(ctx))
	if len(call.Query) > 0 {
		query += "&" + call.Query.Encode()
	}
	a.url = url.URL{Scheme: c.base.URL.Scheme, Host: c.base.URL.Host, Path: pathPrefix + call.Path, RawQuery: query}
	req.URL = &a.url
	req.Method = http.MethodGet
	if a.form != nil {
		a.form.fill(req)
		return req
	}
	if call.Body != nil {
		req.Method = http.MethodPost
	}
	a.body.Reset(body)
	req.Body = io.NopCloser(&a.body) // which net/http knows to be in memory, and so sends in one piece with the head
	req.ContentLength = int64(len(body))
	return req
}

// attempt is what one try needs, in one piece of memory.
type attempt struct {
	url    url.URL
	body   bytes.Reader
	form   *form // of an upload, in place of body
	watch  watch
	answer io.LimitedReader
}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// giveBack keeps a buffer for the next answer, unless a list of a whole enterprise made it large.
func giveBack(data *bytes.Buffer) {
	if data.Cap() <= maxAnswer {
		buffers.Put(data)
	}
}

// read takes the whole answer, if it is within the limit.
func (a *attempt) read(ctx context.Context, resp *http.Response, limit int64) (*bytes.Buffer, *failure) {
	data := buffers.Get().(*bytes.Buffer)
	data.Reset()
	a.answer = io.LimitedReader{R: resp.Body, N: limit + 1}
	if resp.Header.Get("Content-Encoding") == "gzip" {
		zipped, err := gzip.NewReader(resp.Body)
		if err != nil {
			return nil, brokenOff(ctx, err)
		}
		a.answer.R = zipped
	} else if 0 < resp.ContentLength && resp.ContentLength <= limit {
		data.Grow(int(resp.ContentLength) + bytes.MinRead)
	}
	switch n, err := data.ReadFrom(&a.answer); {
	case err != nil:
		return nil, brokenOff(ctx, err)
	case n > limit:
		return nil, unreadable(fmt.Sprintf("answered more than %d bytes", limit))
	default:
		return data, nil
	}
}

// drain reads what is left of a short answer, so that its connection is fit for the next call.
func drain(body io.ReadCloser) {
	_, _ = io.CopyN(io.Discard, body, 64<<10)
	_ = body.Close()
}
