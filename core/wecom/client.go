package wecom

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/core/rawjson"
)

// Call is one call to WeCom.
type Call struct {
	// Path is the call's path below /cgi-bin/.
	Path string
	// Query holds the parameters of a GET.
	Query url.Values
	// Body is the JSON body of a POST; nil makes the call a GET.
	Body any
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

const (
	maxAnswer     = 1 << 20
	defaultWait   = 15 * time.Second // for a call whose context has no deadline
	maxTries      = 4
	backoffBase   = 200 * time.Millisecond
	backoffCap    = 5 * time.Second
	contentType   = "application/json; charset=utf-8"
	pathPrefix    = "/cgi-bin/"
	errcodeBusy   = -1
	errcodeRacing = 6000
	errcodeCrowd  = 45033
)

// Options are what clients share within a process.
type Options struct {
	Clock Clock
	// Budget bounds the repeats of the process.
	Budget *Budget
	// IdleTimeout: when the last call ended longer ago, by the wall clock, kept connections are not trusted any more.
	IdleTimeout time.Duration
	// UserAgent names this program to WeCom.
	UserAgent string
}

// DefaultIdleTimeout is short enough that no connection is used again after a function was frozen.
const DefaultIdleTimeout = 3 * time.Second

// client makes calls over one connection's transport.
type client struct {
	transport http.RoundTripper
	clock     Clock
	budget    *Budget
	idle      time.Duration
	base      *http.Request
	gate      gate
	lastEnd   atomic.Int64 // wall clock, Unix nanoseconds
}

func newClient(settings connection.Settings, options Options) *client {
	c := &client{
		transport: settings.Transport,
		clock:     options.Clock,
		budget:    options.Budget,
		idle:      options.IdleTimeout,
	}
	if c.transport == nil {
		c.transport = NewTransport(nil)
	}
	if c.clock == nil {
		c.clock = SystemClock{}
	}
	if c.budget == nil {
		c.budget = &Budget{}
	}
	if c.idle == 0 {
		c.idle = DefaultIdleTimeout
	}
	base := settings.BaseURL
	if base == "" {
		base = connection.DefaultBaseURL
	}
	c.base = baseRequest(strings.TrimRight(base, "/"), options.UserAgent)
	return c
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
		Header: http.Header{"Content-Type": {contentType}, "User-Agent": {userAgent}},
	}
}

// credential is the part of a URL that authenticates a call.
type credential interface {
	// attach returns the query parameter, and how to drop it when WeCom says that it died; nil if that cannot help.
	attach(ctx context.Context) (query string, renew func(), err error)
	// hidden lists what must not be shown.
	hidden() []string
}

// fixedCredential never changes.
type fixedCredential struct {
	query   string
	secrets []string
}

func (f fixedCredential) attach(context.Context) (string, func(), error) { return f.query, nil, nil }
func (f fixedCredential) hidden() []string                               { return f.secrets }

// call makes the call and repeats it where that helps and can do no harm.
func (c *client) call(ctx context.Context, call *Call, who credential, fresh func() answer) (answer, error) {
	body, err := encode(call)
	if err != nil {
		return nil, err
	}
	ctx, cancel := withDeadline(ctx)
	defer cancel()
	c.budget.call(c.clock.Now())
	renewed, mayBeDone := false, false
	for try := 1; ; try++ {
		query, renew, err := who.attach(ctx)
		if err != nil {
			return nil, err
		}
		TraceOf(ctx).attempt()
		out := fresh()
		failed := c.try(ctx, call, query, body, out)
		if failed == nil {
			return out, nil
		}
		if failed.tokenDied() && renew != nil && !renewed {
			renew()
			renewed = true
			continue
		}
		mayBeDone = mayBeDone || failed.mayBeDone()
		if stop := c.pause(ctx, call, failed, try); stop != nil {
			return nil, c.conclude(failed, call, who, mayBeDone && try > 1, stop)
		}
	}
}

// conclude turns the last failure into the caller's error.
func (c *client) conclude(failed *failure, call *Call, who credential, mayBeDone bool, stop *stopped) error {
	e := failed.fault(call, who.hidden())
	if stop.wait > 0 {
		e.RetryAfter = stop.wait
	}
	if mayBeDone && call.reconcilable(failed.errcode) {
		return repeated{e}
	}
	return e
}

// repeated is a refusal that only our own repeat met, after an earlier try that may have been carried out.
type repeated struct{ refusal *fault.Error }

func (r repeated) Error() string { return r.refusal.Error() }
func (r repeated) Unwrap() error { return r.refusal }

// MetOwnWork tells that err is a refusal by an errcode of Call.Reconcile, met by our own repeat of a call whose first
// try may have been carried out: what "does not exist" or "exists already" speaks of is then probably our own work.
func MetOwnWork(err error) bool {
	_, ok := errors.AsType[repeated](err)
	return ok
}

func (call *Call) reconcilable(errcode int64) bool {
	return slices.Contains(call.Reconcile, errcode)
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

func withDeadline(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, has := ctx.Deadline(); has {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, defaultWait)
}

// stopped says why a call is not repeated.
type stopped struct {
	wait time.Duration // what a repeat would have had to wait for; 0 where a repeat is no question
}

// pause waits before the next try. It returns non-nil if there is to be none.
func (c *client) pause(ctx context.Context, call *Call, failed *failure, try int) *stopped {
	if failed.errcode == errcodeCrowd {
		c.gate.narrow(c.clock.Now())
	}
	if !failed.repeatable(call.Effect) || ctx.Err() != nil {
		return &stopped{}
	}
	wait := failed.retryAfter
	if wait == 0 {
		wait = rand.N(min(backoffCap, backoffBase<<(try-1)))
	}
	if try == maxTries || !c.fits(ctx, wait) || !c.budget.repeat(c.clock.Now()) {
		return &stopped{wait: max(wait, backoffBase)}
	}
	if c.clock.Sleep(ctx, wait) != nil {
		return &stopped{wait: wait}
	}
	return nil
}

// fits tells whether the wait leaves time for a try before the deadline.
func (c *client) fits(ctx context.Context, wait time.Duration) bool {
	deadline, has := ctx.Deadline()
	return !has || c.clock.Now().Add(wait).Before(deadline)
}

// repeatable tells whether sending the call again can help and can do no harm.
func (f *failure) repeatable(effect Effect) bool {
	switch {
	case f.secure || f.reason == "canceled":
		return false
	case f.errcode == errcodeBusy || f.errcode == errcodeCrowd:
		return true
	case f.errcode == errcodeRacing:
		return effect.writes()
	case f.stage == rejected:
		return f.httpStatus == http.StatusTooManyRequests
	case f.stage == ambiguous:
		return effect.repeatable()
	default:
		return true
	}
}

// try makes the call once; nil is success.
func (c *client) try(ctx context.Context, call *Call, query string, body []byte, out answer) *failure {
	if err := c.gate.enter(ctx, c.clock.Now()); err != nil {
		return broken(ctx, err, false)
	}
	defer c.gate.leave()
	c.dropStale()
	defer func() { c.lastEnd.Store(c.clock.Now().UnixNano()) }()

	var w watch
	req := c.request(w.observe(ctx), call, query, body)
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		return broken(ctx, err, w.written(c.transport, err))
	}
	defer drain(resp.Body)
	if resp.StatusCode != http.StatusOK {
		return badStatus(resp, c.clock.Now())
	}
	data, failed := read(ctx, resp, call)
	if failed != nil {
		return failed
	}
	defer buffers.Put(data)
	return c.judge(ctx, call, data.Bytes(), out)
}

// judge reads an answer that arrived whole.
func (c *client) judge(ctx context.Context, call *Call, data []byte, out answer) *failure {
	failed := parse(data, out)
	if failed != nil {
		TraceOf(ctx).answered(failed.errcode)
		return failed
	}
	status := out.status()
	defer func() { *status = Status{} }()
	if !status.misread() {
		return nil
	}
	if call.Effect.sends() {
		return &failure{stage: ambiguous, reason: "wecom_warning", detail: "took the message but says that it could not read a part of it"}
	}
	TraceOf(ctx).Warn("", fault.RuleWeComWarning, "WeCom took the call but says that it could not read a part of it")
	return nil
}

// dropStale closes idle connections that may have died unseen while this process was frozen. The age is measured by
// the wall clock, since whether the monotonic one runs during a freeze is not known.
func (c *client) dropStale() {
	last := c.lastEnd.Load()
	if last == 0 || time.Duration(c.clock.Now().UnixNano()-last).Abs() <= c.idle {
		return
	}
	if closer, ok := c.transport.(interface{ CloseIdleConnections() }); ok {
		closer.CloseIdleConnections()
	}
}

// request builds the request. It has no GetBody, so that net/http never repeats it by itself; for the same reason a
// GET carries a body, an empty one: net/http would repeat a bodiless GET on a dying connection without a word, and a
// removal that was carried out would then answer "does not exist".
func (c *client) request(ctx context.Context, call *Call, query string, body []byte) *http.Request {
	req := c.base.WithContext(ctx)
	if len(call.Query) > 0 {
		query += "&" + call.Query.Encode()
	}
	req.URL = &url.URL{Scheme: c.base.URL.Scheme, Host: c.base.URL.Host, Path: pathPrefix + call.Path, RawQuery: query}
	req.Method = http.MethodGet
	if call.Body != nil {
		req.Method = http.MethodPost
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	req.ContentLength = int64(len(body))
	return req
}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// read takes the whole body, up to the call's limit.
func read(ctx context.Context, resp *http.Response, call *Call) (*bytes.Buffer, *failure) {
	limit := call.MaxAnswer
	if limit == 0 {
		limit = maxAnswer
	}
	data := buffers.Get().(*bytes.Buffer)
	data.Reset()
	if resp.ContentLength > 0 && resp.ContentLength <= limit {
		data.Grow(int(resp.ContentLength) + bytes.MinRead)
	}
	n, err := data.ReadFrom(io.LimitReader(resp.Body, limit+1))
	switch {
	case err != nil:
		failed := broken(ctx, err, true)
		if failed.reason == "upstream_unavailable" {
			failed.reason, failed.detail = "upstream_protocol", "broke off its answer"
		}
		return nil, failed
	case n > limit:
		return nil, unreadable(fmt.Sprintf("answered more than %d MiB", limit>>20))
	default:
		return data, nil
	}
}

// drain leaves the connection fit for the next call, unless that would take long.
func drain(body io.ReadCloser) {
	_, _ = io.CopyN(io.Discard, body, 64<<10)
	_ = body.Close()
}
