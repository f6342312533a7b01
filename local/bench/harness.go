package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"time"

	"github.com/wecom-functions/wecom-functions/local/bench/fakewecom"
	"github.com/wecom-functions/wecom-functions/local/bench/proc"
)

type options struct {
	quick   bool
	self    bool
	profile string
}

// harness is what the experiments share: the CPUs, a place for files, and the way to start what is measured.
type harness struct {
	options
	dir       string // for logs and compiled programs
	bench     string // this program, for the children that are the floor or the library
	targetCPU int
	driverCPU int
	pinned    bool
}

const modulePath = "github.com/wecom-functions/wecom-functions"

func newHarness(opts options) (*harness, error) {
	dir, err := os.MkdirTemp("", "wecom-bench-")
	if err != nil {
		return nil, err
	}
	h := &harness{options: opts, dir: dir}
	if h.bench, err = os.Executable(); err != nil {
		return nil, err
	}
	if opts.profile != "" {
		if err := os.MkdirAll(opts.profile, 0o755); err != nil {
			return nil, err
		}
	}
	h.pin()
	go h.cleanUpWhenInterrupted()
	return h, nil
}

func (h *harness) close() { os.RemoveAll(h.dir) }

// cleanUpWhenInterrupted removes the logs, which are large. The children die with this process.
func (h *harness) cleanUpWhenInterrupted() {
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt)
	<-interrupted
	h.close()
	os.Exit(1)
}

func (h *harness) logf(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
}

// pin gives the target and the driver a CPU each, or says loudly that it could not.
func (h *harness) pin() {
	cpus, err := proc.CPUs()
	if err == nil && len(cpus) < 2 {
		err = errors.New("there is one CPU only")
	}
	if err == nil {
		h.targetCPU, h.driverCPU = cpus[0], cpus[1]
		err = proc.Pin(h.driverCPU)
	}
	h.pinned = err == nil
	if err != nil {
		h.logf("WARNING: nothing is pinned to a CPU (%v): driver and target disturb each other, ratios are unreliable", err)
	}
}

// one is the CPU of what is measured, both that and the driver's.
func (h *harness) one() []int  { return []int{h.targetCPU} }
func (h *harness) both() []int { return []int{h.targetCPU, h.driverCPU} }

// start starts a command on the given CPUs, where that is possible.
func (h *harness) start(cmd *exec.Cmd, cpus []int) error {
	if !h.pinned {
		cpus = nil
	}
	err := proc.Start(cmd, cpus...)
	if errors.Is(err, proc.ErrUnsupported) {
		err = cmd.Start()
	}
	return err
}

// end ends what was started.
func end(cmd *exec.Cmd) {
	cmd.Process.Kill()
	cmd.Wait()
}

// pick chooses between a full and a quick run.
func pick[T any](h *harness, full, quick T) T {
	if h.quick {
		return quick
	}
	return full
}

// fakes starts n fake WeComs and returns what closes them.
func fakes(n int) ([]*fakewecom.Fake, func(), error) {
	var started []*fakewecom.Fake
	closeAll := func() {
		for _, fake := range started {
			fake.Close()
		}
	}
	for range n {
		fake, err := fakewecom.Start()
		if err != nil {
			closeAll()
			return nil, nil, err
		}
		started = append(started, fake)
	}
	return started, closeAll, nil
}

// waitFor tries until it works or ten seconds have passed.
func waitFor(try func() error) error {
	var err error
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if err = try(); err == nil {
			return nil
		}
	}
	return err
}
