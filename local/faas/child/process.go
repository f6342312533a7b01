package child

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

const (
	// patience is what a process may take for what it is waited for.
	patience = 20 * time.Second
	// often is how long is waited between two looks.
	often = 2 * time.Millisecond
)

// Command is a program to be run. Only Path is required.
type Command struct {
	Path string
	Args []string
	// Dir is the folder that it runs in; "/" if empty.
	Dir string
	// Env is all of its environment.
	Env []string
	// Logs is where its standard output goes, and its standard error unless Errors is set; one of its own if nil.
	Logs, Errors *Logs
}

// Process is a program that was started. It is killed when the test ends.
type Process struct {
	Logs  *Logs
	cmd   *exec.Cmd
	ended chan struct{}
}

// Start starts a program with nothing in its environment but what is given.
func Start(t testing.TB, path string, env ...string) *Process {
	t.Helper()
	return Command{Path: path, Env: env}.Start(t)
}

// Start starts the command.
func (c Command) Start(t testing.TB) *Process {
	t.Helper()
	c.Logs = cmp.Or(c.Logs, &Logs{})
	p := &Process{Logs: c.Logs, cmd: exec.Command(c.Path, c.Args...), ended: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = c.Logs, cmp.Or(c.Errors, c.Logs)
	p.cmd.Dir = cmp.Or(c.Dir, "/")
	p.cmd.Env = append([]string{}, c.Env...) // nil would be this process's own
	p.cmd.WaitDelay = time.Second            // for pipes that what it started holds open
	require.NoError(t, p.cmd.Start())
	go func() {
		_ = p.cmd.Wait() // the exit code tells
		close(p.ended)
	}()
	t.Cleanup(p.Kill)
	return p
}

// Signal sends the process a signal.
func (p *Process) Signal(t testing.TB, signal os.Signal) {
	t.Helper()
	require.NoError(t, p.cmd.Process.Signal(signal))
}

// Kill ends the process at once, as a platform does that takes an instance away.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.ended
}

// Ended waits for the process to end by itself, and returns its exit code.
func (p *Process) Ended(t testing.TB) (code int) {
	t.Helper()
	select {
	case <-p.ended:
	case <-time.After(patience):
		require.Fail(t, "the process does not end", "%s", p.Logs)
	}
	return p.cmd.ProcessState.ExitCode()
}

// Stop asks the process with a signal to end, and returns its exit code.
func (p *Process) Stop(t testing.TB, signal os.Signal) (code int) {
	t.Helper()
	p.Signal(t, signal)
	return p.Ended(t)
}

// Pid is the process's id.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// WaitFor waits until something is so; the log is shown where it never is.
func (p *Process) WaitFor(t testing.TB, what string, so func() bool) {
	t.Helper()
	require.Eventually(t, so, patience, often, "%s: %s", what, p.Logs)
}

// WaitForHTTP waits until a server answers there, whatever its answer.
func (p *Process) WaitForHTTP(t testing.TB, url string) {
	t.Helper()
	p.WaitFor(t, "nothing answers at "+url, func() bool {
		answer, err := http.Get(url)
		if err != nil {
			return false
		}
		_ = answer.Body.Close()
		return true
	})
}

// tried counts the ports that were tried. Packages that are tested side by side begin at different ones.
var (
	begin = rand.Uint32N(ports)
	tried atomic.Uint32
)

// Ports are taken from below those that systems give to outgoing connections: one of these could have it before the
// process that it is meant for.
const (
	firstPort = 10000
	ports     = 20000
)

// FreePort returns a port of 127.0.0.1 that nothing listens on, and that no other test of the package gets.
func FreePort(t testing.TB) string {
	t.Helper()
	for range ports {
		port := fmt.Sprint(firstPort + (begin+tried.Add(1))%ports)
		if listener, err := net.Listen("tcp", "127.0.0.1:"+port); err == nil {
			_ = listener.Close()
			return port
		}
	}
	require.Fail(t, "no port is free")
	return ""
}

// Enterprise is the environment of a function that serves the emulator's demo enterprise to callers whom the platform
// authenticated, and what is added to it.
func Enterprise(url string, more ...string) []string {
	return append([]string{
		"WECOM_CONNECTIONS=default,bot", "WECOM_AUTH=platform",
		"WECOM_DEFAULT_BASE_URL=" + url, "WECOM_DEFAULT_CORP_ID=" + wecomsim.SeedCorpID,
		"WECOM_DEFAULT_SECRET=" + wecomsim.SeedAppSecret, fmt.Sprint("WECOM_DEFAULT_AGENT_ID=", wecomsim.SeedAgentID),
		"WECOM_DEFAULT_CONTACTS_SECRET=" + wecomsim.SeedContactsSecret,
		"WECOM_BOT_BASE_URL=" + url, "WECOM_BOT_KEY=" + wecomsim.SeedChatbotKey,
	}, more...)
}
