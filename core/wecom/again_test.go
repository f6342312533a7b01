package wecom_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

// The table of when a call may be sent again: for each failure and class, how many requests arrive when it never ends,
// and the kind that the caller is told. Where it is more than one, a failure that ends after the first is a success.
var again = []struct {
	failure string
	reply   reply
	reason  string
	cells   string // Read, Set, Create, CreateKeyed, Send, SendChecked
}{
	{"F17 reset after the body", resets, "upstream_unavailable", "4 unavailable, 4 unavailable, 1 outcome_unknown, 4 unavailable, 1 outcome_unknown, 4 unavailable"},
	{"F18 reset inside the answer", cutsOff("HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n{\"errcode\":0,"), "upstream_protocol", "4 unavailable, 4 unavailable, 1 outcome_unknown, 4 unavailable, 1 outcome_unknown, 4 unavailable"},
	{"HTTP 429", status(429, ""), "rate_limited", "4 rate_limited, 4 rate_limited, 4 rate_limited, 4 rate_limited, 4 rate_limited, 4 rate_limited"},
	{"HTTP 500", status(500, ""), "upstream_unavailable", "4 unavailable, 4 unavailable, 1 outcome_unknown, 4 unavailable, 1 outcome_unknown, 4 unavailable"},
	{"HTTP 502", status(502, htmlPage), "upstream_unavailable", "4 unavailable, 4 unavailable, 1 outcome_unknown, 4 unavailable, 1 outcome_unknown, 4 unavailable"},
	{"HTTP 503 with success in its body", status(503, `{"errcode":0}`), "upstream_unavailable", "4 unavailable, 4 unavailable, 1 outcome_unknown, 4 unavailable, 1 outcome_unknown, 4 unavailable"},
	{"HTTP 408", status(408, ""), "upstream_unavailable", "4 unavailable, 4 unavailable, 1 outcome_unknown, 4 unavailable, 1 outcome_unknown, 4 unavailable"},
	{"F25 HTTP 200 with a page of a gateway", says(htmlPage), "upstream_protocol", "4 unavailable, 4 unavailable, 1 outcome_unknown, 4 unavailable, 1 outcome_unknown, 4 unavailable"},
	{"errcode -1", errcode(-1), "upstream_busy", "4 unavailable, 4 unavailable, 4 unavailable, 4 unavailable, 4 unavailable, 4 unavailable"},
	{"errcode 6000", errcode(6000), "upstream_busy", "1 unavailable, 4 unavailable, 4 unavailable, 4 unavailable, 1 unavailable, 1 unavailable"},
	{"errcode 45033", errcode(45033), "concurrency_limited", "4 rate_limited, 4 rate_limited, 4 rate_limited, 4 rate_limited, 4 rate_limited, 4 rate_limited"},
	{"errcode 40014", errcode(40014), "upstream_auth", "2 connection_rejected, 2 connection_rejected, 2 connection_rejected, 2 connection_rejected, 2 connection_rejected, 2 connection_rejected"},
	{"errcode 42001", errcode(42001), "upstream_auth", "2 connection_rejected, 2 connection_rejected, 2 connection_rejected, 2 connection_rejected, 2 connection_rejected, 2 connection_rejected"},
	{"errcode 41001", errcode(41001), "upstream_auth", "2 connection_rejected, 2 connection_rejected, 2 connection_rejected, 2 connection_rejected, 2 connection_rejected, 2 connection_rejected"},
	{"errcode 40001", errcode(40001), "upstream_auth", "2 connection_rejected, 2 connection_rejected, 2 connection_rejected, 2 connection_rejected, 2 connection_rejected, 2 connection_rejected"},
	{"F38 errcode 45009", errcode(45009), "rate_limited", "1 rate_limited, 1 rate_limited, 1 rate_limited, 1 rate_limited, 1 rate_limited, 1 rate_limited"},
	{"F42 errcode 48002", errcode(48002), "upstream_permission", "1 connection_rejected, 1 connection_rejected, 1 connection_rejected, 1 connection_rejected, 1 connection_rejected, 1 connection_rejected"},
	{"F42 errcode 40058", errcode(40058), "validation", "1 invalid_input, 1 invalid_input, 1 invalid_input, 1 invalid_input, 1 invalid_input, 1 invalid_input"},
	{"F32 errcode 81013", errcode(81013), "not_found", "1 not_found, 1 not_found, 1 not_found, 1 not_found, 1 not_found, 1 not_found"},
	{"errcode 45035, conflict of calls that run at once", errcode(45035), "concurrency_limited", "1 rate_limited, 1 rate_limited, 1 rate_limited, 1 rate_limited, 1 rate_limited, 1 rate_limited"},
	{"an errcode that no table knows", errcode(67203), "unknown_errcode", "1 internal, 1 internal, 1 internal, 1 internal, 1 internal, 1 internal"},
	{"HTTP 404", status(404, ""), "upstream_unavailable", "1 unavailable, 1 unavailable, 1 unavailable, 1 unavailable, 1 unavailable, 1 unavailable"},
	{"HTTP 403", status(403, htmlPage), "upstream_unavailable", "1 unavailable, 1 unavailable, 1 unavailable, 1 unavailable, 1 unavailable, 1 unavailable"},
}

func TestSentAgain(t *testing.T) {
	t.Parallel()
	for _, row := range again {
		for i, cell := range strings.Split(row.cells, ", ") {
			var requests int
			var kind fault.Kind
			_, err := fmt.Sscanf(cell, "%d %s", &requests, &kind)
			require.NoError(t, err)
			of := classes[i]
			t.Run(row.failure+"/"+of.name+" when it never ends", func(t *testing.T) {
				t.Parallel()
				sentUntilTheEnd(t, of.call, row.reply, requests, kind, row.reason)
			})
			if requests > 1 {
				t.Run(row.failure+"/"+of.name+" when it ends", func(t *testing.T) {
					t.Parallel()
					sentOnceMore(t, of.call, row.reply)
				})
			}
		}
	}
}

func sentUntilTheEnd(t *testing.T, call wecom.Call, always reply, requests int, kind fault.Kind, reason string) {
	f := newFake(t)
	f.alwaysAnswers(call.Path, always)
	trace := &wecom.Trace{}
	_, err := wecom.Do[*wecom.Empty](wecom.WithTrace(t.Context(), trace), newApp(t, f, impatient()), call)
	e := requireFault(t, err, kind, reason)
	assert.NotEmpty(t, e.Detail)
	assert.Len(t, f.received(), requests)
	assert.Equal(t, requests, trace.Attempts)
	requireSameBytes(t, f, call)
}

func sentOnceMore(t *testing.T, call wecom.Call, once reply) {
	f := newFake(t)
	f.answers(call.Path, once)
	trace := &wecom.Trace{}
	_, err := wecom.Do[*wecom.Empty](wecom.WithTrace(t.Context(), trace), newApp(t, f, impatient()), call)
	require.NoError(t, err)
	assert.Len(t, f.received(), 2)
	assert.Equal(t, 2, trace.Attempts)
	assert.Zero(t, trace.Errcode, "the last answer was a success")
	requireSameBytes(t, f, call)
}

// requireSameBytes: every try has the same body, in raw UTF-8, or WeCom's duplicate check would not know it again.
func requireSameBytes(t *testing.T, f *fake, call wecom.Call) {
	t.Helper()
	for _, got := range f.received() {
		want, method := "", http.MethodGet
		if call.Body != nil {
			want, method = helloBytes, http.MethodPost
		}
		require.Equal(t, want, got.body)
		require.Equal(t, method, got.method)
		require.Empty(t, got.header.Get("Transfer-Encoding"))
	}
}

func TestNotSentIsSentAgain(t *testing.T) {
	t.Parallel()
	for _, of := range classes {
		t.Run("F14 connection refused/"+of.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			for _, refused := range []int{1, 3, 4} {
				settings := at(t, f.URL)
				dials := refuse(settings.Transport.(*http.Transport), refused)
				app := wecom.NewApp(settings, impatient())
				before := len(f.received())
				_, err := wecom.Do[*wecom.Empty](t.Context(), app, of.call)
				if refused < 4 {
					require.NoError(t, err)
					assert.Len(t, f.received(), before+1)
					continue
				}
				// The first to be refused is the fetch of the token, which has its own four tries.
				requireFault(t, err, fault.Unavailable, "upstream_unavailable")
				assert.Len(t, f.received(), before)
				assert.EqualValues(t, 4, dials.Load())
			}
		})
	}
}

// refuse makes the first n dials of the transport meet a port that nobody listens at.
func refuse(transport *http.Transport, n int) *atomic.Int64 {
	var dials atomic.Int64
	dial := transport.DialContext
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		if dials.Add(1) <= int64(n) {
			address = "127.0.0.1:1"
		}
		return dial(ctx, network, address)
	}
	return &dials
}

func TestReconcile(t *testing.T) {
	t.Parallel()
	remove := wecom.Call{Path: "user/delete", Effect: wecom.Set, Reconcile: []int64{60111}}
	for _, c := range []struct {
		name    string
		replies []reply
		ours    bool
	}{
		{"a repeat after a lost answer meets its own work", []reply{resets, errcode(60111)}, true},
		{"a repeat after HTTP 502 too", []reply{status(502, ""), errcode(60111)}, true},
		{"even when another failure stood between", []reply{resets, status(429, ""), errcode(60111)}, true},
		{"the first try meets somebody else's", []reply{errcode(60111)}, false},
		{"so does one after a refusal", []reply{errcode(42001), errcode(60111)}, false},
		{"and one after -1, by which WeCom did nothing", []reply{errcode(-1), errcode(60111)}, false},
		{"and one after HTTP 429", []reply{status(429, ""), errcode(60111)}, false},
		{"another errcode is what it says", []reply{resets, errcode(60011)}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.answers(remove.Path, c.replies...)
			_, err := wecom.Do[*wecom.Empty](t.Context(), newApp(t, f, impatient()), remove)
			require.Error(t, err)
			assert.Equal(t, c.ours, wecom.MetOwnWork(err))
			assert.NotNil(t, fault.From(err).WeCom, "the refusal is there to look at")
		})
	}
}

// pauses makes calls that fail with an answer, in virtual time, and returns how long each was worked on.
func pauses(t *testing.T, answer string, call wecom.Call, timeout time.Duration) (took time.Duration, requests int, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		app := wecom.NewApp(inMemory(func(r *http.Request) (string, error) {
			if isGettoken(r) {
				return tokenAnswer, nil
			}
			requests++
			return answer, nil
		}), wecom.Options{})
		ctx, cancel := context.WithTimeout(t.Context(), timeout)
		defer cancel()
		started := time.Now()
		_, err = wecom.Do[*wecom.Empty](ctx, app, call)
		took = time.Since(started)
	})
	return took, requests, err
}

func TestBackOff(t *testing.T) {
	t.Parallel()
	call := classes[0].call
	t.Run("full jitter of 200, 400 and 800 ms between four tries", func(t *testing.T) {
		t.Parallel()
		var total time.Duration
		for range 200 {
			took, requests, err := pauses(t, `{"errcode":-1,"errmsg":"system busy"}`, call, 15*time.Second)
			requireFault(t, err, fault.Unavailable, "upstream_busy")
			require.Equal(t, 4, requests)
			require.LessOrEqual(t, took, 1400*time.Millisecond)
			total += took
		}
		assert.InDelta(t, 700, (total / 200).Milliseconds(), 120, "the mean of full jitter is half of the sum")
	})
	for _, c := range []struct {
		name, header string
		requests     int
		least, most  time.Duration
		after        time.Duration
	}{
		{"F37 Retry-After of 2 seconds is obeyed", "2", 4, 6 * time.Second, 6 * time.Second, 2 * time.Second},
		{"F37 Retry-After with a date is obeyed", "Sat, 01 Jan 2000 00:00:03 GMT", 4, 3 * time.Second, 4400 * time.Millisecond, time.Second},
		{"F37 Retry-After with a date that is past is ignored", "Sat, 01 Jan 1999 00:00:03 GMT", 4, 0, 1400 * time.Millisecond, time.Second},
		{"F37 Retry-After with nonsense is ignored", "soon", 4, 0, 1400 * time.Millisecond, time.Second},
		{"F37 a negative Retry-After is ignored", "-5", 4, 0, 1400 * time.Millisecond, time.Second},
		{"F37 Retry-After of 86400 is returned without a wait", "86400", 1, 0, 0, 24 * time.Hour},
		{"F37 Retry-After of 10^30 is ignored", "1000000000000000000000000000000", 4, 0, 1400 * time.Millisecond, time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			took, requests, err := pauses(t, "HTTP 429 Retry-After: "+c.header, call, 15*time.Second)
			e := requireFault(t, err, fault.RateLimited, "rate_limited")
			assert.Equal(t, c.requests, requests)
			assert.GreaterOrEqual(t, took, c.least)
			assert.LessOrEqual(t, took, c.most)
			assert.GreaterOrEqual(t, e.RetryAfter, c.after)
			assert.LessOrEqual(t, e.RetryAfter, c.after+600*time.Millisecond)
		})
	}
	t.Run("F37 Retry-After of a 503 is obeyed too", func(t *testing.T) {
		t.Parallel()
		took, requests, err := pauses(t, "HTTP 503 Retry-After: 3", call, 15*time.Second)
		requireFault(t, err, fault.Unavailable, "upstream_unavailable")
		assert.Equal(t, 4, requests)
		assert.Equal(t, 9*time.Second, took)
	})
	t.Run("F37 and is no promise where the outcome is unknown", func(t *testing.T) {
		t.Parallel()
		_, requests, err := pauses(t, "HTTP 503 Retry-After: 3", classes[4].call, 15*time.Second)
		requireFault(t, err, fault.OutcomeUnknown, "upstream_unavailable")
		assert.Equal(t, 1, requests)
	})
	t.Run("F38 45009 is never waited for", func(t *testing.T) {
		t.Parallel()
		took, requests, err := pauses(t, `{"errcode":45009,"errmsg":"api freq out of limit"}`, call, 10*time.Minute)
		e := requireFault(t, err, fault.RateLimited, "rate_limited")
		assert.Equal(t, 1, requests)
		assert.Zero(t, took)
		assert.Equal(t, time.Minute, e.RetryAfter)
	})
	t.Run("a token that dies meanwhile is no way around the limit of tries", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		f.answers(call.Path, errcode(-1), errcode(-1), errcode(-1), errcode(42001))
		f.alwaysAnswers(call.Path, errcode(-1))
		trace := &wecom.Trace{}
		_, err := wecom.Do[*wecom.Empty](wecom.WithTrace(t.Context(), trace), newApp(t, f, impatient()), call)
		requireFault(t, err, fault.Unavailable, "upstream_busy")
		assert.Equal(t, 4+1, trace.Attempts, "four, and the one whose token died")
	})
	t.Run("F56 no sleep that ends after the deadline", func(t *testing.T) {
		t.Parallel()
		for range 50 {
			took, _, err := pauses(t, `{"errcode":-1,"errmsg":"system busy"}`, call, 50*time.Millisecond)
			requireFault(t, err, fault.Unavailable, "upstream_busy")
			require.Less(t, took, 50*time.Millisecond)
		}
	})
	t.Run("F56 with no time left at the start", func(t *testing.T) {
		t.Parallel()
		took, _, err := pauses(t, `{"errcode":0}`, call, 0)
		requireFault(t, err, fault.Unavailable, "timeout")
		assert.Zero(t, took)
	})
}

func TestNoDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		answer := "HTTP 429 Retry-After: 86400"
		app := wecom.NewApp(inMemory(func(r *http.Request) (string, error) {
			if isGettoken(r) {
				return tokenAnswer, nil
			}
			return answer, nil
		}), wecom.Options{})
		started := time.Now()
		ctx := context.WithoutCancel(t.Context())
		e := requireFault(t, send(ctx, app), fault.RateLimited, "rate_limited")
		assert.Equal(t, 24*time.Hour, e.RetryAfter)
		assert.Zero(t, time.Since(started), "F37 nobody waits for a day, deadline or none")
		answer = "HTTP 429 Retry-After: 5"
		requireFault(t, send(ctx, app), fault.RateLimited, "rate_limited")
		assert.Equal(t, 15*time.Second, time.Since(started))
	})
}

func TestBudget(t *testing.T) {
	t.Parallel()
	requests, broken := 0, true
	settings := inMemory(func(r *http.Request) (string, error) {
		switch {
		case isGettoken(r):
			return tokenAnswer, nil
		case broken:
			requests++
			return "HTTP 503", nil
		default:
			return `{"errcode":0}`, nil
		}
	})
	c := &clock{}
	options := wecom.Options{Budget: &wecom.Budget{}, Clock: c}
	apps := []*wecom.App{wecom.NewApp(settings, options), wecom.NewApp(settings, options)}
	for i := range 400 {
		requireFault(t, read(t.Context(), apps[i%2]), fault.Unavailable, "upstream_unavailable")
	}
	// Of all clients together: a quarter of their calls, gettoken's two among them, and ten.
	assert.Equal(t, 402/4+10, requests-400)

	c.jump(11 * time.Second)
	requests = 0
	_ = read(t.Context(), apps[0])
	assert.Equal(t, 4, requests, "there is budget again when the window is past")
	broken = false
	assert.NoError(t, read(t.Context(), apps[0]))
}

func TestBudgetSurvivesAClockThatJumps(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.alwaysAnswers("department/simplelist", status(503, ""))
	c := &clock{}
	app := newApp(t, f, wecom.Options{Clock: c})
	for range 20 {
		_ = read(t.Context(), app)
	}
	c.jump(-2*time.Hour - 5*time.Second)
	before := len(f.received())
	_ = read(t.Context(), app)
	assert.Len(t, f.received(), before+4, "what was spent in a future that is not does not count")
	c.jump(-100 * 365 * 24 * time.Hour)
	assert.NotPanics(t, func() { _ = read(t.Context(), app) })
}

func TestConcurrency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var inside, most atomic.Int64
		var crowded atomic.Bool
		app := wecom.NewApp(inMemory(func(r *http.Request) (string, error) {
			if isGettoken(r) {
				return tokenAnswer, nil
			}
			now := inside.Add(1)
			defer inside.Add(-1)
			most.Store(max(most.Load(), now))
			time.Sleep(100 * time.Millisecond)
			if crowded.Load() {
				return `{"errcode":45033,"errmsg":"concurrency"}`, nil
			}
			return `{"errcode":0}`, nil
		}), wecom.Options{})
		burst := func(n int) int64 {
			most.Store(0)
			done := make(chan error, n)
			for range n {
				go func() { done <- send(t.Context(), app) }()
			}
			for range n {
				assert.NoError(t, <-done)
			}
			return most.Load()
		}
		assert.EqualValues(t, 40, burst(40))
		assert.EqualValues(t, 64, burst(100), "F24 no more than there are connections")

		crowded.Store(true)
		time.AfterFunc(50*time.Millisecond, func() {
			time.Sleep(60 * time.Millisecond)
			crowded.Store(false)
		})
		burst(40) // all 40 are refused together, and that halves once
		assert.EqualValues(t, 20, burst(40), "F41 half of those that ran")
		time.Sleep(50 * time.Second)
		assert.EqualValues(t, 20, burst(40), "F41 not before a minute")
		time.Sleep(15 * time.Second)
		assert.EqualValues(t, 40, burst(40), "F41 a minute without refusal opens it again")
	})
}

func TestChatbotHasNoToken(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.alwaysAnswers("webhook/send", errcode(42001))
	bot := wecom.NewBot(connection.Settings{
		Name: "bot", Type: connection.Chatbot, Key: connection.Value(webhookKey), BaseURL: f.URL, Transport: at(t, f.URL).Transport,
	}, impatient())
	_, err := wecom.Do[*wecom.Empty](t.Context(), bot, wecom.Call{Path: "webhook/send", Body: hello, Effect: wecom.Send})
	requireFault(t, err, fault.ConnectionRejected, "upstream_auth")
	assert.Len(t, f.received(), 1, "a token error is not refreshed where there is no token")
	assert.Empty(t, f.tokenRequests())
}
