package main

import (
	"errors"
	"fmt"
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

// measureFreeze stops senders after each answer, as platforms do with instances that have nothing to do, and ends their
// kept connection meanwhile. What the next send meets is a matter of a race on waking up, which one CPU and two decide
// differently.
func measureFreeze(h *harness) ([]line, error) {
	var ourLost, floorLost []int
	perProcess := pick(h, 15, 1)
	for _, cpus := range [][]int{h.one(), h.both()} {
		lost, err := h.freezeOn(cpus, perProcess)
		if err != nil {
			return nil, err
		}
		ourLost, floorLost = append(ourLost, lost[0], lost[1]), append(floorLost, lost[2], lost[3])
	}
	sends := frozenProcesses * perProcess
	what := fmt.Sprintf("sends lost of %d over freezes of 4 s, kept connection closed (FIN) / forgotten (RST), on 1 CPU and on 2", sends)
	return []line{must(what, "0", total(ourLost) == 0,
		fmt.Sprintf("%s (floor: %s of %d)", join(ourLost), join(floorLost), controls*perProcess))}, nil
}

// freezeOn runs both cases for ours and for the floor at once, and returns what each lost.
func (h *harness) freezeOn(cpus []int, sends int) ([]int, error) {
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
				n, err := h.freezeOne(c.who, cpus, sends, c.end)
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

// freezeOne is the life of one instance: a first send, then freezes with a send after each.
func (h *harness) freezeOne(who string, cpus []int, sends int, end func(*fakewecom.Fake)) (lost int, err error) {
	fake, s, closeBoth, err := h.senderWithFake(who, cpus)
	if err != nil {
		return 0, err
	}
	defer closeBoth()
	fake.KeepLedger()
	if err := s.mustSend([]string{"before the first freeze"}); err != nil {
		return 0, err
	}
	for i := range sends {
		text := fmt.Sprint("after freeze ", i)
		kind, err := s.sendAfterFreeze(text, func() { end(fake) })
		if err != nil {
			return 0, err
		}
		if kind != "" || fake.Entry(text).Effects != 1 {
			lost++
		}
	}
	return lost, nil
}

// sendAfterFreeze freezes the sender, ends its connections half-way, and lets it wake up with the next order waiting.
func (s *sender) sendAfterFreeze(text string, end func()) (kind string, err error) {
	if err := proc.Freeze(s.cmd.Process); err != nil {
		return "", err
	}
	time.Sleep(frozenFor / 2)
	end()
	time.Sleep(frozenFor / 2)
	if err := s.orders.Encode(order{Texts: []string{text}}); err != nil {
		return "", err
	}
	if err := proc.Thaw(s.cmd.Process); err != nil {
		return "", err
	}
	outcomes, err := s.outcomes(1)
	if err != nil {
		return "", err
	}
	return outcomes[0].Kind, nil
}
