package poll

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// What is waited between two polls, and between two attempts to hand an answer over: twice as long each time.
const (
	firstWait = 50 * time.Millisecond
	maxWait   = time.Second     // between polls
	lastWait  = 4 * time.Second // before the last attempt, at most
)

// trouble is a row of polls that brought no event.
type trouble struct {
	logger   *slog.Logger
	patience time.Duration
	// cause is what the log was told last.
	cause string
	// wait is what was waited last.
	wait time.Duration
	// unreached is what was waited since the runtime API was last reached. It is no matter of a clock: that goes on while
	// the process is frozen.
	unreached time.Duration
}

// endure waits before the next poll, and tells whether the process is to go on. That a poll brings nothing is no trouble
// once the context has ended.
func (t *trouble) endure(ctx context.Context, err error, took time.Duration) bool {
	cause := err.Error()
	if _, is := errors.AsType[lost](err); is {
		t.logger.Error("an event is lost", "cause", cause)
	} else if ctx.Err() != nil {
		return true
	} else if cause != t.cause {
		t.logger.Warn("there is no event; asking again", "cause", cause)
	}
	t.cause = cause
	t.wait = min(max(2*t.wait, firstWait), maxWait)
	if took > maxWait { // that is how a platform says that there is nothing to do
		t.wait = firstWait
	}
	if !errors.Is(err, errUnreached) {
		t.unreached = 0
	} else if t.unreached += t.wait; t.unreached > t.patience {
		return false
	}
	pause := time.NewTimer(t.wait)
	defer pause.Stop()
	select {
	case <-pause.C:
	case <-ctx.Done():
	}
	return true
}

// end ends the row.
func (t *trouble) end() {
	if t.cause != "" {
		t.logger.Info("there are events again")
	}
	*t = trouble{logger: t.logger, patience: t.patience}
}
