package wecom

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/core/fault"
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
	uploads   uploads
	waking    sync.Mutex
	lastTry   int64 // when the last try began: wall clock, Unix nanoseconds; guarded by waking
}

func newClient(settings connection.Settings, options Options) *client {
	c := &client{
		transport: settings.Transport,
		clock:     options.Clock,
		budget:    options.Budget,
		idle:      cmp.Or(options.IdleTimeout, DefaultIdleTimeout),
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
	base := cmp.Or(settings.BaseURL, connection.DefaultBaseURL)
	c.base = baseRequest(strings.TrimRight(base, "/"), options.UserAgent)
	return c
}

// try makes the call once; nil is success.
func (c *client) try(ctx context.Context, call *Call, query string, body []byte, out answer) *failure {
	if deadline, has := ctx.Deadline(); has && time.Until(deadline) < leastTry {
		return broken(ctx, context.DeadlineExceeded, false)
	}
	var a attempt
	if failed := a.open(ctx, call.File); failed != nil {
		return failed
	}
	defer a.form.close()
	turn, err := c.gate.enter(ctx, c.clock, call.File != nil)
	if err != nil {
		return broken(ctx, err, false)
	}
	defer c.gate.leave(call.File != nil)
	c.dropStale()

	resp, err := c.transport.RoundTrip(c.request(ctx, &a, call, query, body))
	if err != nil {
		return a.form.broken(ctx, broken(ctx, err, a.watch.written(c.transport, err)))
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
	failed = a.form.judged(judge(ctx, call, data.Bytes(), out))
	if failed != nil && failed.errcode == errcodeCrowd {
		c.gate.narrow(turn, c.clock.Now())
	}
	return failed
}

// judge reads an answer that arrived whole.
func judge(ctx context.Context, call *Call, data []byte, out answer) *failure {
	errmsg, failed := parse(data, out)
	if failed != nil {
		TraceOf(ctx).answered(failed.errcode)
		return failed
	}
	TraceOf(ctx).answered(0)
	switch {
	case !misread(errmsg):
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
