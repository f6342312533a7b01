package adaptertest

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/caller"
	"github.com/wecom-functions/wecom-functions/core/catalog"
	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/core/rawjson"
	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

// scenario is one call and what is to come of it.
type scenario struct {
	name   string
	call   Call
	change func(*core.Settings)
	faults []wecomsim.Fault
	// within is the platform's deadline; 0 for none that matters.
	within time.Duration
	// gone: the caller left before the call.
	gone bool
	// needs says what an adapter must be for the scenario to mean something; nil for anything.
	needs func(Adapter) bool
	want  fault.Kind // "" for a success
	// shows are the messages that arrive.
	shows   []string
	partial bool
}

const (
	sendText = "message.text.send"
	sendBot  = "chatbot.text.send"
	// awkward breaks what formats, escapes, quotes or counts bytes where it should not.
	awkward = "100% 完成 %d %s <b>&amp;</b> \\\" 你好，世界 🎉 \u2028 {{.}} ${x}"
)

// textTo is the input of message.text.send.
func textTo(users, content string) string {
	input, _ := rawjson.Marshal(map[string]string{"touser": users, "content": content}) // strings can be written
	return string(input)
}

func errcode(code int, path string) []wecomsim.Fault {
	return []wecomsim.Fault{{Match: wecomsim.Match{Path: "/cgi-bin/" + path}, Do: wecomsim.Do{Errcode: code}}}
}

func delayed(path string) []wecomsim.Fault {
	return []wecomsim.Fault{{Match: wecomsim.Match{Path: "/cgi-bin/" + path}, Do: wecomsim.Do{DelayMS: 2000}}}
}

func only(actions ...string) func(*core.Settings) {
	return func(s *core.Settings) { s.Actions = actions }
}

// panicking is a transport with a bug, whose text holds a secret.
type panicking struct{}

func (panicking) RoundTrip(*http.Request) (*http.Response, error) {
	panic(errors.New("https://qyapi.weixin.qq.com/?key=" + wecomsim.SeedChatbotKey))
}

func hasDeadline(a Adapter) bool { return !a.NoDeadline }
func inProcess(a Adapter) bool   { return !a.Process }
func overHTTP(a Adapter) bool    { return a.HTTP }
func notOverHTTP(a Adapter) bool { return !a.HTTP }

var hello = Call{Action: sendBot, Input: `{"content":"hello"}`}

var scenarios = []scenario{
	{name: "a connection by its name", call: Call{sendBot, "bot", `{"content":"hello"}`}, shows: []string{"hello"}},
	{name: "partial delivery", call: Call{Action: sendText, Input: textTo("zhangsan|nobody", "hello")}, shows: []string{"hello"}, partial: true},
	{name: "Chinese text, percent signs and quotes", call: Call{Action: sendText, Input: textTo("zhangsan", awkward)}, shows: []string{awkward}},
	{name: "a body of 1 MiB", call: Call{Action: sendText, Input: textTo("zhangsan", strings.Repeat("a", 1<<20-64))}, shows: []string{strings.Repeat("a", 2048)}},
	{name: "a deployment limited to the action", call: hello, change: only(sendBot), shows: []string{"hello"}},
	{name: "a deployment limited by a pattern", call: hello, change: only("chatbot.*"), shows: []string{"hello"}},

	{name: "invalid_input: violations", call: Call{Action: "department.create", Input: `{"nmae":"QA","parentid":0}`}, want: fault.InvalidInput},
	{name: "invalid_input: no object", call: Call{Action: sendText, Input: `[1]`}, want: fault.InvalidInput},
	{name: "invalid_input: no JSON", call: Call{Action: sendText, Input: `{"touser":`}, want: fault.InvalidInput},
	{name: "invalid_input: a connection of the wrong type", call: Call{sendText, "bot", textTo("zhangsan", "x")}, want: fault.InvalidInput},
	{name: "unauthenticated", call: hello, change: func(s *core.Settings) { s.Callers.Mode = caller.Keys }, needs: overHTTP, want: fault.Unauthenticated},
	{name: "the platform authenticates what is not of HTTP", call: hello, change: func(s *core.Settings) { s.Callers.Mode = caller.Keys }, needs: notOverHTTP, shows: []string{"hello"}},
	{name: "forbidden: the deployment does not run it", call: hello, change: only("message.*"), want: fault.Forbidden},
	{name: "forbidden: the deployment runs one other", call: hello, change: only(sendText), want: fault.Forbidden},
	{name: "not_found: an unknown action", call: Call{Action: "no.such", Input: `{}`}, want: fault.NotFound},
	{name: "not_found: an unknown connection", call: Call{sendBot, "nobody", `{"content":"x"}`}, want: fault.NotFound},
	{name: "not_found: WeCom knows no such department", call: Call{Action: "department.delete", Input: `{"id":999}`}, want: fault.NotFound},
	{name: "conflict", call: Call{Action: "department.create", Input: `{"name":"市场部","parentid":1}`}, want: fault.Conflict},
	{name: "too_large", call: Call{Action: sendText, Input: textTo("zhangsan", strings.Repeat("a", 5<<20))}, want: fault.TooLarge},
	{name: "rate_limited", call: hello, faults: errcode(45009, "webhook/send"), want: fault.RateLimited},
	{name: "canceled", call: hello, gone: true, needs: inProcess, want: fault.Canceled},
	{name: "internal: an errcode that nobody knows", call: hello, faults: errcode(987654, "webhook/send"), want: fault.Internal},
	{name: "internal: a panic", call: hello, change: func(s *core.Settings) { s.Connections[1].Transport = panicking{} }, needs: inProcess, want: fault.Internal},
	{name: "misconfigured", call: hello, change: func(s *core.Settings) { s.Connections = s.Connections[:1] }, want: fault.Misconfigured},
	{name: "connection_rejected", call: Call{Action: sendText, Input: textTo("zhangsan", "x")}, faults: errcode(60020, "message/send"), want: fault.ConnectionRejected},
	{name: "unavailable", call: Call{Action: "department.list", Input: `{}`}, faults: delayed("department/simplelist"), within: time.Second, needs: hasDeadline, want: fault.Unavailable},
	{name: "outcome_unknown", call: hello, faults: []wecomsim.Fault{{Match: wecomsim.Match{Path: "/cgi-bin/webhook/send"}, Do: wecomsim.Do{Drop: "accepted"}}}, shows: []string{"hello"}, want: fault.OutcomeUnknown},
	{name: "a deadline", call: hello, faults: delayed("webhook/send"), within: time.Second, needs: hasDeadline, want: fault.OutcomeUnknown},
}

// everyAction runs the examples of the catalogue. The output must be the core's own, byte by byte.
func (a Adapter) everyAction(t *testing.T) {
	for _, action := range catalog.Actions() {
		for _, example := range action.Examples {
			t.Run(action.ID+": "+example.Title, func(t *testing.T) {
				t.Parallel()
				weCom := newEnterprise(t)
				measure, coreErr := core.New(weCom.settings())
				require.NoError(t, coreErr)
				want, coreErr := measure.Invoke(t.Context(), core.Request{Action: action.ID, Input: []byte(example.Input)})
				got := a.Start(t, weCom.settings())(t.Context(), t, Call{Action: action.ID, Input: example.Input})
				a.compare(t, got, want, coreErr)
				weCom.showsNoSecret(t, got)
			})
		}
	}
}

// compare holds an answer against the core's own.
func (a Adapter) compare(t *testing.T, got Answer, want core.Result, wantErr error) {
	t.Helper()
	if wantErr != nil { // an example that needs what another one made
		a.failed(t, got, fault.From(wantErr).Kind)
		return
	}
	require.Empty(t, got.Kind, got.Raw)
	if a.OneWay {
		return
	}
	output, err := rawjson.Marshal(want.Output)
	require.NoError(t, err)
	assert.Equal(t, string(output), string(got.Output))
	assert.Equal(t, want.Partial, got.Partial)
}

func (a Adapter) run(t *testing.T, s scenario) {
	t.Helper()
	if s.needs != nil && !s.needs(a) {
		t.Skip("it means nothing on this way in")
	}
	weCom := newEnterprise(t)
	if s.faults != nil {
		weCom.withFaults(t, s.faults)
	}
	settings := weCom.settings()
	if s.change != nil {
		s.change(&settings)
	}
	got := s.made(t, a.Start(t, settings))
	weCom.showsNoSecret(t, got)
	assert.Equal(t, s.shows, weCom.texts(t))
	if s.want != "" {
		a.failed(t, got, s.want)
		a.sameProblem(t, s, settings, got)
		return
	}
	require.Empty(t, got.Kind, got.Raw)
	if !a.OneWay {
		assert.True(t, json.Valid(got.Output), got.Raw)
		assert.Equal(t, s.partial, got.Partial)
	}
}

// made makes the call.
func (s scenario) made(t *testing.T, invoke Invoke) Answer {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if s.within != 0 {
		ctx, cancel = context.WithTimeout(ctx, s.within)
		defer cancel()
	}
	if s.gone {
		cancel()
	}
	started := time.Now()
	answer := invoke(ctx, t, s.call)
	if s.within != 0 {
		assert.Less(t, time.Since(started), s.within, "the answer comes before the platform's patience ends")
	}
	return answer
}

// failed checks a failure. A trigger that asks for no answer does not hear of an outcome that is unknown.
func (a Adapter) failed(t *testing.T, got Answer, want fault.Kind) {
	t.Helper()
	switch {
	case a.OneWay && want == fault.OutcomeUnknown:
		assert.Empty(t, got.Kind, got.Raw)
	case a.OneWay && got.Kind == Failed:
	default:
		assert.Equal(t, want, got.Kind, got.Raw)
	}
}

// sameProblem holds a problem that is found before any call against the core's own.
func (a Adapter) sameProblem(t *testing.T, s scenario, settings core.Settings, got Answer) {
	t.Helper()
	if got.Problem == nil || s.want != fault.InvalidInput || !json.Valid([]byte(s.call.Input)) {
		return
	}
	measure, err := core.New(settings)
	require.NoError(t, err)
	_, err = measure.Invoke(t.Context(), core.Request{Action: s.call.Action, Connection: s.call.Connection, Input: []byte(s.call.Input)})
	want := fault.From(err).Problem()
	want.RequestID = got.Problem.RequestID
	assert.NotEmpty(t, want.RequestID)
	assert.Equal(t, want, *got.Problem)
}
