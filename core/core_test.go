package core_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/caller"
	"github.com/wecom-functions/wecom-functions/core/catalog"
	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

// The canaries: no answer and no log line may hold one.
const (
	appSecret  = "canaryAPP-0123456789-secret"
	webhookKey = "canaryKEY-0123456789-key"
	token      = "canaryTOKEN-0123456789-token"
	content    = "canaryCONTENT-0123456789-content"
)

// safeBuffer is a log that many goroutines write.
type safeBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

// lines are the log's lines, as objects.
func (b *safeBuffer) lines(t *testing.T) []map[string]any {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	var lines []map[string]any
	for line := range strings.Lines(b.buf.String()) {
		var object map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &object))
		lines = append(lines, object)
	}
	return lines
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// roundTrip answers requests without a network: gettoken with a token, all else with what it returns.
type roundTrip func(r *http.Request) (string, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer func() { _ = r.Body.Close() }()
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	body := `{"errcode":0,"access_token":"` + token + `","expires_in":7200}`
	if !strings.HasSuffix(r.URL.Path, "/gettoken") {
		var err error
		if body, err = f(r); err != nil {
			return nil, err
		}
	}
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body))}, nil
}

func answers(body string) roundTrip {
	return func(*http.Request) (string, error) { return body, nil }
}

func connections(transport http.RoundTripper) []connection.Settings {
	return []connection.Settings{
		{Name: "default", Type: connection.Application, CorpID: "ww1", Secret: connection.Value(appSecret), AgentID: 1, Transport: transport},
		{Name: "alerts", Type: connection.Chatbot, Key: connection.Value(webhookKey), Transport: transport},
	}
}

// newConnector has the default connections; change may alter the settings.
func newConnector(t *testing.T, transport http.RoundTripper, change func(*core.Settings)) (*core.Connector, *safeBuffer) {
	t.Helper()
	log := &safeBuffer{}
	settings := core.Settings{Connections: connections(transport), Logger: slog.New(slog.NewJSONHandler(log, nil))}
	if change != nil {
		change(&settings)
	}
	c, err := core.New(settings)
	require.NoError(t, err)
	return c, log
}

func text() core.Request {
	return core.Request{Action: "message.text.send", Input: []byte(`{"touser":"zhangsan","content":"` + content + `"}`)}
}

func requireFault(t *testing.T, err error, kind fault.Kind) *fault.Error {
	t.Helper()
	e, ok := errors.AsType[*fault.Error](err)
	require.True(t, ok, "every error is a *fault.Error: %T %v", err, err)
	require.Equal(t, kind, e.Kind, "%v", err)
	return e
}

func TestInvoke(t *testing.T) {
	t.Parallel()
	const success = `{"errcode":0,"errmsg":"ok","msgid":"m1"}`
	t.Run("a success", func(t *testing.T) {
		t.Parallel()
		c, _ := newConnector(t, answers(success), nil)
		request := text()
		request.RequestID = "r1"
		result, err := c.Invoke(t.Context(), request)
		require.NoError(t, err)
		data, err := json.Marshal(result)
		require.NoError(t, err)
		assert.JSONEq(t, `{"action":"message.text.send","output":{"msgid":"m1"},"partial":false,"warnings":[],"request_id":"r1"}`, string(data))
	})
	t.Run("F31 a partial success", func(t *testing.T) {
		t.Parallel()
		c, _ := newConnector(t, answers(`{"errcode":0,"errmsg":"ok","msgid":"m1","invaliduser":"lisi"}`), nil)
		result, err := c.Invoke(t.Context(), text())
		require.NoError(t, err)
		assert.True(t, result.Partial)
		require.Len(t, result.Warnings, 1)
		assert.Equal(t, fault.RuleRecipientsRefused, result.Warnings[0].Rule)
	})
	t.Run("a request id is made where there is none", func(t *testing.T) {
		t.Parallel()
		c, log := newConnector(t, answers(success), nil)
		one, err := c.Invoke(t.Context(), text())
		require.NoError(t, err)
		_, err = c.Invoke(t.Context(), core.Request{})
		two := requireFault(t, err, fault.NotFound)
		assert.Regexp(t, `^[A-Z2-7]{26}$`, one.RequestID)
		assert.Regexp(t, `^[A-Z2-7]{26}$`, two.RequestID)
		assert.NotEqual(t, one.RequestID, two.RequestID)
		assert.Equal(t, one.RequestID, log.lines(t)[0]["request_id"])
		assert.Equal(t, two.RequestID, log.lines(t)[1]["request_id"])
	})
	t.Run("invalid input reaches nobody", func(t *testing.T) {
		t.Parallel()
		c, _ := newConnector(t, roundTrip(func(*http.Request) (string, error) { panic("called") }), nil)
		_, err := c.Invoke(t.Context(), core.Request{Action: "message.text.send", Input: []byte(`{"content":7}`)})
		e := requireFault(t, err, fault.InvalidInput)
		assert.Equal(t, "message.text.send", e.Action)
		assert.Len(t, e.Violations, 2, "both are named: %v", e.Violations)
		for _, input := range []string{"", "null", "[]", "{", `{"content":"x"}{}`} {
			_, err := c.Invoke(t.Context(), core.Request{Action: "message.text.send", Input: []byte(input)})
			requireFault(t, err, fault.InvalidInput)
		}
	})
	t.Run("a refusal carries all that helps", func(t *testing.T) {
		t.Parallel()
		c, _ := newConnector(t, answers(`{"errcode":81013,"errmsg":"user & party & tag all invalid"}`), nil)
		request := text()
		request.RequestID = "r1"
		_, err := c.Invoke(t.Context(), request)
		e := requireFault(t, err, fault.NotFound)
		assert.Equal(t, []any{"message.text.send", "r1", int64(81013), false}, []any{e.Action, e.RequestID, e.WeCom.Errcode, e.Retryable()})
		assert.NotEmpty(t, e.Hint)
	})
	t.Run("the connection is picked by the action's need", func(t *testing.T) {
		t.Parallel()
		var paths []string
		c, log := newConnector(t, roundTrip(func(r *http.Request) (string, error) {
			paths = append(paths, r.URL.Path)
			return success, nil
		}), nil)
		bot := core.Request{Action: "chatbot.text.send", Input: []byte(`{"content":"x"}`)}
		_, err := c.Invoke(t.Context(), bot)
		require.NoError(t, err)
		_, err = c.Invoke(t.Context(), text())
		require.NoError(t, err)
		assert.Equal(t, []string{"/cgi-bin/webhook/send", "/cgi-bin/message/send"}, paths)
		assert.Equal(t, "alerts", log.lines(t)[0]["connection"], "the log names the one that was taken")
		assert.Equal(t, "default", log.lines(t)[1]["connection"])

		bot.Connection = "default"
		_, err = c.Invoke(t.Context(), bot)
		requireFault(t, err, fault.InvalidInput)
		bot.Connection = content
		_, err = c.Invoke(t.Context(), bot)
		requireFault(t, err, fault.NotFound)
		assert.NotContains(t, log.String(), content, "B93 an unknown name is the caller's text")
	})
}

func TestUnknownAction(t *testing.T) {
	t.Parallel()
	c, log := newConnector(t, answers(""), nil)
	for given, hint := range map[string]string{
		"message.text.sent": "message.text.send", "Message.Text.Send": "message.text.send", "mesage.text.send": "message.text.send",
		"departments.list": "department.list", "": "GET /actions", "../../etc/passwd": "GET /actions", "message.text.send/": "message.text.send",
		"%2e%2e": "GET /actions", strings.Repeat("canary-0123456789", 700): "GET /actions",
	} {
		t.Run(fmt.Sprintf("B16 %.40q", given), func(t *testing.T) {
			started := time.Now()
			_, err := c.Invoke(t.Context(), core.Request{Action: given, Input: []byte("{}")})
			assert.Less(t, time.Since(started), time.Second)
			e := requireFault(t, err, fault.NotFound)
			assert.Contains(t, e.Hint, hint)
			assert.Empty(t, e.Action)
			assert.NotContains(t, log.String(), "canary", "what was given is not repeated")
			assert.NotContains(t, e.Error()+e.Hint, "canary")
		})
	}
}

func TestAllowedActions(t *testing.T) {
	t.Parallel()
	everything := len(catalog.Actions())
	for _, c := range []struct {
		name       string
		selectors  []string
		allowed    int
		runs, bars string
	}{
		{"nothing said", nil, everything, "member.delete", ""},
		{"everything", []string{"*"}, everything, "member.delete", ""},
		{"one", []string{"message.text.send"}, 1, "message.text.send", "message.file.send"},
		{"one, by its function's name", []string{"wecom-message-text-send"}, 1, "message.text.send", "member.delete"},
		{"one, by its Go type", []string{"MessageTextSend"}, 1, "message.text.send", "member.delete"},
		{"a family", []string{"message.*"}, 7, "message.recall", "groupchat.text.send"},
		{"a star in the middle", []string{"groupchat.*.send"}, 6, "groupchat.text.send", "groupchat.create"},
		{"two that overlap", []string{"message.*", "message.text.send", "department.list"}, 8, "department.list", "department.delete"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			connector, _ := newConnector(t, answers(`{"errcode":0}`), func(s *core.Settings) { s.Actions = c.selectors })
			assert.Len(t, connector.Actions(), c.allowed)
			assert.NotNil(t, connector.Lookup(c.runs))
			_, err := connector.Invoke(t.Context(), core.Request{Action: c.runs})
			requireFault(t, err, fault.InvalidInput) // it ran as far as its empty input
			if c.bars == "" {
				return
			}
			assert.Nil(t, connector.Lookup(c.bars))
			_, err = connector.Invoke(t.Context(), core.Request{Action: c.bars, Input: []byte("{}")})
			e := requireFault(t, err, fault.Forbidden)
			assert.Contains(t, e.Detail, c.bars)
			_, err = connector.Invoke(t.Context(), core.Request{Action: "no.such", Input: []byte("{}")})
			requireFault(t, err, fault.NotFound)
		})
	}
	t.Run("the catalogue's own list is not touched", func(t *testing.T) {
		t.Parallel()
		assert.Len(t, catalog.Actions(), everything)
		for _, a := range catalog.Actions() {
			assert.NotNil(t, a)
		}
	})
}

func TestMisconfigured(t *testing.T) {
	t.Parallel()
	log := &safeBuffer{}
	settings := core.Settings{
		Connections: []connection.Settings{
			{Name: "default", Type: connection.Application, Secret: connection.Value(appSecret)},
			{Name: "default", Type: connection.Chatbot},
		},
		Actions: []string{"message.texts.send"}, Logger: slog.New(slog.NewJSONHandler(log, nil)), Callers: caller.Policy{Mode: caller.None},
	}
	c, err := core.New(settings)
	e := requireFault(t, err, fault.Misconfigured)
	for _, problem := range []string{"CorpID", "Key", "stands twice", "message.texts.send"} {
		assert.Contains(t, e.Detail, problem, "F63 all problems at once")
	}
	assert.NotContains(t, e.Detail, appSecret)
	require.NotNil(t, c, "there is a connector, and it says what is wrong")
	assert.Equal(t, e, c.Err())
	assert.Equal(t, caller.None, c.Callers().Mode)
	assert.Len(t, c.Connections(), 2)

	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			id := fmt.Sprintf("r%d", i)
			_, err := c.Invoke(t.Context(), core.Request{Action: "message.text.send", RequestID: id})
			own := requireFault(t, err, fault.Misconfigured)
			assert.Equal(t, id, own.RequestID, "each caller has its own copy")
			assert.Equal(t, e.Detail, own.Detail)
		})
	}
	wg.Wait()
	assert.Empty(t, e.RequestID)
	assert.Len(t, log.lines(t), 50)

	t.Run("by an error of the platform's", func(t *testing.T) {
		t.Parallel()
		for _, err := range []error{errors.New("SECRET is required"), fault.New(fault.Misconfigured, "SECRET is required").Because("config")} {
			c := core.Misconfigured(core.Settings{}, err)
			_, got := c.Invoke(t.Context(), text())
			assert.Equal(t, "SECRET is required", requireFault(t, got, fault.Misconfigured).Detail)
			assert.ErrorIs(t, c.Err(), fault.Misconfigured)
			assert.NotNil(t, c.Logger())
		}
	})
	t.Run("no connection is no problem until one is needed", func(t *testing.T) {
		t.Parallel()
		c, err := core.New(core.Settings{})
		require.NoError(t, err)
		assert.NoError(t, c.Err())
		_, err = c.Invoke(t.Context(), text())
		assert.Contains(t, requireFault(t, err, fault.Misconfigured).Hint, "WECOM_<NAME>_CORP_ID")
	})
}

func TestDeadline(t *testing.T) {
	t.Parallel()
	hangs := roundTrip(func(r *http.Request) (string, error) {
		<-r.Context().Done()
		return "", r.Context().Err()
	})
	synctest.Test(t, func(t *testing.T) {
		c, _ := newConnector(t, hangs, nil)
		started := time.Now()
		_, err := c.Invoke(context.WithoutCancel(t.Context()), text())
		requireFault(t, err, fault.OutcomeUnknown)
		assert.Equal(t, 15*time.Second, time.Since(started), "I5 15 seconds where the caller sets none")

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		started = time.Now()
		_, err = c.Invoke(ctx, core.Request{Action: "department.list", Input: []byte("{}")})
		requireFault(t, err, fault.Unavailable)
		assert.Equal(t, time.Second, time.Since(started), "I5 the caller's own otherwise")

		ctx, cancel = context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		started = time.Now()
		_, err = c.Invoke(ctx, text())
		requireFault(t, err, fault.OutcomeUnknown)
		assert.Equal(t, time.Hour, time.Since(started), "also a longer one")
	})
}

func TestLog(t *testing.T) {
	t.Parallel()
	always := []string{"time", "level", "msg", "action", "connection", "kind", "attempts", "ms", "request_id"}
	for _, c := range []struct {
		name    string
		request core.Request
		answer  roundTrip
		want    map[string]any
		more    []string
	}{
		{
			"I8 a success", text(), answers(`{"errcode":0,"msgid":"m1"}`),
			map[string]any{"level": "INFO", "action": "message.text.send", "connection": "default", "kind": "ok", "errcode": 0.0, "attempts": 1.0},
			[]string{"errcode"},
		},
		{
			"I8 a refusal", text(), answers(`{"errcode":81013,"errmsg":"` + content + `"}`),
			map[string]any{"level": "INFO", "kind": "not_found", "errcode": 81013.0, "attempts": 1.0, "reason": "not_found"},
			[]string{"reason", "errcode"},
		},
		{
			"I8 a refusal that the owner must mend", text(), answers(`{"errcode":48002,"errmsg":"` + content + `"}`),
			map[string]any{"level": "ERROR", "kind": "connection_rejected", "errcode": 48002.0, "reason": "upstream_permission"},
			[]string{"reason", "detail", "errcode"},
		},
		{
			"I8 an unknown outcome", text(), answers("<html>" + content),
			map[string]any{"level": "ERROR", "kind": "outcome_unknown", "attempts": 1.0, "reason": "upstream_protocol"},
			[]string{"reason", "detail"},
		},
		{
			"I8 invalid input",
			core.Request{Action: "message.text.send", Input: []byte(`{"` + content + `":1}`)},
			nil,
			map[string]any{"level": "INFO", "action": "message.text.send", "connection": "", "kind": "invalid_input", "attempts": 0.0},
			[]string{"reason"},
		},
		{
			"B93 an unknown action",
			core.Request{Action: "\n{\"level\":\"error\"}" + content},
			nil,
			map[string]any{"level": "INFO", "action": "", "kind": "not_found"},
			[]string{"reason"},
		},
		{
			"who called, and the trace",
			core.Request{Action: "x", Caller: "ci", TraceID: "4bf9"},
			nil,
			map[string]any{"caller": "ci", "trace_id": "4bf9"},
			[]string{"reason", "caller", "trace_id"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			connector, log := newConnector(t, c.answer, nil)
			c.request.RequestID = "r1"
			_, _ = connector.Invoke(t.Context(), c.request)
			lines := log.lines(t)
			require.Len(t, lines, 1, "one line for a call")
			var names []string
			for name := range lines[0] {
				names = append(names, name)
			}
			assert.ElementsMatch(t, append(append([]string{}, always...), c.more...), names, "and nothing else on it")
			c.want["request_id"], c.want["msg"] = "r1", "call"
			for name, want := range c.want {
				assert.Equal(t, want, lines[0][name], name)
			}
			for _, hidden := range []string{content, appSecret, token} {
				assert.NotContains(t, log.String(), hidden)
			}
		})
	}
	t.Run("a token that is refused has its errcode on the line", func(t *testing.T) {
		t.Parallel()
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = fmt.Fprintf(w, `{"errcode":40001,"errmsg":"invalid credential %s"}`, r.URL.Query().Get("corpsecret"))
		}))
		t.Cleanup(server.Close)
		c, log := newConnector(t, nil, func(s *core.Settings) { s.Connections[0].BaseURL = server.URL })
		_, err := c.Invoke(t.Context(), text())
		requireFault(t, err, fault.ConnectionRejected)
		assert.Equal(t, 40001.0, log.lines(t)[0]["errcode"])
		assert.Equal(t, 0.0, log.lines(t)[0]["attempts"])
		assert.NotContains(t, log.String(), appSecret)
	})
	t.Run("a cause is on the line and not in the answer", func(t *testing.T) {
		t.Parallel()
		c, log := newConnector(t, answers(""), func(s *core.Settings) {
			s.Connections[0].Secret = connection.Reference(func(context.Context, string) (string, error) {
				return "", errors.New("access denied to the vault")
			}, "ref")
		})
		_, err := c.Invoke(t.Context(), text())
		e := requireFault(t, err, fault.Misconfigured)
		assert.NotContains(t, fmt.Sprintf("%+v", e.Problem()), "vault")
		assert.Contains(t, log.lines(t)[0]["cause"], "access denied to the vault")
	})
}

// TestNothingSecretIsShown is invariant I4 for the whole way: canaries in the secrets, the token and the input.
func TestNothingSecretIsShown(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{
		"success": `{"errcode":0,"msgid":"m1"}`, "refused": `{"errcode":40058,"errmsg":"x %s"}`, "busy": `{"errcode":-1,"errmsg":"%s"}`,
		"token": `{"errcode":42001,"errmsg":"%s"}`, "garbage": `<html>%s`, "unknown": `{"errcode":999999,"errmsg":"%s"}`,
		"address": `{"errcode":60020,"errmsg":"from ip: %s, more"}`,
	} {
		t.Run("I4 "+name, func(t *testing.T) {
			t.Parallel()
			c, log := newConnector(t, roundTrip(func(r *http.Request) (string, error) {
				return strings.ReplaceAll(answer, "%s", r.URL.RawQuery), nil
			}), nil)
			for _, request := range []core.Request{text(), {Action: "chatbot.text.send", Input: []byte(`{"content":"` + content + `"}`)}} {
				result, err := c.Invoke(t.Context(), request)
				shown := fmt.Sprintf("%+v %#v %+v %+v", result, err, err, c)
				if err != nil {
					problem, _ := json.Marshal(fault.From(err).Problem())
					shown += string(problem)
				}
				for _, canary := range []string{appSecret, webhookKey, token, content} {
					for i := 0; i+12 <= len(canary); i++ {
						require.NotContains(t, shown, canary[i:i+12])
						require.NotContains(t, log.String(), canary[i:i+12])
					}
				}
			}
		})
	}
}

func TestOneClientForEachConnection(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	tokens := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/gettoken") {
			mu.Lock()
			tokens++
			mu.Unlock()
			_, _ = io.WriteString(w, `{"errcode":0,"access_token":"`+token+`","expires_in":7200}`)
			return
		}
		_, _ = io.WriteString(w, `{"errcode":0,"msgid":"m1"}`)
	}))
	t.Cleanup(server.Close)
	transport := wecom.NewTransport(nil)
	t.Cleanup(transport.CloseIdleConnections)
	c, log := newConnector(t, transport, func(s *core.Settings) {
		s.Connections[0].BaseURL = server.URL
		second := s.Connections[0]
		second.Name, second.Secret = "second", connection.Value("another")
		s.Connections = append(s.Connections, second)
	})
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			request := text()
			request.Connection = []string{"default", "second"}[i%2]
			_, err := c.Invoke(t.Context(), request)
			assert.NoError(t, err)
		})
	}
	wg.Wait()
	assert.Equal(t, 2, tokens, "F11 one for each connection, however many call at once")
	assert.Len(t, log.lines(t), 100)
}

// Not parallel: it counts the goroutines of the process.
func TestNothingIsLeftBehind(t *testing.T) {
	before := runtime.NumGoroutine()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/gettoken"):
			_, _ = io.WriteString(w, `{"errcode":0,"access_token":"`+token+`","expires_in":7200}`)
		case strings.HasSuffix(r.URL.Path, "/webhook/send"):
			_, _ = io.Copy(io.Discard, r.Body) // or the server does not see that the client has gone
			<-r.Context().Done()
		default:
			_, _ = io.WriteString(w, `{"errcode":0,"msgid":"m1"}`)
		}
	}))
	transport := wecom.NewTransport(nil)
	c, _ := newConnector(t, transport, func(s *core.Settings) {
		s.Connections[0].BaseURL, s.Connections[1].BaseURL = server.URL, server.URL
	})
	for range 20 {
		_, err := c.Invoke(t.Context(), text())
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		_, err = c.Invoke(ctx, core.Request{Action: "chatbot.text.send", Input: []byte(`{"content":"x"}`)})
		cancel()
		require.Error(t, err)
	}
	transport.CloseIdleConnections()
	server.CloseClientConnections()
	server.Close()
	for deadline := time.Now().Add(time.Second); runtime.NumGoroutine() > before && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
	}
	assert.LessOrEqual(t, runtime.NumGoroutine(), before, "I7 goroutines before and a second after")
}
