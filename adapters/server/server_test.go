package server_test

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/adapters/server"
	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/caller"
	"github.com/wecom-functions/wecom-functions/core/catalog"
	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/local/testlog"
)

// The tests of this package are serial: Main obeys the signals of the process.

// process is a run of Main in this process.
type process struct {
	program        server.Program
	log            *testlog.Log
	stdout, stderr *testlog.Log
	exit           chan int
}

func newProcess(args ...string) *process {
	p := &process{log: &testlog.Log{}, stdout: &testlog.Log{}, stderr: &testlog.Log{}, exit: make(chan int, 1)}
	p.program = server.Program{
		Args: args, Host: "127.0.0.1", Port: "0", Help: "THE TABLE\n", Stdout: p.stdout, Stderr: p.stderr,
		Settings: core.Settings{
			Logger: slog.New(slog.NewJSONHandler(p.log, nil)),
			Connections: []connection.Settings{{
				Name: "alerts", Type: connection.Chatbot, Key: connection.Value("a-key-of-a-chatbot"),
			}},
		},
	}
	return p
}

// start runs Main and waits until it listens; it returns the address.
func (p *process) start(t *testing.T) string {
	t.Helper()
	go func() { p.exit <- server.Main(p.program) }()
	var address string
	require.Eventually(t, func() bool {
		if line := p.line("listening"); line != nil {
			address, _ = line["address"].(string)
		}
		return address != ""
	}, 5*time.Second, 5*time.Millisecond, "%s", p.stderr)
	return "http://" + address
}

// line returns the first line of the log with the message; nil if there is none.
func (p *process) line(message string) map[string]any {
	for text := range strings.Lines(p.log.String()) {
		line := make(map[string]any)
		if json.Unmarshal([]byte(text), &line) == nil && line["msg"] == message {
			return line
		}
	}
	return nil
}

func (p *process) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	require.NoError(t, syscall.Kill(syscall.Getpid(), s))
}

// ended waits for the exit code.
func (p *process) ended(t *testing.T) int {
	t.Helper()
	select {
	case code := <-p.exit:
		return code
	case <-time.After(15 * time.Second):
		require.Fail(t, "Main did not return")
		return -1
	}
}

// hanging is a WeCom that answers when it is told to.
type hanging struct {
	*httptest.Server
	asked, answer chan struct{}
}

func newHanging(t *testing.T) *hanging {
	t.Helper()
	h := &hanging{asked: make(chan struct{}, 8), answer: make(chan struct{})}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		h.asked <- struct{}{}
		select {
		case <-h.answer:
			_, _ = io.WriteString(w, `{"errcode":0,"errmsg":"ok"}`)
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(h.Close)
	return h
}

// send calls an action and returns the status; 0 if the connection broke.
func send(t *testing.T, address string) <-chan int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address+"/actions/chatbot.text.send",
		strings.NewReader(`{"content":"hello"}`))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/json")
	status := make(chan int, 1)
	go func() {
		resp, err := http.DefaultClient.Do(request)
		if err != nil {
			status <- 0
			return
		}
		_ = resp.Body.Close()
		status <- resp.StatusCode
	}()
	return status
}

func get(t *testing.T, url string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	_ = resp.Body.Close()
	return resp.StatusCode
}

func TestFlags(t *testing.T) {
	for _, c := range []struct {
		name           string
		args           []string
		code           int
		stdout, stderr string
	}{
		{"-help", []string{"-help"}, 0, "Usage: server [-help | -version]\n\nTHE TABLE\n", ""},
		{"-h", []string{"-h"}, 0, "Usage: server [-help | -version]\n\nTHE TABLE\n", ""},
		{"-version", []string{"-version"}, 0, core.Version + "\n", ""},
		{"an unknown flag", []string{"-secret=hunter2"}, 2, "", "The arguments are wrong: there are -help and -version.\n"},
		{"an argument", []string{"hunter2"}, 2, "", "The arguments are wrong: there are -help and -version.\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newProcess(c.args...)
			p.program.Problems = errors.New("WECOM_X is wrong") // which is no matter for these
			assert.Equal(t, c.code, server.Main(p.program))
			assert.Equal(t, c.stdout, p.stdout.String())
			assert.Equal(t, c.stderr, p.stderr.String())
		})
	}
}

func TestWrongSettings(t *testing.T) {
	const decide = "HOST is not a loopback address, so it must be decided who may call: set WECOM_API_KEYS, " +
		"or WECOM_AUTH=platform if the platform in front authenticates callers, or WECOM_AUTH=none to let everybody in"
	refused := func(lines string) string {
		return "THE TABLE\n\nThe server does not start, its settings are wrong:\n" + lines + "\n"
	}
	for _, c := range []struct {
		name  string
		spoil func(*server.Program)
		want  string
	}{
		{"problems of the environment", func(p *server.Program) { p.Problems = errors.New("A is wrong\nB is wrong") }, "A is wrong\nB is wrong"},
		{"problems that the core finds", func(p *server.Program) { p.Settings.Connections[0].CorpID = "x" }, "misconfigured (config): The settings of this deployment are wrong: connection alerts: CorpID belongs to connections of type application."},
		{"beyond loopback without a decision", func(p *server.Program) { p.Host = "0.0.0.0" }, decide},
		{"on every address without a decision", func(p *server.Program) { p.Host = "" }, decide},
		{"both", func(p *server.Program) { p.Host, p.Problems = "::", errors.New("A is wrong") }, "A is wrong\n" + decide},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newProcess()
			c.spoil(&p.program)
			assert.Equal(t, 2, server.Main(p.program))
			assert.Equal(t, refused(c.want), p.stderr.String())
			assert.Empty(t, p.log.String())
		})
	}
}

func TestPortTaken(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	p := newProcess()
	_, p.program.Port, err = net.SplitHostPort(taken.Addr().String())
	require.NoError(t, err)
	assert.Equal(t, 1, server.Main(p.program))
	assert.Equal(t, "The server cannot listen on "+taken.Addr().String()+": bind: address already in use. "+
		"Set HOST and PORT to a free address of this machine.\n", p.stderr.String())
}

func TestServes(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(s.String(), func(t *testing.T) {
			p := newProcess()
			address := p.start(t)
			assert.Equal(t, 200, get(t, address+"/health/live"))
			assert.Equal(t, 200, get(t, address+"/actions"), "on loopback everybody may call")
			line := p.line("listening")
			assert.Equal(t, []any{"alerts"}, line["connections"])
			assert.EqualValues(t, len(catalog.Actions()), line["actions"])
			assert.NotContains(t, p.log.String(), "a-key-of-a-chatbot")
			p.signal(t, s)
			assert.Equal(t, 0, p.ended(t))
			assert.NotNil(t, p.line("stopped"))
			assert.Empty(t, p.stderr.String())
		})
	}
}

func TestDecidedCallers(t *testing.T) {
	for _, c := range []struct {
		name   string
		policy caller.Policy
		want   int
	}{
		{"the platform authenticates", caller.Policy{Mode: caller.Platform}, 200},
		{"everybody may call", caller.Policy{Mode: caller.None}, 200},
		{"keys hold on loopback too", caller.Policy{Mode: caller.Keys}, 401},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newProcess()
			p.program.Host, p.program.Settings.Callers = "0.0.0.0", c.policy
			if c.policy.Mode == caller.Keys {
				p.program.Host = "localhost"
			}
			p.start(t)
			_, port, err := net.SplitHostPort(p.line("listening")["address"].(string))
			require.NoError(t, err)
			assert.Equal(t, c.want, get(t, "http://127.0.0.1:"+port+"/actions"))
			p.signal(t, syscall.SIGTERM)
			assert.Equal(t, 0, p.ended(t))
		})
	}
}

func TestRunningRequestsFinish(t *testing.T) {
	p, wecom := newProcess(), newHanging(t)
	p.program.Settings.Connections[0].BaseURL = wecom.URL
	address := p.start(t)
	status := send(t, address)
	<-wecom.asked
	p.signal(t, syscall.SIGTERM)
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", strings.TrimPrefix(address, "http://"))
		if err == nil {
			_ = conn.Close()
		}
		return err != nil
	}, 5*time.Second, 5*time.Millisecond, "no new connection is accepted")
	assert.Empty(t, p.exit, "the request is waited for")
	close(wecom.answer)
	assert.Equal(t, 200, <-status)
	assert.Equal(t, 0, p.ended(t))
	assert.Nil(t, p.line("unfinished: the outcome is unknown"))
}

func TestSecondSignalEndsAtOnce(t *testing.T) {
	p, wecom := newProcess(), newHanging(t)
	p.program.Settings.Connections[0].BaseURL = wecom.URL
	status := send(t, p.start(t))
	<-wecom.asked
	p.signal(t, syscall.SIGTERM)
	time.Sleep(100 * time.Millisecond) // the first has arrived; two at once can be delivered as one
	started := time.Now()
	p.signal(t, syscall.SIGTERM)
	assert.Equal(t, 0, p.ended(t))
	assert.Less(t, time.Since(started), 2*time.Second)
	assert.Equal(t, 0, <-status, "the connection was cut")
	require.NotNil(t, p.line("unfinished: the outcome is unknown"))
	assert.Equal(t, "/actions/chatbot.text.send", p.line("unfinished: the outcome is unknown")["path"])
	assert.NotNil(t, p.line("call"), "the call still wrote its own line")
}

// What is cut off while it only asks has no outcome to wonder about, and a path is logged in a safe form alone.
func TestAQuestionThatIsCutOff(t *testing.T) {
	p := newProcess()
	conn, err := net.Dial("tcp", strings.TrimPrefix(p.start(t), "http://"))
	require.NoError(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, "GET /no\x80where HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n") // and the 9 bytes never come
	require.NoError(t, err)
	require.Eventually(t, func() bool { return p.line("request") != nil }, 5*time.Second, 5*time.Millisecond)
	p.signal(t, syscall.SIGTERM)
	time.Sleep(100 * time.Millisecond)
	p.signal(t, syscall.SIGTERM)
	assert.Equal(t, 0, p.ended(t))
	require.NotNil(t, p.line("cut off"), p.log)
	assert.Equal(t, "(not printable)", p.line("cut off")["path"])
	assert.Nil(t, p.line("unfinished: the outcome is unknown"))
}

// Where nobody decided who may call, the programs of this machine may, but no web page that its browser shows.
func TestWebPagesAreKeptOutOfLoopback(t *testing.T) {
	for _, c := range []struct {
		name         string
		mode         caller.Mode
		host, origin string
		want         int
	}{
		{"a program of this machine", caller.Undecided, "localhost", "", 415},
		{"IPv6 without a port", caller.Undecided, "[::1]", "", 415},
		{"a name that was pointed here", caller.Undecided, "attacker.example", "", 403},
		{"another origin", caller.Undecided, "localhost", "https://attacker.example", 403},
		{"everybody may call, as was decided", caller.None, "connector.internal", "https://console.example", 415},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newProcess()
			p.program.Settings.Callers.Mode = c.mode
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.start(t)+"/actions/chatbot.text.send", http.NoBody)
			require.NoError(t, err)
			request.Host = c.host
			if c.origin != "" {
				request.Header.Set("Origin", c.origin)
			}
			resp, err := http.DefaultClient.Do(request)
			require.NoError(t, err)
			_ = resp.Body.Close()
			assert.Equal(t, c.want, resp.StatusCode)
			assert.Equal(t, "application/problem+json", resp.Header.Get("Content-Type"))
			p.signal(t, syscall.SIGTERM)
			assert.Equal(t, 0, p.ended(t))
		})
	}
}

func TestGraceEnds(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes 10 seconds")
	}
	p, wecom := newProcess(), newHanging(t)
	p.program.Settings.Connections[0].BaseURL = wecom.URL
	status := send(t, p.start(t))
	<-wecom.asked
	started := time.Now()
	p.signal(t, syscall.SIGTERM)
	assert.Equal(t, 0, p.ended(t))
	assert.InDelta(t, 10, time.Since(started).Seconds(), 1)
	<-status
}
