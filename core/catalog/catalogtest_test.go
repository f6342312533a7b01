package catalog_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/core/rawjson"
)

// run is one run of an action: what it is given, what WeCom gets and answers, and what comes of it.
type run struct {
	name  string
	input string

	call  string   // method, path and query of the only call: "GET department/delete?id=8"; "" for none at all
	body  string   // its exact body
	calls []string // all calls in the place of call, where there are several
	// bodies are the exact bodies of the calls in turn; of an upload, the name and the content of its file (see uploads).
	bodies []string
	reply  string // WeCom's answer; `{"errcode":0,"errmsg":"ok"}` if empty
	// replies are the answers in turn, where there are several; lost breaks the connection in the place of an answer.
	replies []string
	secrets []string // by which each call is authenticated; not looked at if nil

	output     string // "" if it fails
	warnings   []string
	kind       fault.Kind
	violations []string // pointer and rule of each: "/content bytes"
	completed  *fault.Completed
	noAgentID  bool // the connection has none
}

const (
	ok   = `{"errcode":0,"errmsg":"ok"}`
	lost = ""
)

// runAll runs an action against a stand-in for WeCom.
func runAll(t *testing.T, id string, runs []run) {
	t.Helper()
	for _, r := range runs {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			r.check(t, id)
		})
	}
}

func (r run) check(t *testing.T, id string) {
	t.Helper()
	weCom := newStandIn(t, r.allReplies())
	result, err := weCom.connector(t, r.noAgentID).Invoke(t.Context(), core.Request{Action: id, Input: []byte(r.input), RequestID: "r1"})

	assert.Equal(t, r.allCalls(), weCom.lines())
	for _, got := range weCom.recorded() {
		if r.body != "" && got.method == http.MethodPost {
			assert.Equal(t, r.body, got.body, "the exact body, of each try")
		}
	}
	if r.bodies != nil {
		assert.Equal(t, r.bodies, weCom.bodies())
	}
	if r.secrets != nil {
		assert.Equal(t, r.secrets, weCom.secrets())
	}
	if r.kind != "" {
		require.ErrorIs(t, err, r.kind)
		e := fault.From(err)
		assert.Equal(t, r.violations, violationsOf(e))
		assert.Equal(t, r.completed, e.Completed)
		assert.Equal(t, id, e.Action)
		return
	}
	require.NoError(t, err)
	assert.Equal(t, r.output, marshal(t, result.Output))
	assert.Equal(t, r.warnings, warningsOf(result.Warnings))
	assert.Equal(t, strings.Contains(strings.Join(r.warnings, " "), "recipients_refused"), result.Partial)
}

func (r run) allCalls() []string {
	if r.call != "" {
		return []string{r.call}
	}
	return r.calls
}

func (r run) allReplies() []string {
	switch {
	case r.replies != nil:
		return r.replies
	case r.reply != "":
		return []string{r.reply}
	default:
		return []string{ok}
	}
}

func violationsOf(e *fault.Error) []string {
	var list []string
	for _, v := range e.Violations {
		list = append(list, v.Field+" "+string(v.Rule))
	}
	return list
}

func warningsOf(warnings []fault.Warning) []string {
	var list []string
	for _, w := range warnings {
		list = append(list, w.Field+" "+string(w.Rule))
	}
	return list
}

func marshal(t *testing.T, v any) string {
	t.Helper()
	data, err := rawjson.Marshal(v)
	require.NoError(t, err)
	return string(data)
}

// recordedCall is a call that the stand-in got. The query lacks the credential.
type recordedCall struct{ method, path, query, body, secret string }

// standIn stands in for WeCom: it records each call and answers it as it is told.
type standIn struct {
	url string

	mu      sync.Mutex
	calls   []recordedCall
	replies []string
}

// The secrets of the stand-in's connections; a token is its secret with "token-" in front.
const (
	ownSecret      = "app"
	contactsSecret = "contacts"
	botKey         = "bot-key"
)

func newStandIn(t testing.TB, replies []string) *standIn {
	t.Helper()
	s := &standIn{replies: replies}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

func (s *standIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	if r.URL.Path == "/cgi-bin/gettoken" {
		_, _ = io.WriteString(w, `{"errcode":0,"errmsg":"ok","access_token":"token-`+query.Get("corpsecret")+`","expires_in":7200}`)
		return
	}
	reply := s.record(r, query)
	if reply == lost {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	_, _ = io.WriteString(w, reply)
}

func (s *standIn) record(r *http.Request, query url.Values) (reply string) {
	body, _ := io.ReadAll(r.Body)
	if boundary, is := strings.CutPrefix(r.Header.Get("Content-Type"), "multipart/form-data; boundary="); is {
		body = uploaded(body, boundary, r.ContentLength)
	}
	secret := strings.TrimPrefix(query.Get("access_token"), "token-") + query.Get("key")
	query.Del("access_token")
	query.Del("key")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, recordedCall{
		method: r.Method, path: strings.TrimPrefix(r.URL.Path, "/cgi-bin/"), query: query.Encode(), body: string(body), secret: secret,
	})
	return s.replies[min(len(s.calls), len(s.replies))-1]
}

// uploaded reads the one part of an upload by hand, as WeCom may, and says its name and content.
func uploaded(body []byte, boundary string, length int64) []byte {
	head := "--" + boundary + "\r\nContent-Disposition: form-data; name=\"media\"; filename=\""
	rest, opened := strings.CutPrefix(string(body), head)
	name, rest, named := strings.Cut(rest, "\"\r\nContent-Type: application/octet-stream\r\n\r\n")
	content, closed := strings.CutSuffix(rest, "\r\n--"+boundary+"--\r\n")
	if !opened || !named || !closed || length != int64(len(body)) {
		return []byte("not an upload: " + string(body))
	}
	return []byte(uploads(name, content))
}

// uploads is the body of an upload as the stand-in keeps it.
func uploads(name, content string) string {
	if len(content) > 100 {
		content = strconv.Itoa(len(content)) + " bytes"
	}
	return name + ": " + content
}

func (s *standIn) bodies() []string {
	var bodies []string
	for _, c := range s.recorded() {
		bodies = append(bodies, c.body)
	}
	return bodies
}

func (s *standIn) recorded() []recordedCall {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls
}

func (s *standIn) secrets() []string {
	var secrets []string
	for _, c := range s.recorded() {
		secrets = append(secrets, c.secret)
	}
	return secrets
}

// lines says the calls as a test expects them.
func (s *standIn) lines() []string {
	var lines []string
	for _, c := range s.recorded() {
		line := c.method + " " + c.path
		if c.query != "" {
			line += "?" + c.query
		}
		lines = append(lines, line)
	}
	return lines
}

// connector has an application with both secrets, and a chatbot, at the stand-in.
func (s *standIn) connector(t testing.TB, noAgentID bool) *core.Connector {
	t.Helper()
	agentID := int64(1000002)
	if noAgentID {
		agentID = 0
	}
	connector, err := core.New(core.Settings{
		Clock: promptClock{},
		Connections: []connection.Settings{
			{
				Name: "default", Type: connection.Application, BaseURL: s.url, CorpID: "ww1", AgentID: agentID,
				Secret: connection.Value(ownSecret), ContactsSecret: connection.Value(contactsSecret),
			},
			{Name: "bot", Type: connection.Chatbot, BaseURL: s.url, Key: connection.Value(botKey)},
		},
	})
	require.NoError(t, err)
	return connector
}

// promptClock does not sleep, so that repeats come at once.
type promptClock struct{}

func (promptClock) Now() time.Time                                   { return time.Now() }
func (promptClock) Sleep(ctx context.Context, _ time.Duration) error { return ctx.Err() }
