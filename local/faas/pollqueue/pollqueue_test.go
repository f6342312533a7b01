package pollqueue_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/local/faas/pollqueue"
)

func serve(t *testing.T) *pollqueue.Queue[string, string] {
	t.Helper()
	q := pollqueue.New[string, string]()
	require.NoError(t, q.Serve(http.NotFoundHandler()))
	t.Cleanup(q.Close)
	return q
}

// invoke makes an invocation on the side, and returns once it waits.
func invoke(ctx context.Context, t *testing.T, q *pollqueue.Queue[string, string], id string) (answer <-chan string) {
	t.Helper()
	done := make(chan string, 1)
	go func() {
		answer, err := q.Invoke(ctx, id, "invocation "+id)
		if err != nil {
			answer = err.Error()
		}
		done <- answer
	}()
	time.Sleep(50 * time.Millisecond)
	return done
}

func TestEachInvocationIsHandedOutOnce(t *testing.T) {
	t.Parallel()
	q := serve(t)
	first, second := invoke(t.Context(), t, q, "1"), invoke(t.Context(), t, q, "2")
	assert.False(t, q.Answer("1", "early"), "nobody was handed it")
	for _, want := range []string{"invocation 1", "invocation 2"} {
		got, ok := q.Next(t.Context())
		require.True(t, ok)
		assert.Equal(t, want, got)
	}
	assert.True(t, q.Answer("2", "b"), "answers come in any order")
	assert.True(t, q.Answer("1", "a"))
	assert.False(t, q.Answer("1", "late"))
	assert.Equal(t, []string{"a", "b"}, []string{<-first, <-second})
	assert.Equal(t, 2, q.Polls())
}

func TestAnInvocationIsHandedOutUntilItIsAnswered(t *testing.T) {
	t.Parallel()
	q := serve(t)
	first, second := invoke(t.Context(), t, q, "1"), invoke(t.Context(), t, q, "2")
	assert.False(t, q.AnswerFirst("early"), "nobody was handed it")
	for range 2 {
		got, ok := q.Again(t.Context())
		require.True(t, ok)
		assert.Equal(t, "invocation 1", got)
	}
	assert.True(t, q.AnswerFirst("a"))
	assert.False(t, q.AnswerFirst("late"), "the other was not handed out")
	got, _ := q.Again(t.Context())
	assert.Equal(t, "invocation 2", got)
	assert.True(t, q.AnswerFirst("b"))
	assert.Equal(t, []string{"a", "b"}, []string{<-first, <-second})
	assert.Equal(t, 3, q.Handed())
}

func TestPatienceEnds(t *testing.T) {
	t.Parallel()
	q := serve(t)
	short, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	assert.Contains(t, <-invoke(short, t, q, "1"), "no runtime polled for it")
	_, ok := q.Next(short)
	assert.False(t, ok, "the runtime is gone")

	short, cancel = context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	done := invoke(short, t, q, "2")
	got, _ := q.Next(t.Context())
	assert.Equal(t, "invocation 2", got, "nobody waits for the first one any more")
	assert.Contains(t, <-done, "the runtime did not answer")
	assert.False(t, q.Answer("2", "late"))

	done = invoke(t.Context(), t, q, "3")
	q.Close()
	assert.Contains(t, <-done, "closed")
}
