package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/wecom-functions/wecom-functions/local/bench/fakewecom"
	"github.com/wecom-functions/wecom-functions/local/bench/proc"
)

// footprint is what a server holds while it has nothing to do.
type footprint struct {
	memory      int64
	descriptors int
	goroutines  int
}

// measureEndurance compares a server that has served ten times as many calls as another with that other.
func measureEndurance(h *harness) ([]line, error) {
	few := pick(h, 20_000, 2_000)
	many := 10 * few
	before, err := h.footprintAfter(few)
	if err != nil {
		return nil, err
	}
	after, err := h.footprintAfter(few, many-few)
	if err != nil {
		return nil, err
	}
	// Memory is compared within the second server: two processes differ by chance in what they keep.
	early, late, lateTwin := after[0], after[1], before[0]
	growth := float64(late.memory) / float64(early.memory)
	steady := late.descriptors == early.descriptors && late.goroutines == lateTwin.goroutines
	what := fmt.Sprintf("memory after %s calls against after %s; goroutines and descriptors", thousands(many), thousands(few))
	return []line{must(what, "<= 1.1; equal", growth <= 1.1 && steady,
		fmt.Sprintf("%.2f (%.1f against %.1f MiB); %d against %d and %d against %d", growth, mebibytes(late.memory), mebibytes(early.memory),
			late.goroutines, lateTwin.goroutines, late.descriptors, early.descriptors))}, nil
}

func mebibytes(n int64) float64 { return float64(n) / (1 << 20) }

// footprintAfter starts a server and returns its footprint after each of the given numbers of calls. Goroutines can be
// counted at the end only, for the server does not survive it.
func (h *harness) footprintAfter(calls ...int) ([]footprint, error) {
	fake, err := fakewecom.Start()
	if err != nil {
		return nil, err
	}
	defer fake.Close()
	s, err := h.startServer(ours, fake)
	if err != nil {
		return nil, err
	}
	defer s.stop()
	var prints []footprint
	for _, n := range calls {
		p, err := s.serve(n, fake)
		if err != nil {
			return nil, err
		}
		prints = append(prints, p)
	}
	last := &prints[len(prints)-1]
	last.goroutines, err = s.countGoroutines()
	return prints, err
}

// serve drives n calls and looks at the server when all its connections have ended, on either side.
func (s *server) serve(n int, fake *fakewecom.Fake) (footprint, error) {
	d, err := s.driver(16)
	if err != nil {
		return footprint{}, err
	}
	_, err = d.Times(n)
	d.Close()
	if err != nil {
		return footprint{}, err
	}
	fake.CloseKept()
	time.Sleep(time.Second)
	pid := s.cmd.Process.Pid
	memory, err := proc.ResidentMemory(pid)
	if err != nil {
		return footprint{}, err
	}
	descriptors, err := proc.Descriptors(pid)
	return footprint{memory: memory, descriptors: descriptors}, err
}

// countGoroutines ends the server with a dump of its goroutines and counts them.
func (s *server) countGoroutines() (int, error) {
	if err := proc.DumpGoroutines(s.cmd.Process); err != nil {
		return 0, err
	}
	s.cmd.Wait() // it exits with a status that says nothing new
	dump, err := os.ReadFile(s.log)
	if err != nil {
		return 0, err
	}
	n := bytes.Count(dump, []byte("\ngoroutine "))
	if n == 0 {
		return 0, errors.New("the server dumped no goroutines")
	}
	return n, nil
}
