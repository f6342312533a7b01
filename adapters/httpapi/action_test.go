package httpapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

func TestAnActionAnswersItsResult(t *testing.T) {
	t.Parallel()
	s := start(t)
	answer := s.post(t, sendText, `{"touser":"zhangsan|nobody","content":"<b>你好</b>"}`, header{"X-Request-Id", "req-1"})
	result := answer.result(t)
	assert.Equal(t, "message.text.send", result["action"])
	assert.Equal(t, true, result["partial"])
	assert.Equal(t, "req-1", result["request_id"])
	assert.Equal(t, "req-1", answer.header.Get("X-Request-Id"))
	output := result["output"].(map[string]any)
	assert.NotEmpty(t, output["msgid"])
	assert.Equal(t, []any{"nobody"}, output["invaliduser"])
	assert.Len(t, result["warnings"], 1)
	assert.Equal(t, 1, s.sent())
}

func TestAnActionWithoutOutputAnswersAnObject(t *testing.T) {
	t.Parallel()
	s := start(t)
	answer := s.post(t, "/actions/chatbot.text.send", `{"content":"<b>你好</b>\u2028"}`, header{"X-Request-Id", "r"})
	assert.JSONEq(t, `{"action":"chatbot.text.send","output":{},"partial":false,"warnings":[],"request_id":"r"}`, string(answer.body))
}

func TestAnAnswerIsRawUTF8(t *testing.T) {
	t.Parallel()
	s := start(t)
	chat := s.post(t, "/actions/groupchat.get", `{"chatid":"ops20240901"}`)
	assert.Contains(t, string(chat.body), "值班群")
	refused := s.post(t, "/actions/department.create", `{"name":"<x>","parentid":1}`)
	assert.Contains(t, string(refused.body), `"given":"<"`)
	assert.NotContains(t, string(refused.body), `\u003c`)
}

func TestWeComsRefusalIsAProblem(t *testing.T) {
	t.Parallel()
	s := start(t)
	answer := s.post(t, "/actions/department.delete", `{"id":999}`)
	problem := answer.problem(t)
	assert.Equal(t, http.StatusNotFound, answer.status)
	assert.Equal(t, "not_found", string(problem.Kind))
	assert.Equal(t, int64(60123), problem.WeCom.Errcode)
	assert.Equal(t, "department.delete", problem.Action)
	assert.NotEmpty(t, problem.Hint)
}

func TestRetryAfterIsInWholeSecondsRoundedUp(t *testing.T) {
	t.Parallel()
	s := start(t)
	for _, test := range []struct {
		name    string
		fault   wecomsim.Do
		status  int
		seconds string
	}{
		{"a frequency limit", wecomsim.Do{Errcode: 45009}, http.StatusTooManyRequests, "60"},
		{"a gateway that names a time", wecomsim.Do{Status: 429, Headers: map[string]string{"Retry-After": "90"}}, http.StatusTooManyRequests, "90"},
	} {
		require.NoError(t, s.sim.SetFaults(wecomsim.Faults{Faults: []wecomsim.Fault{
			{Match: wecomsim.Match{Path: "/cgi-bin/message/send"}, Do: test.fault},
		}}), test.name)
		answer := s.post(t, sendText, goodText)
		problem := answer.problem(t)
		assert.Equal(t, test.status, answer.status, test.name)
		assert.Equal(t, test.seconds, answer.header.Get("Retry-After"), test.name)
		assert.True(t, problem.Retryable, test.name)
		assert.Positive(t, problem.RetryAfterMS, test.name)
	}
}

func TestTheConnectionOfARequest(t *testing.T) {
	t.Parallel()
	s := start(t, func(s *setup) {
		second := s.settings.Connections[1]
		second.Name, second.Key = "retired", connection.Value(wecomsim.SeedDisabledChatbotKey)
		s.settings.Connections = append(s.settings.Connections, second)
	})
	for _, test := range []struct {
		name   string
		query  string
		header string
		kind   string // "" is success
	}{
		{"none of several", "", "", "invalid_input"},
		{"by the query", "?connection=bot", "", ""},
		{"by the header", "", "bot", ""},
		{"by both alike", "?connection=bot", "bot", ""},
		{"an empty header leaves it to the query", "?connection=bot", "", ""},
		{"an empty query leaves it to the header", "?connection=", "bot", ""},
		{"one that the key does not open", "?connection=retired", "", "connection_rejected"},
		{"unknown", "?connection=nobody", "", "not_found"},
		{"of the wrong type", "?connection=default", "", "invalid_input"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var headers []header
			if test.header != "" {
				headers = append(headers, header{"X-WeCom-Connection", test.header})
			}
			answer := s.post(t, "/actions/chatbot.text.send"+test.query, `{"content":"hello"}`, headers...)
			if test.kind == "" {
				answer.result(t)
				return
			}
			assert.Equal(t, test.kind, string(answer.problem(t).Kind))
		})
	}
}

func TestOneLogLineForEachCallAndEachRefusal(t *testing.T) {
	t.Parallel()
	s := start(t)
	const trace = "0af7651916cd43dd8448eb211c80319c"
	s.post(t, sendText, goodText, header{"X-Request-Id", "r1"}, header{"Traceparent", "00-" + trace + "-b7ad6b7169203331-01"})
	s.post(t, sendText, `{"content":"secret text"}`, header{"X-Request-Id", "r2"})
	s.post(t, sendText, goodText, header{"X-Request-Id", "r3"}, header{"Content-Type", "text/plain"})
	s.post(t, "/nowhere", "{}", header{"X-Request-Id", "r4"})
	s.post(t, "/actions/no.such", "{}", header{"X-Request-Id", "r5"})
	s.raw(t, rawPost("/no\x80where", "X-Request-Id: r6\r\nContent-Length: 0\r\n", ""))
	s.raw(t, rawPost("/"+strings.Repeat("n", 200), "X-Request-Id: r7\r\nContent-Length: 0\r\n", ""))
	s.get(t, "/actions")
	lines := s.log.Lines(t)
	require.Len(t, lines, 7)
	for i, want := range []struct{ msg, id, kind string }{
		{"call", "r1", "ok"},
		{"call", "r2", "invalid_input"},
		{"request", "r3", "invalid_input"},
		{"request", "r4", "not_found"},
		{"call", "r5", "not_found"},
		{"request", "r6", "not_found"},
		{"request", "r7", "not_found"},
	} {
		assert.Equal(t, want.msg, lines[i]["msg"])
		assert.Equal(t, want.id, lines[i]["request_id"])
		assert.Equal(t, want.kind, lines[i]["kind"])
	}
	assert.Equal(t, trace, lines[0]["trace_id"])
	assert.NotContains(t, lines[1], "trace_id")
	assert.Equal(t, "/nowhere", lines[3]["path"])
	assert.Equal(t, "(not printable)", lines[5]["path"])
	assert.Equal(t, "(too long)", lines[6]["path"])
	assert.NotContains(t, s.log.String(), "secret text")
}
