package wecom

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

const (
	maxTries    = 4
	leastTry    = 50 * time.Millisecond // with less time left a try would only blur what is known
	backoffBase = 200 * time.Millisecond
	backoffCap  = 5 * time.Second
)

// The errcodes after which the same call may well succeed.
const (
	errcodeBusy   = -1
	errcodeRacing = 6000
	errcodeCrowd  = 45033
)

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
			if call.spent() {
				return nil, renewedTooLate(ctx, who)
			}
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

// stopped says why a call is not repeated.
type stopped struct {
	wait     time.Duration // what a repeat would have had to wait for; 0 where a repeat is no question
	canceled bool          // the caller went away while a repeat was a question
}

// pause waits before the next try. It returns non-nil if there is to be none.
func (c *client) pause(ctx context.Context, call *Call, failed *failure, try int) *stopped {
	if !failed.repeatable(call.Effect) || call.spent() {
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
