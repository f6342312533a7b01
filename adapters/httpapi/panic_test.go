package httpapi_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

// breaking is a transport that panics with a value.
type breaking struct{ value any }

func (b breaking) RoundTrip(*http.Request) (*http.Response, error) { panic(b.value) }

func TestAPanicIsAnAnswerAndTheServerLives(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		value any
		cause string
	}{
		{"F60 a text", "out of range", "panic: out of range"},
		{"F60 an error that may hold a secret", &url.Error{URL: "https://x/?key=secret", Err: errors.New("y")}, "panic: *url.Error"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := start(t, func(s *setup) { s.settings.Connections[1].Transport = breaking{test.value} })
			answer := s.post(t, "/actions/chatbot.text.send", `{"content":"x"}`)
			problem := answer.problem(t)
			assert.Equal(t, http.StatusInternalServerError, answer.status)
			assert.Equal(t, fault.Internal, problem.Kind)
			assert.NotContains(t, string(answer.body), "goroutine")
			assert.NotContains(t, string(answer.body), "panic")
			lines := s.log.Lines(t)
			require.Len(t, lines, 1)
			assert.Equal(t, "panic", lines[0]["msg"])
			assert.Equal(t, test.cause, lines[0]["cause"])
			assert.Equal(t, problem.RequestID, lines[0]["request_id"])
			assert.Contains(t, lines[0]["stack"], "RoundTrip")
			assert.NotContains(t, s.log.String(), "secret")
			s.post(t, sendText, goodText).result(t)
		})
	}
}

// breakingLog is a log handler that panics.
type breakingLog struct{ slog.Handler }

func (breakingLog) Enabled(context.Context, slog.Level) bool  { return true }
func (breakingLog) Handle(context.Context, slog.Record) error { panic("the log is full") }

func TestF60ALoggerThatPanics(t *testing.T) {
	t.Parallel()
	s := start(t, func(s *setup) { s.settings.Logger = slog.New(breakingLog{}) })
	for range 2 {
		answer := s.post(t, sendText, goodText)
		assert.Equal(t, http.StatusInternalServerError, answer.status)
		assert.Equal(t, fault.Internal, answer.problem(t).Kind)
	}
	assert.Equal(t, http.StatusInternalServerError, s.get(t, "/nowhere").status)
}
