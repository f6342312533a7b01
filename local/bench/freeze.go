package main

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/wecom-functions/wecom-functions/local/bench/fakewecom"
	"github.com/wecom-functions/wecom-functions/local/bench/proc"
)

const (
	frozenFor       = 4 * time.Second
	frozenProcesses = 40
	controls        = 10 // processes of the floor beside ours, as the proof that the freeze is real
)

// A freezable is a process that sends texts on command and can be stopped meanwhile.
type freezable interface {
	process() *os.Process
	// order hands a text over and does not wait; outcome waits for what became of it. "" is success.
	order(text string) error
	outcome() (kind string, err error)
	close()
}

// starter starts ours or the floor's.
type starter func(who string, fake *fakewecom.Fake, cpus []int) (freezable, error)

// measureFreeze stops senders after each answer, as platforms do with instances that have nothing to do, and ends their
// kept connection meanwhile. What the next send meets is a matter of a race on waking up, which one CPU and two decide
// differently.
func measureFreeze(h *harness) ([]line, error) {
	return h.freeze("sends lost", func(who string, fake *fakewecom.Fake, cpus []int) (freezable, error) {
		return h.startSender(who, fake, cpus)
	})
}

// measureLambdaFreeze does the same to the processes that Lambda runs.
func measureLambdaFreeze(h *harness) ([]line, error) {
	programs := map[string]program{ours: lambdaOurs, floors: lambdaPost}
	for _, p := range programs { // before so many are started at once
		if _, err := h.build(p); err != nil {
			return nil, err
		}
	}
	return h.freeze("Lambda: sends lost", func(who string, fake *fakewecom.Fake, cpus []int) (freezable, error) {
		return h.startInstance(programs[who], lambdaEnvironment(fake), cpus)
	})
}

func (h *harness) freeze(what string, start starter) ([]line, error) {
	var ourLost, floorLost []int
	perProcess := pick(h, 15, 1)
	for _, cpus := range [][]int{h.one(), h.both()} {
		lost, err := h.freezeOn(cpus, perProcess, start)
		if err != nil {
			return nil, err
		}
		ourLost, floorLost = append(ourLost, lost[0], lost[1]), append(floorLost, lost[2], lost[3])
	}
	what += fmt.Sprintf(" of %d over freezes of 4 s, %d processes side by side, kept connection closed (FIN) / forgotten (RST), "+
		"on 1 CPU and on 2", frozenProcesses*perProcess, frozenProcesses)
	return []line{must(what, "0", total(ourLost) == 0,
		fmt.Sprintf("%s (floor: %s of %d)", join(ourLost), join(floorLost), controls*perProcess))}, nil
}

// freezeOn runs both cases for ours and for the floor at once, and returns what each lost.
func (h *harness) freezeOn(cpus []int, sends int, start starter) ([]int, error) {
	cases := []struct {
		who, ending string
		processes   int
		end         func(*fakewecom.Fake)
	}{
		{ours, "FIN", frozenProcesses, (*fakewecom.Fake).CloseKept},
		{ours, "RST", frozenProcesses, (*fakewecom.Fake).ForgetKept},
		{floors, "FIN", controls, (*fakewecom.Fake).CloseKept},
		{floors, "RST", controls, (*fakewecom.Fake).ForgetKept},
	}
	lost, errs := make([]int, len(cases)), make([]error, len(cases))
	var running sync.WaitGroup
	var counting sync.Mutex
	for i, c := range cases {
		for range c.processes {
			running.Go(func() {
				n, err := freezeOne(c.who, cpus, sends, start, c.end)
				counting.Lock()
				defer counting.Unlock()
				lost[i] += n
				errs[i] = errors.Join(errs[i], err)
			})
		}
	}
	running.Wait()
	for i, c := range cases {
		h.logf("  %d CPU, %s, %s: %d of %d lost", len(cpus), c.ending, c.who, lost[i], c.processes*sends)
	}
	return lost, errors.Join(errs...)
}

// freezeOne is the life of one instance: a first send, then freezes with a send after each. What ours sent is looked for
// where it should have arrived; the floor, which may send the same each time, is believed.
func freezeOne(who string, cpus []int, sends int, start starter, end func(*fakewecom.Fake)) (lost int, err error) {
	fake, err := fakewecom.Start()
	if err != nil {
		return 0, err
	}
	defer fake.Close()
	fake.KeepLedger()
	f, err := start(who, fake, cpus)
	if err != nil {
		return 0, err
	}
	defer f.close()
	if err := f.order("before the first freeze"); err != nil {
		return 0, err
	}
	if kind, err := f.outcome(); err != nil || kind != "" {
		return 0, errors.Join(fmt.Errorf("the first send failed: %s", kind), err)
	}
	for i := range sends {
		text := fmt.Sprint("after freeze ", i)
		kind, err := sendAfterFreeze(f, text, func() { end(fake) })
		if err != nil {
			return 0, err
		}
		if kind != "" || who == ours && fake.Entry(text).Effects != 1 {
			lost++
		}
	}
	return lost, nil
}

// sendAfterFreeze freezes the process, ends its connections half-way, and lets it wake up with the next order waiting.
func sendAfterFreeze(f freezable, text string, end func()) (kind string, err error) {
	if err := proc.Freeze(f.process()); err != nil {
		return "", err
	}
	time.Sleep(frozenFor / 2)
	end()
	time.Sleep(frozenFor / 2)
	if err := f.order(text); err != nil {
		return "", err
	}
	if err := proc.Thaw(f.process()); err != nil {
		return "", err
	}
	return f.outcome()
}
