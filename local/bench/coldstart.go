package main

import (
	"fmt"
	"os"

	"github.com/wecom-functions/wecom-functions/local/bench/fakewecom"
)

// measureColdStart starts instances of our function and of one that does nothing in turns, and looks what they have used
// when they ask for their first invocation.
func measureColdStart(h *harness) ([]line, error) {
	fake, err := fakewecom.Start()
	if err != nil {
		return nil, err
	}
	defer fake.Close()
	environment := lambdaEnvironment(fake)
	our, base, err := h.alternate(pick(h, 301, 11), lambdaOurs, lambdaHello, func(p program) (spent, error) {
		return h.spentBeforeFirstPoll(p, environment)
	})
	if err != nil {
		return nil, err
	}
	ourSize, err := h.sizeOf(lambdaOurs)
	if err != nil {
		return nil, err
	}
	baseSize, err := h.sizeOf(lambdaHello)
	if err != nil {
		return nil, err
	}
	alike := lambdaHello
	alike.name, alike.tags = "lambdahello-alike", lambdaTags
	alikeSize, err := h.sizeOf(alike)
	if err != nil {
		return nil, err
	}
	cpu, faults := medianRatio(our, base, cpuSpent), medianRatio(our, base, faultsSpent)
	size := float64(ourSize) / float64(baseSize)
	return []line{
		atMost("Lambda: CPU to the first poll, against a bare aws-lambda-go function", 1.15, 1.05, cpu,
			fmt.Sprintf("%.2f (%.2f against %.2f ms)", cpu, median(each(our, cpuSpent))/1e6, median(each(base, cpuSpent))/1e6)),
		atMost("... page faults to the first poll", 1.20, 1.08, faults,
			fmt.Sprintf("%.2f (%.0f against %.0f)", faults, median(each(our, faultsSpent)), median(each(base, faultsSpent)))),
		atMost("... stripped binary", 1.15, 1.08, size,
			fmt.Sprintf("%.2f (%.2f against %.2f MB; %.2f without HTTP/2, as ours is built)", size,
				float64(ourSize)/1e6, float64(baseSize)/1e6, float64(alikeSize)/1e6)),
	}, nil
}

func (h *harness) spentBeforeFirstPoll(p program, environment []string) (spent, error) {
	i, err := h.startInstance(p, environment, h.one())
	if err != nil {
		return spent{}, err
	}
	defer i.close()
	return i.spent()
}

func (h *harness) sizeOf(p program) (int64, error) {
	if h.self && p == lambdaOurs {
		p = lambdaHello
	}
	binary, err := h.build(p)
	if err != nil {
		return 0, err
	}
	info, err := os.Stat(binary)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
