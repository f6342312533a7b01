// Package pollqueue is what the runtime APIs that are polled have in common: invocations wait until a runtime asks for
// them, and whoever made them waits for the answers. The paths, header fields and rules are each platform's own.
//
// It may import local/faas/loopback and the standard library.
package pollqueue

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"

	"github.com/wecom-functions/wecom-functions/local/faas/loopback"
)

// Queue is a server on a loopback port, and the invocations that it hands out. I is an invocation of the platform, and A
// is what a runtime answers to one. The server can be stopped and resumed; what was handed out can still be answered then.
type Queue[I, A any] struct {
	*loopback.Server

	closed  chan struct{}
	closing sync.Once

	mu         sync.Mutex
	unanswered []*entry[I, A] // in the order in which they came
	added      chan struct{}  // closed when there is one more
	polls      int
	handed     int
}

type entry[I, A any] struct {
	id         string
	invocation I
	handed     bool
	answer     chan A // holds one
}

// New returns an empty queue.
func New[I, A any]() *Queue[I, A] {
	return &Queue[I, A]{closed: make(chan struct{}), added: make(chan struct{})}
}

// Serve starts the server, whose handler asks the queue.
func (q *Queue[I, A]) Serve(handler http.Handler) (err error) {
	q.Server, err = loopback.Serve(handler)
	return err
}

// Close ends the server, and whatever waits for an answer.
func (q *Queue[I, A]) Close() {
	q.closing.Do(func() {
		close(q.closed)
		q.Stop()
	})
}

// Polls counts how often a runtime asked for an invocation.
func (q *Queue[I, A]) Polls() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.polls
}

// Handed counts how often an invocation was handed out, the same one too.
func (q *Queue[I, A]) Handed() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.handed
}

// Invoke has a runtime serve an invocation and waits for its answer, or for the context. The error is for what never
// came back.
func (q *Queue[I, A]) Invoke(ctx context.Context, id string, i I) (A, error) {
	one := &entry[I, A]{id: id, invocation: i, answer: make(chan A, 1)}
	q.add(one)
	defer q.remove(one)
	var none A
	select {
	case answer := <-one.answer:
		return answer, nil
	case <-q.closed:
		return none, errors.New("the runtime API was closed")
	case <-ctx.Done():
		return none, fmt.Errorf("%s: %w", q.missing(one), ctx.Err())
	}
}

func (q *Queue[I, A]) add(one *entry[I, A]) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.unanswered = append(q.unanswered, one)
	close(q.added)
	q.added = make(chan struct{})
}

func (q *Queue[I, A]) remove(one *entry[I, A]) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.unanswered = slices.DeleteFunc(q.unanswered, func(e *entry[I, A]) bool { return e == one })
}

// missing says what an invocation without an answer waited for.
func (q *Queue[I, A]) missing(one *entry[I, A]) string {
	q.mu.Lock()
	defer q.mu.Unlock()
	if one.handed {
		return "the runtime did not answer"
	}
	return "no runtime polled for it"
}

// Next waits for the first invocation that was not handed out; ok is false where the runtime is gone before there is one.
func (q *Queue[I, A]) Next(ctx context.Context) (i I, ok bool) {
	return q.poll(ctx, func(e *entry[I, A]) bool { return !e.handed })
}

// Again waits as Next does, but for the first invocation that was not answered, whether it was handed out or not.
func (q *Queue[I, A]) Again(ctx context.Context) (i I, ok bool) {
	return q.poll(ctx, func(*entry[I, A]) bool { return true })
}

func (q *Queue[I, A]) poll(ctx context.Context, fits func(*entry[I, A]) bool) (i I, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.polls++
	for ctx.Err() == nil {
		if at := slices.IndexFunc(q.unanswered, fits); at >= 0 {
			q.unanswered[at].handed = true
			q.handed++
			return q.unanswered[at].invocation, true
		}
		q.wait(ctx, q.added)
	}
	return i, false
}

// wait lets go of the lock until something has come.
func (q *Queue[I, A]) wait(ctx context.Context, added <-chan struct{}) {
	q.mu.Unlock()
	defer q.mu.Lock()
	select {
	case <-added:
	case <-ctx.Done(): // the runtime is gone, or the server
	}
}

// Answer gives an answer to whoever waits for that of an id; ok is false where nobody does.
func (q *Queue[I, A]) Answer(id string, answer A) (ok bool) {
	return q.give(answer, func(e *entry[I, A]) bool { return e.handed && e.id == id })
}

// AnswerFirst gives an answer to whoever waits for that of what Again hands out; ok is false where nobody does.
func (q *Queue[I, A]) AnswerFirst(answer A) (ok bool) {
	return q.give(answer, func(e *entry[I, A]) bool { return e.handed })
}

func (q *Queue[I, A]) give(answer A, fits func(*entry[I, A]) bool) (ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	at := slices.IndexFunc(q.unanswered, fits)
	if at < 0 {
		return false
	}
	q.unanswered[at].answer <- answer
	q.unanswered = slices.Delete(q.unanswered, at, at+1)
	return true
}
