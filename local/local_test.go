package main_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/core/catalog"
	"github.com/wecom-functions/wecom-functions/local/faas/child"
)

func TestMain(m *testing.M) { child.Main(m) }

// process is a running command.
type process struct {
	*child.Process
	address, url   string
	stdout, stderr *child.Logs
}

// command starts the command on a free port, until the test ends.
func command(t *testing.T, args []string, env ...string) *process {
	t.Helper()
	address := "127.0.0.1:" + child.FreePort(t)
	p := &process{address: address, url: "http://" + address, stdout: &child.Logs{}, stderr: &child.Logs{}}
	p.Process = child.Command{
		Path: child.Build(t, "./local"), Args: append([]string{"-addr", address}, args...), Env: env, Logs: p.stdout, Errors: p.stderr,
	}.Start(t)
	return p
}

// start runs the emulator until the test ends.
func start(t *testing.T, env ...string) *process {
	t.Helper()
	p := command(t, nil, env...)
	p.WaitFor(t, "it is not ready", func() bool { return strings.Contains(p.stdout.String(), "Ready.") })
	return p
}

func (p *process) call(t *testing.T, method, path, body string, header ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, p.url+path, strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(header); i += 2 {
		if header[i] == "Host" {
			req.Host = header[i+1]
			continue
		}
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(answer)
}

func TestWelcome(t *testing.T) {
	t.Parallel()
	p := start(t, "WECOM_DEFAULT_SECRET=not-of-the-emulator", "WECOM_NONSENSE=1")
	printed := p.stdout.String()
	require.Contains(t, printed, strconv.Itoa(len(catalog.Actions()))+" actions")
	require.Contains(t, printed, "default    application  corp id ww5f****4860, agent id 1000002, with a contact-sync secret")
	require.Contains(t, printed, "bot        chatbot      key ****")
	require.Contains(t, printed, "Hello from wecom-functions. 你好！")
	require.NotContains(t, printed+p.stderr.String(), "emulator-only", "secrets are not printed")
	_, index := p.call(t, http.MethodGet, "/", "")
	require.Contains(t, index, p.url+"/_sim/inbox")
}

// The first message's log line comes after the welcome, which is one text, wherever both are shown together.
func TestTheWelcomeIsNotInterrupted(t *testing.T) {
	t.Parallel()
	p := child.Command{Path: child.Build(t, "./local"), Args: []string{"-addr", "127.0.0.1:0"}}.Start(t)
	p.Logs.WaitFor(t, "time=")
	welcome, _, _ := strings.Cut(p.Logs.String(), "time=")
	require.Contains(t, welcome, "Ready.")
}

// The commands of the welcome do what they say, pasted into a shell.
func TestPrintedCommandsWork(t *testing.T) {
	t.Parallel()
	p := start(t)
	printed := p.stdout.String()
	commands := strings.Split(printed[strings.Index(printed, "  # "):strings.Index(printed, "zhangsan's phone")], "  # ")[1:]
	require.Len(t, commands, 5)
	for _, one := range commands {
		what, shell, _ := strings.Cut(one, "\n")
		output, err := exec.CommandContext(t.Context(), "sh", "-euc", shell).CombinedOutput()
		require.NoError(t, err, what)
		require.Contains(t, string(output), `"output":`, what)
	}
	_, state := p.call(t, http.MethodGet, "/_sim/state", "")
	require.Contains(t, state, `"值班表.txt"`)
	_, inbox := p.call(t, http.MethodGet, "/_sim/inbox", "")
	for _, shown := range []string{"disk db-03 is 91% full", "Deploy v1.8.2 waiting for approval", "**Deployed**", "disk db-03 is 95% full"} {
		require.Contains(t, inbox, shown)
	}
}

// Each action's example, called over HTTP, becomes the one WeCom call that the catalogue names.
func TestEveryActionEndToEnd(t *testing.T) {
	t.Parallel()
	p := start(t)
	msgid := ""
	for _, a := range orderedActions() {
		example := a.Examples[0]
		input := example.Input
		switch a.ID {
		case "message.recall":
			input = fmt.Sprintf(`{"msgid":%q}`, msgid)
		case "department.delete":
			status, answer := p.call(t, http.MethodPost, "/actions/department.create", `{"name":"Leaving","parentid":1,"id":8}`)
			require.Equal(t, http.StatusOK, status, answer)
		}
		status, _ := p.call(t, http.MethodDelete, "/_sim/journal", "")
		require.Less(t, status, 300)

		status, answer := p.call(t, http.MethodPost, "/actions/"+a.ID, input)
		require.Equal(t, http.StatusOK, status, "%s: %s", a.ID, answer)
		var result struct {
			Action string
			Output struct{ MsgID string }
		}
		require.NoError(t, json.Unmarshal([]byte(answer), &result))
		require.Equal(t, a.ID, result.Action)
		if result.Output.MsgID != "" {
			msgid = result.Output.MsgID
		}
		requireOneCall(t, p, a)
	}
}

// orderedActions puts the withdrawal after the sending, and changes of the enterprise after what needs it whole.
func orderedActions() []*catalog.Action {
	var first, last []*catalog.Action
	for _, a := range catalog.Actions() {
		switch {
		case a.ID == "message.recall", strings.HasPrefix(a.ID, "member."), strings.HasSuffix(a.ID, ".delete"):
			last = append(last, a)
		default:
			first = append(first, a)
		}
	}
	return append(first, last...)
}

func requireOneCall(t *testing.T, p *process, a *catalog.Action) {
	t.Helper()
	_, journal := p.call(t, http.MethodGet, "/_sim/journal", "")
	var entries []struct {
		Method, Path string
		Errcode      int64
		Accepted     bool
	}
	require.NoError(t, json.Unmarshal(entriesOf(t, journal), &entries), journal)
	calls := entries[:0]
	for _, e := range entries {
		if e.Path != "/cgi-bin/gettoken" {
			calls = append(calls, e)
		}
	}
	require.Len(t, calls, 1, a.ID)
	require.Equal(t, strings.Replace(a.Call, " ", " /cgi-bin/", 1), calls[0].Method+" "+calls[0].Path, a.ID)
	require.Zero(t, calls[0].Errcode, a.ID)
}

// entriesOf takes the list of entries out of the journal's answer.
func entriesOf(t *testing.T, journal string) []byte {
	t.Helper()
	if strings.HasPrefix(strings.TrimSpace(journal), "[") {
		return []byte(journal)
	}
	var wrapped map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(journal), &wrapped))
	for _, list := range wrapped {
		if bytes.HasPrefix(list, []byte("[")) {
			return list
		}
	}
	t.Fatalf("no list in %s", journal)
	return nil
}

func TestB104WebPagesAreKeptOut(t *testing.T) {
	t.Parallel()
	p := start(t)
	input := `{"touser":"zhangsan","content":"from a web page"}`
	for name, header := range map[string][]string{
		"a foreign Origin":                    {"Origin", "https://attacker.example"},
		"a cross-site fetch":                  {"Sec-Fetch-Site", "cross-site"},
		"a Host that is somebody else's name": {"Host", "attacker.example"},
	} {
		status, answer := p.call(t, http.MethodPost, "/actions/message.text.send", input, header...)
		require.Equal(t, http.StatusForbidden, status, name)
		require.Contains(t, answer, `"kind":"forbidden"`, name)
		status, _ = p.call(t, http.MethodPut, "/_sim/state", "{}", header...)
		require.Equal(t, http.StatusForbidden, status, name)
	}
	status, _ := p.call(t, http.MethodGet, "/_sim/state", "", "Host", "attacker.example")
	require.Equal(t, http.StatusForbidden, status)
	_, inbox := p.call(t, http.MethodGet, "/_sim/inbox", "")
	require.NotContains(t, inbox, "from a web page")
}

func TestCtrlCStopsCleanly(t *testing.T) {
	t.Parallel()
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		p := start(t)
		require.Zero(t, p.Stop(t, signal))
		require.Contains(t, p.stdout.String(), "Stopped.")
	}
}

func TestTakenPort(t *testing.T) {
	t.Parallel()
	taken := start(t)
	p := command(t, []string{"-addr", taken.address})
	require.Equal(t, 1, p.Ended(t))
	require.Contains(t, p.stderr.String(), "is taken by another program. Choose another port with -addr")
}

func TestWrongUse(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"beyond loopback":             {[]string{"-addr", "0.0.0.0:8080"}, "must be a loopback address"},
		"no port":                     {[]string{"-addr", "127.0.0.1"}, "must be HOST:PORT"},
		"an unknown flag":             {[]string{"-port", "1"}, "flag provided but not defined: -port"},
		"live without any connection": {[]string{"-live", "-addr", "127.0.0.1:0"}, "WECOM_DEFAULT_CORP_ID"},
	} {
		p := command(t, c.args)
		require.NotZero(t, p.Ended(t), name)
		require.Contains(t, p.stderr.String(), c.says, name)
	}
}

func TestLiveSendsNothingByItself(t *testing.T) {
	t.Parallel()
	calls := make(chan string, 10)
	wecom := &http.Server{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { calls <- r.URL.Path })}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { _ = wecom.Serve(listener) }()
	t.Cleanup(func() { _ = wecom.Close() })

	p := command(t, []string{"-live"}, "WECOM_DEFAULT_CORP_ID=ww0123456789abcdef", "WECOM_DEFAULT_SECRET=a-secret-of-mine",
		"WECOM_DEFAULT_BASE_URL=http://"+listener.Addr().String())
	p.stdout.WaitFor(t, "Live:")
	status, _ := p.call(t, http.MethodGet, "/_sim/inbox", "")
	require.Equal(t, http.StatusNotFound, status, "there is no emulator")
	status, _ = p.call(t, http.MethodGet, "/fn/", "")
	require.Equal(t, http.StatusOK, status)
	require.Empty(t, calls)
	require.NotContains(t, p.stdout.String()+p.stderr.String(), "a-secret-of-mine")
}
