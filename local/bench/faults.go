package main

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/wecom-functions/wecom-functions/local/bench/fakewecom"
)

// A scenario is a thousand sends, one after the other, each with a text of its own, while something fails.
type scenario struct {
	name           string
	behaviour      fakewecom.Behaviour
	duplicateCheck bool
	// send replaces the plain sending of the i-th text, where the fault is not the fake's to time.
	send func(s *sender, fake *fakewecom.Fake, i int, o order) ([]outcome, error)
}

// tally is what became of the texts of a scenario: what the sender said, against what the fake saw.
type tally struct {
	sends, faults int

	delivered int // said delivered, and it was
	lost      int // said failed, and it had no effect
	unknown   int // said that the outcome is unknown
	wrong     int // said failed though delivered, or delivered though not

	repeated int // texts that arrived more than once
	twice    int // texts with more than one effect
	changed  int // texts that arrived as different bytes
	kinds    map[string]int
}

const each10th = 10

// ambiguous are the faults after which a caller cannot know whether the message was taken.
var ambiguous = []scenario{
	{name: "502", behaviour: fakewecom.Behaviour{Fault: fakewecom.BadGateway, Every: each10th}},
	{name: "502 after acceptance", behaviour: fakewecom.Behaviour{Fault: fakewecom.BadGatewayAfter, Every: each10th}},
	{name: "reset", behaviour: fakewecom.Behaviour{Fault: fakewecom.Reset, Every: each10th}},
	{name: "reset after acceptance", behaviour: fakewecom.Behaviour{Fault: fakewecom.ResetAfter, Every: each10th}},
}

// measureLost counts the sends lost to faults that say for certain that the message was not taken.
func measureLost(h *harness) ([]line, error) {
	clear := []scenario{
		{name: "42001", behaviour: fakewecom.Behaviour{Fault: fakewecom.TokenExpired, Every: each10th}},
		{name: "token dies", send: expireMidway(h.sends() / 2)},
		{name: "-1", behaviour: fakewecom.Behaviour{Fault: fakewecom.Busy, Every: each10th}},
		{name: "refused", send: refuseEach10th},
	}
	our, err := h.runScenarios(ours, clear)
	if err != nil {
		return nil, err
	}
	// The floor is here as the proof that the faults are real.
	control, err := h.runScenarios(floors, clear)
	if err != nil {
		return nil, err
	}
	lost := func(t tally) int { return t.sends - t.delivered + t.twice }
	counts := each(our, lost)
	return []line{must(fmt.Sprintf("`message.text.send`, lost of %s: 42001 each tenth, token dies midway, -1 each tenth, connection refused each tenth", thousands(h.sends())),
		"0", total(counts) == 0, fmt.Sprintf("%s (floor: %s)", join(counts), join(each(control, lost))))}, nil
}

// measureDuplicates lets ambiguous faults meet messages that WeCom itself guards against repetition.
func measureDuplicates(h *harness) ([]line, error) {
	guarded := each(ambiguous, func(s scenario) scenario { s.duplicateCheck = true; return s })
	tallies, err := h.runScenarios(ours, guarded)
	if err != nil {
		return nil, err
	}
	lost := each(tallies, func(t tally) int { return t.sends - t.delivered })
	twice := each(tallies, func(t tally) int { return t.twice })
	changed := each(tallies, func(t tally) int { return t.changed })
	return []line{must("... with `enable_duplicate_check`: 502, reset before or after acceptance each tenth",
		"0 lost, 0 effects twice after WeCom's check, identical bytes", total(lost)+total(twice)+total(changed) == 0,
		fmt.Sprintf("lost %s; twice %s; repeated with other bytes %s", join(lost), join(twice), join(changed)))}, nil
}

// measureUnknown lets the same faults meet messages that nobody guards: none may be sent again, and each is reported.
func measureUnknown(h *harness) ([]line, error) {
	tallies, err := h.runScenarios(ours, ambiguous)
	if err != nil {
		return nil, err
	}
	faults := total(each(tallies, func(t tally) int { return t.faults }))
	unknown := total(each(tallies, func(t tally) int { return t.unknown }))
	again := total(each(tallies, func(t tally) int { return t.repeated }))
	others := total(each(tallies, func(t tally) int { return t.lost + t.wrong }))
	return []line{must("... without it", "each such call is `outcome_unknown`, never sent again",
		unknown == faults && again == 0 && others == 0,
		fmt.Sprintf("%d of %d `outcome_unknown`, %d sent again", unknown, faults, again))}, nil
}

func (h *harness) sends() int { return pick(h, 1000, 100) }

// runScenarios runs them side by side, each with its own sender and fake: most of the time is spent waiting to try again.
func (h *harness) runScenarios(who string, scenarios []scenario) ([]tally, error) {
	tallies, errs := make([]tally, len(scenarios)), make([]error, len(scenarios))
	var running sync.WaitGroup
	for i, s := range scenarios {
		running.Go(func() { tallies[i], errs[i] = h.runScenario(who, s) })
	}
	running.Wait()
	for i, s := range scenarios {
		t := tallies[i]
		h.logf("  %s, %s: %d sends, %d faults: delivered %d, lost %d, unknown %d, wrong %d; repeated %d, twice %d, changed %d %v",
			who, s.name, t.sends, t.faults, t.delivered, t.lost, t.unknown, t.wrong, t.repeated, t.twice, t.changed, t.kinds)
	}
	return tallies, errors.Join(errs...)
}

func (h *harness) runScenario(who string, s scenario) (tally, error) {
	fake, sender, closeBoth, err := h.senderWithFake(who, h.both())
	if err != nil {
		return tally{}, err
	}
	defer closeBoth()
	fake.KeepLedger()
	fake.Behave(s.behaviour)
	if s.send == nil {
		s.send = sendPlainly
	}
	t := tally{sends: h.sends(), kinds: map[string]int{}}
	for i := range t.sends {
		text := fmt.Sprintf("%s, send %d", s.name, i)
		outcomes, err := s.send(sender, fake, i, order{Texts: []string{text}, DuplicateCheck: s.duplicateCheck})
		if err != nil {
			return tally{}, fmt.Errorf("%s: %w", s.name, err)
		}
		t.add(outcomes[0].Kind, fake.Entry(text))
	}
	t.faults = fake.Counts().Faults
	return t, nil
}

func (t *tally) add(kind string, entry fakewecom.Entry) {
	took := entry.Effects > 0
	switch {
	case kind == "" && took:
		t.delivered++
	case kind == unknownOutcome:
		t.unknown++
	case kind != "" && !took:
		t.lost++
	default:
		t.wrong++
	}
	if kind != "" {
		t.kinds[kind]++
	}
	if entry.Arrivals > 1 {
		t.repeated++
	}
	if entry.Effects > 1 {
		t.twice++
	}
	if entry.Changed {
		t.changed++
	}
}

func sendPlainly(s *sender, _ *fakewecom.Fake, _ int, o order) ([]outcome, error) {
	return s.send(o)
}

// expireMidway lets every token die once, before the given send.
func expireMidway(middle int) func(*sender, *fakewecom.Fake, int, order) ([]outcome, error) {
	return func(s *sender, fake *fakewecom.Fake, i int, o order) ([]outcome, error) {
		if i == middle {
			fake.ExpireTokens()
		}
		return s.send(o)
	}
}

// refuseEach10th closes the port while each tenth send starts, and opens it again when that has surely been refused.
func refuseEach10th(s *sender, fake *fakewecom.Fake, i int, o order) ([]outcome, error) {
	if i%each10th != each10th-1 {
		return s.send(o)
	}
	const moment = 10 * time.Millisecond
	fake.Refuse()
	// The sender has to notice first that its kept connection has ended. A request written to that would be another
	// fault: nobody could know whether it was taken.
	time.Sleep(moment)
	if err := s.orders.Encode(o); err != nil {
		return nil, err
	}
	time.Sleep(moment)
	if err := fake.Accept(); err != nil {
		return nil, err
	}
	return s.outcomes(len(o.Texts))
}

func total(counts []int) int {
	sum := 0
	for _, n := range counts {
		sum += n
	}
	return sum
}

func join(counts []int) string {
	return strings.Join(each(counts, func(n int) string { return fmt.Sprint(n) }), " / ")
}
