package main

import (
	"fmt"
	"time"

	"github.com/wecom-functions/wecom-functions/local/bench/fakewecom"
)

// measureDeadline lets WeCom hang in every place where it can, and looks how long after its deadline a send returns.
func measureDeadline(h *harness) ([]line, error) {
	hangs := []struct {
		name      string
		behaviour fakewecom.Behaviour
	}{
		{"gettoken", fakewecom.Behaviour{TokenFault: fakewecom.Hang}},
		{"message", fakewecom.Behaviour{Fault: fakewecom.Hang}},
		{"answer", fakewecom.Behaviour{Fault: fakewecom.HangInBody}},
		{"busy", fakewecom.Behaviour{Fault: fakewecom.Busy}},
	}
	const tolerance = 50 * time.Millisecond
	var latest time.Duration
	for _, hang := range hangs {
		for _, timeout := range []time.Duration{100 * time.Millisecond, time.Second} {
			late, err := h.lateness(hang.behaviour, timeout)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", hang.name, err)
			}
			h.logf("  %s, deadline %v: %.1f ms late", hang.name, timeout, micros(late)/1000)
			latest = max(latest, late)
		}
	}
	return []line{must("deadline honoured when WeCom hangs", "within 50 ms", latest <= tolerance,
		fmt.Sprintf("%.1f ms at worst", micros(latest)/1000))}, nil
}

// lateness is how long after its deadline the last of eight sends returns.
func (h *harness) lateness(behaviour fakewecom.Behaviour, timeout time.Duration) (time.Duration, error) {
	fake, s, closeBoth, err := h.senderWithFake(ours, h.both())
	if err != nil {
		return 0, err
	}
	defer closeBoth()
	fake.Behave(behaviour)
	outcomes, err := s.send(order{Texts: texts("hanging", 8), Timeout: timeout})
	if err != nil {
		return 0, err
	}
	var late time.Duration
	for _, o := range outcomes {
		if o.Kind == "" {
			return 0, fmt.Errorf("a send that hangs was reported as delivered")
		}
		late = max(late, o.Took-timeout)
	}
	return late, nil
}
