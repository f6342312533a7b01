package wecom

import (
	"context"

	"golang.org/x/sync/singleflight"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

// flight does a piece of work once for all who want its result meanwhile. The work belongs to all of them: none can
// cancel it, and each waits no longer than its own context allows. It reports to no Trace.
type flight[T any] struct{ group singleflight.Group }

// panicked carries a panic of the work to those who wait for it: in their goroutines, unlike in the work's own, there
// may be somebody who recovers it.
type panicked struct{ value any }

func (panicked) Error() string { return "panicked" }

func (f *flight[T]) do(ctx context.Context, work func(context.Context) (T, error)) (T, error) {
	done := f.group.DoChan("", func() (result any, err error) {
		ctx, cancel := context.WithTimeout(WithTrace(context.WithoutCancel(ctx), nil), fetchTimeout)
		defer cancel()
		defer func() {
			if p := recover(); p != nil {
				err = panicked{p}
			}
		}()
		return work(ctx)
	})
	var none T
	select {
	case <-ctx.Done():
		return none, broken(ctx, ctx.Err(), false).fault(&gettoken, nil)
	case result := <-done:
		if p, ok := result.Err.(panicked); ok {
			panic(p.value)
		}
		if result.Err != nil {
			own := *fault.From(result.Err) // each gets its own, to complete
			return none, &own
		}
		return result.Val.(T), nil
	}
}
