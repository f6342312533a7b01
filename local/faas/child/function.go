package child

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

// Function is a deployed function: an emulated WeCom, and what its processes are started with. They share their logs.
type Function struct {
	Command
	Sim *wecomsim.Sim
	t   testing.TB
}

// Deploy returns a function whose Path and Env are still to be set.
func Deploy(t testing.TB) *Function {
	t.Helper()
	f := &Function{Command: Command{Logs: &Logs{}}, Sim: wecomsim.New(), t: t}
	t.Cleanup(f.Sim.Close)
	return f
}

// Texts are what the emulated phones and groups show.
func (f *Function) Texts() []string { return f.Sim.Texts() }

// Fault has WeCom do something as Faults says it.
func (f *Function) Fault(path string, do wecomsim.Do, times int) {
	f.t.Helper()
	require.NoError(f.t, f.Sim.SetFaults(Faults(path, do, times)))
}

// Faults is what WeCom does with calls of a path, so many times; with every one for 0.
func Faults(path string, do wecomsim.Do, times int) wecomsim.Faults {
	return wecomsim.Faults{Faults: []wecomsim.Fault{{Match: wecomsim.Match{Path: path}, Do: do, Times: times}}}
}

// Text is a call that sends a text message, as an event.
func Text(content string) string {
	return `{"action":"message.text.send","input":{"touser":"zhangsan","content":"` + content + `"}}`
}

// Sample is a platform's event in a file of the adapters.
func Sample(t testing.TB, file string) string {
	t.Helper()
	root, err := projectFolder()
	require.NoError(t, err)
	raw, err := os.ReadFile(filepath.Join(root, "adapters/event/testdata", file))
	require.NoError(t, err)
	return string(raw)
}

// RuntimeAPI is what a platform's functions poll.
type RuntimeAPI[I, A any] interface {
	Invoke(ctx context.Context, invocation I) (A, error)
	Polls() int
}

// Poller is a deployed function that polls a runtime API.
type Poller[I, A any] struct {
	*Function
	api RuntimeAPI[I, A]
}

// DeployPoller returns a function whose Path and Env are still to be set.
func DeployPoller[I, A any](t testing.TB, api RuntimeAPI[I, A]) *Poller[I, A] {
	t.Helper()
	return &Poller[I, A]{Deploy(t), api}
}

// Boot starts a process and waits for its first poll.
func (p *Poller[I, A]) Boot() *Process {
	p.t.Helper()
	polls := p.api.Polls()
	process := p.Start(p.t)
	process.WaitFor(p.t, "it does not poll", func() bool { return p.api.Polls() > polls })
	return process
}

// Call has the function serve an invocation.
func (p *Poller[I, A]) Call(i I) A {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	answer, err := p.api.Invoke(ctx, i)
	require.NoError(p.t, err, p.Logs.String())
	return answer
}

// Outcome is what came of an invocation.
type Outcome[A any] struct {
	Answer A
	Err    error
}

// Invoking makes an invocation on the side.
func Invoking[I, A any](ctx context.Context, api RuntimeAPI[I, A], i I) <-chan Outcome[A] {
	done := make(chan Outcome[A], 1)
	go func() {
		answer, err := api.Invoke(ctx, i)
		done <- Outcome[A]{answer, err}
	}()
	return done
}
