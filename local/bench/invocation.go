package main

import (
	"fmt"
	"time"

	"github.com/wecom-functions/wecom-functions/local/bench/fakewecom"
)

// measureInvocation has instances of our function and of one that sends a constant message serve the same events in turns.
func measureInvocation(h *harness) ([]line, error) {
	fake, err := fakewecom.Start()
	if err != nil {
		return nil, err
	}
	defer fake.Close()
	environment := lambdaEnvironment(fake)
	our, base, err := h.alternate(pick(h, 21, 3), lambdaOurs, lambdaPost, func(p program) (spent, error) {
		return h.spentOnInvocations(p, environment, pick(h, 1500, 200))
	})
	if err != nil {
		return nil, err
	}
	cpu, peak := medianRatio(our, base, cpuSpent), medianRatio(our, base, peakSpent)
	return []line{
		atMost("Lambda: warm invocation, CPU against a bare function that does one constant POST", 1.30, 1.20, cpu,
			fmt.Sprintf("%.2f (%.0f against %.0f us)", cpu, median(each(our, cpuSpent))/1e3, median(each(base, cpuSpent))/1e3)),
		atMost("... peak memory", 1.15, 1.05, peak,
			fmt.Sprintf("%.2f (%.1f against %.1f MiB)", peak, median(each(our, peakSpent))/(1<<20), median(each(base, peakSpent))/(1<<20))),
	}, nil
}

// spentOnInvocations is the CPU of one warm invocation, and the peak of all.
func (h *harness) spentOnInvocations(p program, environment []string, n int) (spent, error) {
	i, err := h.startInstance(p, environment, h.one())
	if err != nil {
		return spent{}, err
	}
	defer i.close()
	event := textEvent(sampleText)
	serve := func(n int) (spent, error) {
		for range n {
			if err := i.invoke(event); err != nil {
				return spent{}, err
			}
		}
		return i.spent()
	}
	before, err := serve(n / 10) // connections, token, pools
	if err != nil {
		return spent{}, err
	}
	after, err := serve(n)
	after.cpu = (after.cpu - before.cpu) / time.Duration(n)
	return after, err
}
