package wecom

import (
	"bytes"
	"cmp"
	"compress/gzip"
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
	maxTries      = 4
	leastTry      = 50 * time.Millisecond // with less time left a try would only blur what is known
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
	// IdleTimeout: when the last request began longer ago, by the wall clock, kept connections are not trusted any more.
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
	waking    sync.Mutex
	lastTry   int64 // when the last try began: wall clock, Unix nanoseconds; guarded by waking
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
		Header: http.Header{"Content-Type": {contentType}, "User-Agent": {userAgent}, "Accept-Encoding": {"gzip"}},
	}
}

// credential is the part of a URL that authenticates a call.
type credential interface {
	// attach returns the query parameter.
	attach(ctx context.Context) (query string, err error)
	// renew drops it when WeCom says that it died, for attach to return another; false if there is no other.
	renew(ctx context.Context) bool
	// hidden lists what must not be shown.
	hidden() []string
	// blame says in a refusal of the connection what was refused.
	blame(*fault.Error)
}

// fixedCredential never changes.
type fixedCredential struct {
	query   string
	secrets []string
}

func (f fixedCredential) attach(context.Context) (string, error) { return f.query, nil }
func (f fixedCredential) renew(context.Context) bool             { return false }
func (f fixedCredential) hidden() []string                       { return f.secrets }
func (f fixedCredential) blame(*fault.Error)                     {}

// call makes the call and repeats it where that helps and can do no harm.
func (c *client) call(ctx context.Context, call *Call, who credential, into maker) (answer, error) {
	body, err := encode(call)
	if err != nil {
		return nil, err
	}
	c.budget.call(c.clock.Now())
	renewed, mayBeDone := false, false
	for try := 1; ; try++ {
		query, err := who.attach(ctx)
		if err != nil {
			return nil, err
		}
		TraceOf(ctx).attempt()
		out := into.fresh()
		failed := c.try(ctx, call, query, body, out)
		if failed == nil {
			return out, nil
		}
		if failed.credentialDied() && !renewed && who.renew(ctx) {
			renewed = true
			try-- // it was the credential's failure and not the call's
			continue
		}
		mayBeDone = mayBeDone || failed.mayBeDone()
		if stop := c.pause(ctx, call, failed, try); stop != nil {
			return nil, conclude(failed, call, who, mayBeDone, stop)
		}
	}
}

// conclude turns the last failure into the caller's error. mayBeDone: one of the tries may have been carried out.
func conclude(failed *failure, call *Call, who credential, mayBeDone bool, stop *stopped) error {
	if stop.canceled || failed.reason == "canceled" {
		failed = gone(mayBeDone)
	}
	e := failed.fault(call, who.hidden())
	who.blame(e)
	if e.Retryable() {
		e.RetryAfter = max(e.RetryAfter, stop.wait)
	}
	if lost := call.Effect.afterLoss(); mayBeDone && e.Kind == fault.Unavailable && lost != "" {
		e.WithHint(lost)
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

// stopped says why a call is not repeated.
type stopped struct {
	wait     time.Duration // what a repeat would have had to wait for; 0 where a repeat is no question
	canceled bool          // the caller went away while a repeat was a question
}

// pause waits before the next try. It returns non-nil if there is to be none.
func (c *client) pause(ctx context.Context, call *Call, failed *failure, try int) *stopped {
	if !failed.repeatable(call.Effect) {
		return &stopped{}
	}
	wait := failed.retryAfter
	if wait == 0 {
		wait = rand.N(min(backoffCap, backoffBase<<(try-1)))
	}
	if try >= maxTries || !c.fits(ctx, wait) || !c.budget.repeat(c.clock.Now()) {
		return &stopped{wait: wait}
	}
	if c.clock.Sleep(ctx, wait) != nil {
		return &stopped{wait: wait, canceled: errors.Is(ctx.Err(), context.Canceled)}
	}
	return nil
}

// fits tells whether the wait leaves time for a try before the deadline. Where there is none, nothing longer is waited
// for than our own back-off would be.
func (c *client) fits(ctx context.Context, wait time.Duration) bool {
	deadline, has := ctx.Deadline()
	if !has {
		return wait <= backoffCap
	}
	return c.clock.Now().Add(wait + leastTry).Before(deadline)
}

// repeatable tells whether sending the call again can help and can do no harm.
func (f *failure) repeatable(effect Effect) bool {
	switch {
	case f.final:
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
	if deadline, has := ctx.Deadline(); has && time.Until(deadline) < leastTry {
		return broken(ctx, context.DeadlineExceeded, false)
	}
	turn, err := c.gate.enter(ctx, c.clock)
	if err != nil {
		return broken(ctx, err, false)
	}
	defer c.gate.leave()
	c.dropStale()

	var a attempt
	resp, err := c.transport.RoundTrip(c.request(ctx, &a, call, query, body))
	if err != nil {
		return broken(ctx, err, a.watch.written(c.transport, err))
	}
	if resp.StatusCode != http.StatusOK {
		drain(resp.Body)
		return badStatus(resp, c.clock.Now())
	}
	defer func() { _ = resp.Body.Close() }()
	data, failed := a.read(ctx, resp, cmp.Or(call.MaxAnswer, maxAnswer))
	if failed != nil {
		return failed
	}
	defer giveBack(data)
	failed = judge(ctx, call, data.Bytes(), out)
	if failed != nil && failed.errcode == errcodeCrowd {
		c.gate.narrow(turn, c.clock.Now())
	}
	return failed
}

// judge reads an answer that arrived whole.
func judge(ctx context.Context, call *Call, data []byte, out answer) *failure {
	failed := parse(data, out)
	if failed != nil {
		TraceOf(ctx).answered(failed.errcode)
		return failed
	}
	TraceOf(ctx).answered(0)
	status := out.status()
	defer func() { *status = Status{} }()
	switch {
	case !status.misread():
		return nil
	case call.Effect.sends():
		return misreadMessage()
	default:
		TraceOf(ctx).Warn("", fault.RuleWeComWarning, "WeCom took the call but says that it could not read a part of it")
		return nil
	}
}

// dropStale closes idle connections that may have died unseen while this process was frozen: when no try began for long.
// That is measured from the last one's beginning, since a freeze in the middle of a try is one too; and by the wall
// clock, since whether the monotonic one runs during a freeze is not known.
func (c *client) dropStale() {
	c.waking.Lock() // until they are closed, no other try may take one
	defer c.waking.Unlock()
	now := c.clock.Now().UnixNano()
	stale := time.Duration(now-c.lastTry).Abs() > c.idle // at the first try too: another client may share the transport
	c.lastTry = now
	if closer, ok := c.transport.(interface{ CloseIdleConnections() }); ok && stale {
		closer.CloseIdleConnections()
	}
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
