package main

import (
	"fmt"
	"time"

	"github.com/wecom-functions/wecom-functions/local/bench/fakewecom"
)

// measureTokens counts gettoken calls when 64 senders start cold, and when the token dies under 16 of them.
func measureTokens(h *harness) ([]line, error) {
	cold, err := h.countTokens(func(s *sender, _ *fakewecom.Fake) error {
		return s.mustSend(texts("cold", 64))
	})
	if err != nil {
		return nil, err
	}
	renewed, err := h.countTokens(func(s *sender, fake *fakewecom.Fake) error {
		if err := s.mustSend(texts("warm", 1)); err != nil {
			return err
		}
		fake.ExpireTokens()
		return s.mustSend(texts("expired", 16))
	})
	if err != nil {
		return nil, err
	}
	return []line{must("gettoken calls: 64 goroutines cold / 16 at once when a token dies", "1 / 2 in all",
		cold == 1 && renewed == 2, fmt.Sprintf("%d / %d", cold, renewed))}, nil
}

func (h *harness) countTokens(scenario func(*sender, *fakewecom.Fake) error) (int, error) {
	fake, s, closeBoth, err := h.senderWithFake(ours, h.both())
	if err != nil {
		return 0, err
	}
	defer closeBoth()
	// A real gettoken takes its time; without that the race that is looked for would hardly happen.
	fake.Behave(fakewecom.Behaviour{TokenDelay: 50 * time.Millisecond})
	err = scenario(s, fake)
	return fake.Counts().Tokens, err
}

// measureConnections counts the connections that bursts of sends open.
func measureConnections(h *harness) ([]line, error) {
	fake, s, closeBoth, err := h.senderWithFake(ours, h.both())
	if err != nil {
		return nil, err
	}
	defer closeBoth()
	// So slow that all sends of a burst are under way together.
	fake.Behave(fakewecom.Behaviour{Delay: 5 * time.Millisecond})
	const bursts, width = 50, 16
	for burst := range bursts {
		if err := s.mustSend(texts(fmt.Sprint("burst ", burst), width)); err != nil {
			return nil, err
		}
	}
	opened := fake.Counts().Connections
	return []line{must("connections for 50 bursts of 16 sends", "<= 16", opened <= width, fmt.Sprint(opened))}, nil
}

// senderWithFake starts a sender with a WeCom of its own.
func (h *harness) senderWithFake(who string, cpus []int) (*fakewecom.Fake, *sender, func(), error) {
	fake, err := fakewecom.Start()
	if err != nil {
		return nil, nil, nil, err
	}
	s, err := h.startSender(who, fake, cpus)
	if err != nil {
		fake.Close()
		return nil, nil, nil, err
	}
	return fake, s, func() { s.close(); fake.Close() }, nil
}

// mustSend has texts sent at once and insists that all are delivered.
func (s *sender) mustSend(texts []string) error {
	outcomes, err := s.send(order{Texts: texts})
	if err != nil {
		return err
	}
	for i, o := range outcomes {
		if o.Kind != "" {
			return fmt.Errorf("%q was not delivered: %s", texts[i], o.Kind)
		}
	}
	return nil
}

// texts are n different ones.
func texts(prefix string, n int) []string {
	made := make([]string, n)
	for i := range made {
		made[i] = fmt.Sprintf("%s %d", prefix, i)
	}
	return made
}
