package wecom_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
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

// atOnce makes n calls at the same time and returns their errors.
func atOnce(n int, call func() error) []error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			errs[i] = call()
		})
	}
	close(start)
	wg.Wait()
	return errs
}

// kills makes WeCom refuse the first token from now on.
func kills(f *fake, path string, code int64) {
	f.alwaysAnswers(path, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("access_token") == tokenCanary+"1" {
			errcode(code)(w, r)
			return
		}
		success(w, r)
	})
}

func TestTokenThatDies(t *testing.T) {
	t.Parallel()
	t.Run("F01 42001: one gettoken, one replay of the same bytes", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		app := newApp(t, f, impatient())
		require.NoError(t, send(t.Context(), app))
		f.answers("message/send", errcode(42001))
		require.NoError(t, send(t.Context(), app))
		require.NoError(t, send(t.Context(), app))
		assert.Len(t, f.tokenRequests(), 2)
		assert.Equal(t, []string{tokenCanary + "1", tokenCanary + "1", tokenCanary + "2", tokenCanary + "2"}, tokensOf(f.received()))
		assert.Equal(t, []string{helloBytes, helloBytes, helloBytes, helloBytes}, bodiesOf(f.received()))
	})
	t.Run("F02 16 at once when the token is revoked: two gettoken in all", func(t *testing.T) {
		t.Parallel()
		for range 5 {
			f := newFake(t)
			app := newApp(t, f, impatient())
			require.NoError(t, send(t.Context(), app))
			kills(f, "message/send", 40014)
			for _, err := range atOnce(16, func() error { return send(t.Context(), app) }) {
				assert.NoError(t, err)
			}
			assert.Len(t, f.tokenRequests(), 2)
		}
	})
	t.Run("F02 a refusal of an old token does not drop the new one", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		app := newApp(t, f, impatient())
		require.NoError(t, send(t.Context(), app))
		// The first call's refusal comes when the second one has renewed the token long since.
		f.answers("message/send", waits(300*time.Millisecond, errcode(42001)), errcode(42001))
		for _, err := range atOnce(2, func() error { return send(t.Context(), app) }) {
			assert.NoError(t, err)
		}
		assert.Len(t, f.tokenRequests(), 2)
	})
	for _, code := range []int64{40014, 42001, 41001, 40001} {
		t.Run(fmt.Sprintf("F03 %d also after the refresh", code), func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			app := newApp(t, f, impatient())
			require.NoError(t, send(t.Context(), app))
			f.alwaysAnswers("message/send", errcode(code))
			e := requireFault(t, send(t.Context(), app), fault.ConnectionRejected, "upstream_auth")
			assert.NotEmpty(t, e.Hint)
			assert.Equal(t, code, e.WeCom.Errcode)
			assert.Contains(t, e.Detail, "the application's secret")
			assert.Len(t, f.received(), 1+2)
			assert.Len(t, f.tokenRequests(), 1+1)
		})
	}
	t.Run("F49 a store of dead tokens is no loop", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		f.alwaysAnswers("gettoken", says(`{"errcode":0,"access_token":"the same each time","expires_in":7200}`))
		f.alwaysAnswers("message/send", errcode(40014))
		app := newApp(t, f, impatient())
		for range 3 {
			requireFault(t, send(t.Context(), app), fault.ConnectionRejected, "upstream_auth")
		}
		assert.LessOrEqual(t, len(f.received()), 6)
		assert.LessOrEqual(t, len(f.tokenRequests()), 4)
	})
}

func TestTokenRefused(t *testing.T) {
	t.Parallel()
	for _, code := range []int64{40001, 40013, 40091, 41004, 60020} {
		t.Run(fmt.Sprintf("F04 gettoken answers %d: 1,000 calls ask once, and again after a while", code), func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.alwaysAnswers("gettoken", errcode(code))
			c := &clock{}
			app := newApp(t, f, wecom.Options{Clock: c})
			for _, err := range atOnce(1000, func() error { return send(t.Context(), app) }) {
				e := fault.From(err)
				require.Equal(t, fault.ConnectionRejected, e.Kind)
				require.Equal(t, code, e.WeCom.Errcode)
				require.NotEmpty(t, e.Hint)
				require.Contains(t, e.Detail, "the application's secret")
				e.RequestID = "each caller completes its own"
			}
			assert.Len(t, f.tokenRequests(), 1)
			assert.Empty(t, f.received())

			c.jump(11 * time.Second)
			f.alwaysAnswers("gettoken", nil)
			assert.NoError(t, send(t.Context(), app), "a secret that was put right works without a restart")
			assert.Len(t, f.tokenRequests(), 2)
		})
	}
	t.Run("F05 60020 names the address and the remedy", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		f.alwaysAnswers("gettoken", errcode(60020))
		e := requireFault(t, send(t.Context(), newApp(t, f, impatient())), fault.ConnectionRejected, "upstream_permission")
		assert.Contains(t, e.Hint, "203.0.113.9")
		assert.Contains(t, e.Hint, "trusted IP")
	})
	t.Run("F05 and says so where WeCom does not", func(t *testing.T) {
		t.Parallel()
		for _, text := range []string{"not allow to access from your ip", "from ip: ", "from ip: <script>, more", "from ip: 203.0.113.9"} {
			e := wecom.Refusal("message/send", 60020, text)
			assert.Contains(t, e.Hint, "trusted IP")
			assert.NotContains(t, e.Hint, "script")
			assert.Equal(t, text == "from ip: 203.0.113.9", strings.Contains(e.Hint, "203.0.113.9"))
		}
	})
	t.Run("F38 a gettoken that is over its frequency is left alone for a while", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		f.alwaysAnswers("gettoken", errcode(45009))
		app := newApp(t, f, impatient())
		for range 20 {
			requireFault(t, send(t.Context(), app), fault.RateLimited, "rate_limited")
		}
		assert.Len(t, f.tokenRequests(), 1)
	})
}

func TestTokenUnavailable(t *testing.T) {
	t.Parallel()
	for name, broken := range map[string]reply{
		"HTTP 502": status(502, htmlPage), "a reset": resets, "a page": says(htmlPage), "-1": errcode(-1), "nothing": says(""),
		"a success without errcode": says(`{"access_token":"x","expires_in":7200}`),
	} {
		t.Run("F07 gettoken answers "+name+" once", func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.answers("gettoken", broken)
			assert.NoError(t, send(t.Context(), newApp(t, f, impatient())))
			assert.Len(t, f.tokenRequests(), 2)
			assert.Len(t, f.received(), 1)
		})
		t.Run("F07 gettoken answers "+name+" always", func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.alwaysAnswers("gettoken", broken)
			app := newApp(t, f, impatient())
			err := send(t.Context(), app)
			require.ErrorIs(t, err, fault.Unavailable, "never an unknown outcome: the message was not sent")
			assert.True(t, fault.From(err).Retryable())
			assert.Len(t, f.tokenRequests(), 4)
			assert.Empty(t, f.received())
			f.alwaysAnswers("gettoken", nil)
			assert.NoError(t, send(t.Context(), app), "no failure of the network is remembered")
		})
	}
	t.Run("F07 a success without a token is none", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		f.alwaysAnswers("gettoken", says(`{"errcode":0,"errmsg":"ok","expires_in":7200}`))
		requireFault(t, send(t.Context(), newApp(t, f, impatient())), fault.Unavailable, "upstream_protocol")
		assert.Empty(t, f.received())
	})
}

func TestTokenFetchIsShared(t *testing.T) {
	t.Parallel()
	t.Run("100 cold calls make one gettoken", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		f.answers("gettoken", waits(50*time.Millisecond, says(fmt.Sprintf(f.tokens, `"`+tokenCanary+`"`))))
		app := newApp(t, f, impatient())
		for _, err := range atOnce(100, func() error { return send(t.Context(), app) }) {
			assert.NoError(t, err)
		}
		assert.Len(t, f.tokenRequests(), 1)
		assert.Len(t, f.received(), 100)
	})
	t.Run("F06 a canceled leader does not fail the followers", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		f.answers("gettoken", waits(400*time.Millisecond, says(fmt.Sprintf(f.tokens, `"`+tokenCanary+`"`))))
		app := newApp(t, f, impatient())
		leader, cancel := context.WithCancel(t.Context())
		left := make(chan error, 1)
		go func() { left <- send(leader, app) }()
		require.Eventually(t, func() bool { return len(f.tokenRequests()) == 1 }, 5*time.Second, time.Millisecond)
		time.AfterFunc(50*time.Millisecond, cancel)
		for _, err := range atOnce(20, func() error { return send(t.Context(), app) }) {
			assert.NoError(t, err)
		}
		requireFault(t, <-left, fault.Canceled, "canceled")
		assert.Len(t, f.tokenRequests(), 1)
		assert.Len(t, f.received(), 20, "the leader's message was not sent")
	})
	t.Run("F06 each of 200 waiters keeps its own deadline", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		f.answers("gettoken", hangs)
		app := newApp(t, f, impatient())
		var n atomic.Int64
		for _, err := range atOnce(200, func() error {
			wait := time.Duration(50+n.Add(1)) * time.Millisecond
			ctx, cancel := context.WithTimeout(t.Context(), wait)
			defer cancel()
			started := time.Now()
			err := send(ctx, app)
			if late := time.Since(started) - wait; late > 500*time.Millisecond {
				return fmt.Errorf("%v late: %w", late, err)
			}
			return err
		}) {
			e := requireFault(t, err, fault.Unavailable, "timeout")
			assert.NotContains(t, e.Error(), "late")
		}
		assert.Len(t, f.tokenRequests(), 1)
	})
	t.Run("F06 a fetch that outlives its callers ends by itself within ten seconds", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			var ended time.Duration
			started := time.Now()
			app := wecom.NewApp(inMemory(func(r *http.Request) (string, error) {
				<-r.Context().Done()
				ended = time.Since(started)
				return "", r.Context().Err()
			}), wecom.Options{})
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			requireFault(t, send(ctx, app), fault.Unavailable, "timeout")
			assert.Equal(t, time.Second, time.Since(started))
			time.Sleep(20 * time.Second)
			synctest.Wait()
			assert.Equal(t, 10*time.Second, ended)
		})
	})
	t.Run("the caller's trace does not count the fetch", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		f.answers("gettoken", status(502, ""), errcode(-1))
		trace := &wecom.Trace{}
		require.NoError(t, send(wecom.WithTrace(t.Context(), trace), newApp(t, f, impatient())))
		assert.Equal(t, &wecom.Trace{Attempts: 1}, trace)
	})
}

func TestTokenLife(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, expiresIn string
		least, most     time.Duration // how long the token is used
	}{
		{"two hours", "7200", 6120 * time.Second, 6480 * time.Second},
		{"F08 missing", "", 50 * time.Second, 60 * time.Second},
		{"F08 zero", "0", 50 * time.Second, 60 * time.Second},
		{"F08 negative", "-1", 50 * time.Second, 60 * time.Second},
		{"F08 a string", `"7200"`, 50 * time.Second, 60 * time.Second},
		{"F08 null", "null", 50 * time.Second, 60 * time.Second},
		{"F08 a fraction", "7200.5", 50 * time.Second, 60 * time.Second},
		{"F08 an object", `{"a":[1]}`, 50 * time.Second, 60 * time.Second},
		{"F08 10^12", "1000000000000", 6120 * time.Second, 6480 * time.Second},
		{"F08 10^30", "1000000000000000000000000000000", 50 * time.Second, 60 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tokens := 0
				app := wecom.NewApp(inMemory(func(r *http.Request) (string, error) {
					if !isGettoken(r) {
						return `{"errcode":0}`, nil
					}
					tokens++
					answer := `{"errcode":0,"access_token":"t"`
					if c.expiresIn != "" {
						answer += `,"expires_in":` + c.expiresIn
					}
					return answer + "}", nil
				}), wecom.Options{})
				started := time.Now()
				require.NoError(t, send(t.Context(), app))
				for tokens == 1 {
					time.Sleep(time.Second)
					require.NoError(t, send(t.Context(), app))
				}
				assert.GreaterOrEqual(t, time.Since(started), c.least)
				assert.LessOrEqual(t, time.Since(started), c.most)
			})
		})
	}
}

func TestRenewalThatFails(t *testing.T) {
	t.Parallel()
	for name, failure := range map[string]string{
		"unavailable": "HTTP 503", "refused": `{"errcode":40001,"errmsg":"invalid credential"}`, "broken": "",
	} {
		t.Run("F12 F07 the old token is used on while gettoken is "+name, func(t *testing.T) {
			t.Parallel()
			tokens, failing := 0, false
			c := &clock{}
			app := wecom.NewApp(inMemory(func(r *http.Request) (string, error) {
				switch {
				case !isGettoken(r):
					return `{"errcode":0}`, nil
				case failing:
					tokens++
					return failure, nil
				default:
					return tokenAnswer, nil
				}
			}), wecom.Options{Clock: c})
			require.NoError(t, send(t.Context(), app))
			failing = true
			c.jump(6500 * time.Second) // past its renewal
			for range 50 {
				require.NoError(t, send(t.Context(), app))
			}
			assert.LessOrEqual(t, tokens, 4, "and gettoken is not asked by each call")
			c.jump(11 * time.Second)
			require.NoError(t, send(t.Context(), app))
			assert.Greater(t, tokens, 1, "but again after a while")
			c.jump(700 * time.Second) // past its life
			require.Error(t, send(t.Context(), app))
			failing = false
			c.jump(11 * time.Second)
			require.NoError(t, send(t.Context(), app))
		})
	}
}

// frozen is a clock of which the wall and the monotonic part can go apart, as in a frozen instance.
type frozen struct {
	base       time.Time
	wall, mono time.Duration
}

func (f *frozen) Now() time.Time {
	if f.wall == f.mono {
		return f.base.Add(f.mono)
	}
	return f.base.Add(f.wall).Round(0)
}

func (f *frozen) Sleep(context.Context, time.Duration) error { return nil }

func TestClockThatJumps(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name       string
		wall, mono time.Duration
		tokens     int
	}{
		{"F10 two hours ahead by both clocks", 2 * time.Hour, 2 * time.Hour, 2},
		{"F10 two hours ahead by the wall clock alone", 2 * time.Hour, 0, 2},
		{"F10 two hours back by the wall clock", -2 * time.Hour, 0, 2},
		{"F10 an hour ahead", time.Hour, time.Hour, 1},
		{"F10 an hour back", -time.Hour, 0, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			jumping := &frozen{base: time.Now()}
			app := newApp(t, f, wecom.Options{Clock: jumping})
			require.NoError(t, send(t.Context(), app))
			jumping.wall, jumping.mono = c.wall, c.mono
			require.NoError(t, send(t.Context(), app))
			assert.Len(t, f.tokenRequests(), c.tokens)
		})
	}
}

func TestTokenIsSentIntact(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	long := strings.Repeat("aB9+/=&%?# ;\"'<>", 32)
	require.Len(t, long, 512)
	quoted, err := json.Marshal(long)
	require.NoError(t, err)
	f.alwaysAnswers("gettoken", says(`{"errcode":0,"access_token":`+string(quoted)+`,"expires_in":7200}`))
	app := newApp(t, f, impatient())
	require.NoError(t, send(t.Context(), app))
	require.NoError(t, read(t.Context(), app))
	assert.Equal(t, []string{long, long}, tokensOf(f.received()), "F09")
	got := f.tokenRequests()[0].query
	assert.Equal(t, []string{corpID, appSecret}, []string{got.Get("corpid"), got.Get("corpsecret")}, "a secret with signs too")
}

func TestSecretsAreNotMixedUp(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.alwaysAnswers("gettoken", func(w http.ResponseWriter, r *http.Request) {
		says(fmt.Sprintf(`{"errcode":0,"access_token":"token of %s","expires_in":7200}`, r.URL.Query().Get("corpsecret")))(w, r)
	})
	contacts := wecom.Call{Path: "user/list_id", Body: hello, Effect: wecom.Read, Contacts: true}
	one, two := at(t, f.URL), at(t, f.URL)
	one.Secret, one.ContactsSecret = connection.Value("one"), connection.Value("sync")
	two.Secret = connection.Value("two")
	options := impatient()
	apps := []*wecom.App{wecom.NewApp(one, options), wecom.NewApp(two, options)}
	bot := wecom.NewBot(connection.Settings{Type: connection.Chatbot, Key: connection.Value(webhookKey), BaseURL: f.URL, Transport: one.Transport}, options)

	t.Run("F11 two apps of one corp and a chatbot in one process", func(t *testing.T) {
		for range 2 {
			for _, app := range apps {
				require.NoError(t, send(t.Context(), app))
			}
			require.NoError(t, send(t.Context(), bot))
		}
		assert.Equal(t, []string{"token of one", "token of two", "", "token of one", "token of two", ""}, tokensOf(f.received()))
		assert.Equal(t, webhookKey, f.received()[2].query.Get("key"))
		assert.Len(t, f.tokenRequests(), 2)
	})
	t.Run("F11 contact calls use the contact-sync secret where there is one", func(t *testing.T) {
		for _, app := range apps {
			_, err := wecom.Do[*wecom.Empty](t.Context(), app, contacts)
			require.NoError(t, err)
		}
		assert.Equal(t, []string{"token of sync", "token of two"}, tokensOf(f.received()[6:]))
		assert.Len(t, f.tokenRequests(), 3)
	})
	t.Run("an error says which secret was used", func(t *testing.T) {
		f.alwaysAnswers("user/list_id", errcode(48002))
		for i, want := range []string{"the contact-sync secret", "the application's secret"} {
			_, err := wecom.Do[*wecom.Empty](t.Context(), apps[i], contacts)
			e := requireFault(t, err, fault.ConnectionRejected, "upstream_permission")
			assert.Contains(t, e.Detail, want)
			assert.Contains(t, e.Hint, "CONTACTS_SECRET")
		}
	})
	assert.Equal(t, int64(1000002), apps[0].AgentID())
}

func TestSecretThatIsRotated(t *testing.T) {
	t.Parallel()
	accepts := func(f *fake, good string) {
		f.alwaysAnswers("gettoken", func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("corpsecret") != good {
				errcode(40001)(w, r)
				return
			}
			says(fmt.Sprintf(`{"errcode":0,"access_token":"token of %s","expires_in":7200}`, good))(w, r)
		})
	}
	t.Run("F12 a file with a new secret is read at the next refresh", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		accepts(f, "old")
		path := filepath.Join(t.TempDir(), "secret")
		require.NoError(t, os.WriteFile(path, []byte("old\n"), 0o600))
		settings := at(t, f.URL)
		settings.Secret = connection.File(path)
		app := wecom.NewApp(settings, impatient())
		require.NoError(t, send(t.Context(), app))

		require.NoError(t, os.WriteFile(path, []byte("new\n"), 0o600))
		accepts(f, "new")
		require.NoError(t, send(t.Context(), app), "the old token is used until it is refused")
		f.answers("message/send", errcode(40014))
		require.NoError(t, send(t.Context(), app))
		assert.Equal(t, []string{"token of old", "token of old", "token of old", "token of new"}, tokensOf(f.received()))
	})
	t.Run("F12 a secret that is refused is read again once", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		accepts(f, "new")
		var reads atomic.Int64
		settings := at(t, f.URL)
		settings.Secret = connection.Reference(func(context.Context, string) (string, error) {
			return []string{"old", "new"}[min(1, reads.Add(1)-1)], nil
		}, "ref")
		require.NoError(t, send(t.Context(), wecom.NewApp(settings, impatient())))
		assert.EqualValues(t, 2, reads.Load())
		assert.Len(t, f.tokenRequests(), 2)
	})
	t.Run("F12 and not asked about again if it is the same", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		accepts(f, "new")
		var reads atomic.Int64
		settings := at(t, f.URL)
		settings.Secret = connection.Reference(func(context.Context, string) (string, error) {
			reads.Add(1)
			return "old", nil
		}, "ref")
		requireFault(t, send(t.Context(), wecom.NewApp(settings, impatient())), fault.ConnectionRejected, "upstream_auth")
		assert.EqualValues(t, 2, reads.Load())
		assert.Len(t, f.tokenRequests(), 1)
	})
}

func TestSecretThatCannotBeRead(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	hidden := errors.New("access denied to arn:aws:" + tokenCanary)
	broken := connection.Reference(func(context.Context, string) (string, error) { return "", hidden }, "ref")
	app, bot := at(t, f.URL), at(t, f.URL)
	app.Secret, bot.Type, bot.Key = broken, connection.Chatbot, broken
	for name, client := range map[string]wecom.Client{"secret": wecom.NewApp(app, impatient()), "key": wecom.NewBot(bot, impatient())} {
		e := requireFault(t, send(t.Context(), client), fault.Misconfigured, "config")
		assert.Contains(t, e.Detail, name)
		assert.NotContains(t, e.Error(), "arn:", "where a secret lives is not for callers to know")
		assert.ErrorIs(t, e.Cause, hidden, "but for the log")
	}
	assert.Empty(t, f.tokenRequests())
	assert.Empty(t, f.received())
}

func TestStoreThatHangs(t *testing.T) {
	t.Parallel()
	hanging := connection.Reference(func(ctx context.Context, _ string) (string, error) {
		<-ctx.Done()
		return "", ctx.Err()
	}, "ref")
	synctest.Test(t, func(t *testing.T) {
		settings := inMemory(func(*http.Request) (string, error) { return "", errReset })
		settings.Secret, settings.Key = hanging, hanging
		for _, client := range []wecom.Client{wecom.NewApp(settings, wecom.Options{}), wecom.NewBot(settings, wecom.Options{})} {
			started := time.Now()
			for _, err := range atOnce(20, func() error {
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				return send(ctx, client)
			}) {
				requireFault(t, err, fault.Unavailable, "timeout")
			}
			assert.Equal(t, time.Second, time.Since(started), "nobody waits for another's wait")
			time.Sleep(20 * time.Second)
		}
	})
}

func TestPanicReachesTheCaller(t *testing.T) {
	t.Parallel()
	panicking := connection.Reference(func(context.Context, string) (string, error) { panic("in a store") }, "ref")
	f := newFake(t)
	app := at(t, f.URL)
	app.Secret = panicking
	bot := at(t, f.URL)
	bot.Key = panicking
	for _, client := range []wecom.Client{wecom.NewApp(app, impatient()), wecom.NewBot(bot, impatient())} {
		assert.PanicsWithValue(t, "in a store", func() { _ = send(t.Context(), client) },
			"F60 in the caller's goroutine, where an adapter recovers it, and not in one of its own, which would end the process")
	}

	broken := true
	inside := wecom.NewApp(inMemory(func(r *http.Request) (string, error) {
		if broken && !isGettoken(r) {
			panic("in a transport")
		}
		return tokenAnswer, nil
	}), impatient())
	for range 100 {
		assert.PanicsWithValue(t, "in a transport", func() { _ = send(t.Context(), inside) })
	}
	broken = false
	assert.NoError(t, send(t.Context(), inside), "F60 a panic leaves no place taken")
}
