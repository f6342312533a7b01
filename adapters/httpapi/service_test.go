package httpapi_test

import (
	"bufio"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/adapters/httpapi"
	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/caller"
	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/local/testlog"
	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

const (
	sendText = "/actions/message.text.send"
	goodText = `{"touser":["zhangsan"],"content":"hello"}`
)

// service is a server on a real socket in front of an emulated WeCom.
type service struct {
	url  string
	addr string
	sim  *wecomsim.Sim
	log  *testlog.Log
}

// setup adjusts a service before it starts.
type setup struct {
	settings core.Settings
	options  httpapi.Options
	server   func(*http.Server)
}

// start serves the demo enterprise, to everybody unless the adjustments say otherwise.
func start(t *testing.T, adjust ...func(*setup)) *service {
	t.Helper()
	sim := wecomsim.New()
	t.Cleanup(sim.Close)
	log := &testlog.Log{}
	s := setup{settings: core.Settings{
		Connections: demoConnections(sim.URL()),
		Callers:     caller.Policy{Mode: caller.None},
		Logger:      slog.New(slog.NewJSONHandler(log, nil)),
	}}
	for _, one := range adjust {
		one(&s)
	}
	connector, _ := core.New(s.settings) // wrong settings are for the service to answer with
	return service{sim: sim, log: log}.listen(t, connector, s)
}

func demoConnections(base string) []connection.Settings {
	return []connection.Settings{
		{
			Name: "default", Type: connection.Application, BaseURL: base, CorpID: wecomsim.SeedCorpID,
			AgentID: wecomsim.SeedAgentID, Secret: connection.Value(wecomsim.SeedAppSecret),
			ContactsSecret: connection.Value(wecomsim.SeedContactsSecret),
		},
		{Name: "bot", Type: connection.Chatbot, BaseURL: base, Key: connection.Value(wecomsim.SeedChatbotKey)},
	}
}

func (s service) listen(t *testing.T, connector *core.Connector, with setup) *service {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := httpapi.NewServer(httpapi.Handler(connector, with.options))
	if with.server != nil {
		with.server(server)
	}
	go func() { _ = server.Serve(listener) }() // ends with Close
	t.Cleanup(func() { _ = server.Close() })
	s.addr = listener.Addr().String()
	s.url = "http://" + s.addr
	return &s
}

// only limits a deployment to some actions.
func only(actions ...string) func(*setup) {
	return func(s *setup) { s.settings.Actions = actions }
}

// answer is what a client got.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) problem(t *testing.T) fault.Problem {
	t.Helper()
	assert.Equal(t, "application/problem+json", a.header.Get("Content-Type"))
	var p fault.Problem
	require.NoError(t, json.Unmarshal(a.body, &p), string(a.body))
	assert.Equal(t, a.status, p.Status)
	assert.Equal(t, a.header.Get("X-Request-Id"), p.RequestID)
	return p
}

func (a answer) result(t *testing.T) map[string]any {
	t.Helper()
	require.Equal(t, http.StatusOK, a.status, string(a.body))
	assert.Equal(t, "application/json; charset=utf-8", a.header.Get("Content-Type"))
	var result map[string]any
	require.NoError(t, json.Unmarshal(a.body, &result), string(a.body))
	return result
}

// header is a header field of a request.
type header struct{ name, value string }

// post sends JSON; a header of the same name replaces its Content-Type.
func (s *service) post(t *testing.T, path, body string, headers ...header) answer {
	t.Helper()
	return s.do(t, http.MethodPost, path, strings.NewReader(body), append([]header{{"Content-Type", "application/json"}}, headers...)...)
}

func (s *service) get(t *testing.T, path string, headers ...header) answer {
	t.Helper()
	return s.do(t, http.MethodGet, path, nil, headers...)
}

func (s *service) do(t *testing.T, method, path string, body io.Reader, headers ...header) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.url+path, body)
	require.NoError(t, err)
	for _, h := range headers {
		req.Header.Set(h.name, h.value)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	assert.Equal(t, "no-store", resp.Header.Get("Cache-Control"))
	assert.Equal(t, "nosniff", resp.Header.Get("X-Content-Type-Options"))
	return answer{resp.StatusCode, resp.Header, data}
}

// raw sends bytes as they are and reads one answer.
func (s *service) raw(t *testing.T, request string) answer {
	t.Helper()
	conn := s.dial(t)
	_, err := io.WriteString(conn, request)
	require.NoError(t, err)
	return readAnswer(t, conn)
}

func (s *service) dial(t *testing.T) net.Conn {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.addr)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	return conn
}

func readAnswer(t *testing.T, conn io.Reader) answer {
	t.Helper()
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return answer{resp.StatusCode, resp.Header, data}
}

// rawPost is a request by hand, with headers of its own between the usual ones and the body.
func rawPost(path, headers, body string) string {
	return "POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + headers + "\r\n" + body
}

// sent counts the messages that reached the emulated phones.
func (s *service) sent() int { return len(s.sim.Inbox(wecomsim.InboxFilter{})) }
