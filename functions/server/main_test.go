package main_test

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/adapters/env"
	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

// binary is the program as it is shipped.
var binary string

func TestMain(m *testing.M) {
	os.Exit(buildAndRun(m))
}

func buildAndRun(m *testing.M) int {
	folder, err := os.MkdirTemp("", "server")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(folder)
	binary = filepath.Join(folder, "server")
	build := exec.Command("go", "build", "-ldflags", "-X github.com/wecom-functions/wecom-functions/core.Version=1.2.3", "-o", binary, ".")
	if output, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%s%v\n", output, err)
		return 1
	}
	return m.Run()
}

// child is a run of the program with nothing in its environment but what is given.
type child struct {
	*exec.Cmd
	stdout, stderr strings.Builder
}

func newChild(t *testing.T, environment []string, args ...string) *child {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	c := &child{Cmd: exec.CommandContext(ctx, binary, args...)}
	c.Env, c.Stderr, c.Dir = environment, &c.stderr, "/"
	return c
}

// run runs the program to its end and returns the exit code.
func run(t *testing.T, environment []string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	c := newChild(t, environment, args...)
	c.Stdout = &c.stdout
	_ = c.Run() // the exit code tells
	return c.ProcessState.ExitCode(), c.stdout.String(), c.stderr.String()
}

// start starts the program and waits for the line that says that it listens. What follows on its standard output is
// in the channel, once it ended.
func (c *child) start(t *testing.T) <-chan string {
	t.Helper()
	pipe, err := c.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, c.Start())
	lines := bufio.NewReader(pipe)
	first, err := lines.ReadString('\n')
	require.NoError(t, err, c.stderr.String())
	require.Contains(t, first, `"msg":"listening"`)
	rest := make(chan string, 1)
	go func() {
		text, _ := io.ReadAll(lines)
		rest <- string(text)
	}()
	return rest
}

// stop waits for the end and returns the exit code and the rest of the log.
func (c *child) stop(rest <-chan string) (code int, log string) {
	log = <-rest
	_ = c.Wait() // the exit code tells
	return c.ProcessState.ExitCode(), log
}

func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	return port
}

// call makes a request and returns status and body.
func call(t *testing.T, method, url, key, body string) (status int, answer string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/json")
	if key != "" {
		request.Header.Set("Authorization", "Bearer "+key)
	}
	resp, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err.Error()
	}
	return resp.StatusCode, string(data)
}

// bot is the least that the program needs.
func bot(more ...string) []string {
	return append([]string{"WECOM_DEFAULT_KEY=a-key-of-a-chatbot"}, more...)
}

func TestVersion(t *testing.T) {
	code, stdout, stderr := run(t, nil, "-version")
	assert.Equal(t, 0, code)
	assert.Equal(t, "1.2.3\n", stdout)
	assert.Empty(t, stderr)
}

func TestHelpListsEveryVariable(t *testing.T) {
	code, stdout, stderr := run(t, nil, "-help")
	assert.Equal(t, 0, code)
	assert.Empty(t, stderr)
	names := regexp.MustCompile("`([A-Z_<>]+)`").FindAllStringSubmatch(env.Markdown(), -1)
	assert.Greater(t, len(names), 20)
	for _, name := range names {
		assert.Contains(t, stdout, name[1])
	}
}

func TestWrongSettings(t *testing.T) {
	code, stdout, stderr := run(t, []string{"WECOM_DEFAULT_SECRET=hunter2", "WECOM_KEYS=hunter2", "PORT=hunter2", "HOST=0.0.0.0"})
	assert.Equal(t, 2, code)
	assert.Empty(t, stdout)
	for _, name := range []string{"WECOM_DEFAULT_CORP_ID", "WECOM_KEYS", "PORT", "HOST", "WECOM_API_KEYS", "WECOM_AUTH"} {
		assert.Regexp(t, `(?m)^.*\b`+name+`\b`, stderr)
	}
	assert.NotContains(t, stderr, "hunter2")
}

func TestBeyondLoopbackWithoutAuthentication(t *testing.T) {
	code, _, stderr := run(t, bot("HOST=0.0.0.0", "PORT="+freePort(t)))
	assert.Equal(t, 2, code)
	assert.Contains(t, stderr, "WECOM_API_KEYS")
	assert.Contains(t, stderr, "WECOM_AUTH")
}

func TestPortTaken(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	_, port, err := net.SplitHostPort(taken.Addr().String())
	require.NoError(t, err)
	code, stdout, stderr := run(t, bot("PORT="+port))
	assert.Equal(t, 1, code)
	assert.Empty(t, stdout)
	assert.Contains(t, stderr, "cannot listen on "+taken.Addr().String())
	assert.Contains(t, stderr, "PORT")
}

func TestServesAndStops(t *testing.T) {
	port := freePort(t)
	c := newChild(t, bot("PORT="+port))
	rest := c.start(t)
	status, body := call(t, http.MethodGet, "http://127.0.0.1:"+port+"/health/live", "", "")
	assert.Equal(t, 200, status, body)
	require.NoError(t, c.Process.Signal(syscall.SIGINT))
	code, log := c.stop(rest)
	assert.Equal(t, 0, code)
	assert.Contains(t, log, `"msg":"stopped"`)
	assert.Empty(t, c.stderr.String())
}

func TestBeyondLoopbackWithKeys(t *testing.T) {
	port, sum := freePort(t), sha256.Sum256([]byte("open sesame"))
	c := newChild(t, bot("HOST=0.0.0.0", "PORT="+port, "WECOM_API_KEYS=ci:"+hex.EncodeToString(sum[:])))
	rest := c.start(t)
	url := "http://127.0.0.1:" + port
	for path, want := range map[string]int{"/health/live": 200, "/actions": 401} {
		status, body := call(t, http.MethodGet, url+path, "", "")
		assert.Equal(t, want, status, body)
	}
	status, body := call(t, http.MethodGet, url+"/actions", "open sesame", "")
	assert.Equal(t, 200, status, body)
	require.NoError(t, c.Process.Signal(syscall.SIGTERM))
	code, log := c.stop(rest)
	assert.Equal(t, 0, code)
	assert.NotContains(t, log, "sesame")
}

func TestSIGTERMLetsRequestsFinish(t *testing.T) {
	const requests = 20
	asked, answer := make(chan struct{}, requests), make(chan struct{})
	wecom := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		asked <- struct{}{}
		<-answer
		_, _ = io.WriteString(w, `{"errcode":0,"errmsg":"ok"}`)
	}))
	defer wecom.Close()
	port := freePort(t)
	c := newChild(t, bot("PORT="+port, "WECOM_DEFAULT_BASE_URL="+wecom.URL))
	rest := c.start(t)
	answers := make(chan string, requests)
	for range requests {
		go func() {
			status, body := call(t, http.MethodPost, "http://127.0.0.1:"+port+"/actions/chatbot.text.send", "", `{"content":"hello"}`)
			answers <- fmt.Sprint(status, " ", body)
		}()
	}
	for range requests {
		<-asked
	}
	require.NoError(t, c.Process.Signal(syscall.SIGTERM))
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err == nil {
			_ = conn.Close()
		}
		return err != nil
	}, 5*time.Second, 5*time.Millisecond, "no new connection is accepted")
	close(answer)
	for range requests {
		assert.Regexp(t, "^200 ", <-answers)
	}
	code, log := c.stop(rest)
	assert.Equal(t, 0, code, log)
	assert.NotContains(t, log, "unfinished")
	assert.NotContains(t, log, "a-key-of-a-chatbot")
}

func TestReaderOfTheLogGoesAway(t *testing.T) {
	port := freePort(t)
	c := newChild(t, bot("PORT="+port))
	pipe, err := c.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, c.Start())
	_, err = bufio.NewReader(pipe).ReadString('\n')
	require.NoError(t, err)
	require.NoError(t, pipe.Close())
	for range 3 { // each of which writes a line
		status, body := call(t, http.MethodPost, "http://127.0.0.1:"+port+"/actions/chatbot.text.send", "", `{}`)
		assert.Equal(t, 400, status, body)
	}
	require.NoError(t, c.Process.Signal(syscall.SIGTERM))
	_ = c.Wait() // the exit code tells
	assert.Equal(t, 0, c.ProcessState.ExitCode())
}

func TestNeedsNothingOfTheMachine(t *testing.T) {
	port := freePort(t)
	c := newChild(t, bot("PORT="+port, "TZ=", "TMPDIR=/nowhere", "HOME=/nowhere", "SSL_CERT_FILE=/nowhere", "SSL_CERT_DIR=/nowhere"))
	rest := c.start(t)
	status, body := call(t, http.MethodGet, "http://127.0.0.1:"+port+"/health/ready", "", "")
	assert.Equal(t, 200, status, body)
	require.NoError(t, c.Process.Signal(syscall.SIGTERM))
	code, _ := c.stop(rest)
	assert.Equal(t, 0, code)
}

// What adapters/server takes beside calls, the program takes.
func TestCloudEventsAndProbesReachTheProgram(t *testing.T) {
	t.Parallel()
	sim := wecomsim.New()
	t.Cleanup(sim.Close)
	port := freePort(t)
	c := newChild(t, []string{
		"PORT=" + port, "WECOM_ACTION=chatbot.text.send", "WECOM_DEFAULT_KEY=" + wecomsim.SeedChatbotKey, "WECOM_DEFAULT_BASE_URL=" + sim.URL(),
		"K_SERVICE=wecom", "K_REVISION=wecom-00001", "K_CONFIGURATION=wecom", "WECOM_SERVICE_HOST=10.0.0.7", "WECOM_PORT=tcp://10.0.0.7:80",
	})
	rest := c.start(t)
	url := "http://127.0.0.1:" + port
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url,
		strings.NewReader(`{"specversion":"1.0","id":"e-1","source":"/tests","type":"t","data":{"content":"an event"}}`))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/cloudevents+json")
	resp, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	_ = resp.Body.Close()
	assert.Equal(t, http.StatusNoContent, resp.StatusCode)
	require.Len(t, sim.Inbox(wecomsim.InboxFilter{}), 1)
	assert.Equal(t, "an event", sim.Inbox(wecomsim.InboxFilter{})[0].Text())
	status, body := call(t, http.MethodGet, url+"/_/ready", "", "")
	assert.Equal(t, http.StatusOK, status, body)
	require.NoError(t, c.Process.Signal(syscall.SIGTERM))
	code, _ := c.stop(rest)
	assert.Equal(t, 0, code)
}
