package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/wecom-functions/wecom-functions/local/bench/fakewecom"
)

// A sender is a process that sends texts on command, as an instance of a function does, and says what it believes
// became of them. What really became of them is in the ledger of its fake.
type sender struct {
	cmd     *exec.Cmd
	orders  *json.Encoder
	answers *json.Decoder
}

// order asks for texts to be sent, all at once.
type order struct {
	Texts          []string
	DuplicateCheck bool
	Timeout        time.Duration // of each; 0: none
}

// outcome is what the sender says about one text.
type outcome struct {
	Kind string // of the failure; "" means delivered
	Took time.Duration
}

// startSender starts one that talks to the fake.
func (h *harness) startSender(who string, fake *fakewecom.Fake, cpus []int) (*sender, error) {
	cmd := h.child("sender", party{Who: who, URL: fake.URL(), Token: fake.IssueToken()})
	orders, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	answers, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := h.start(cmd, cpus); err != nil {
		return nil, err
	}
	return &sender{
		cmd:     cmd,
		orders:  json.NewEncoder(orders),
		answers: json.NewDecoder(answers),
	}, nil
}

func (s *sender) close() { end(s.cmd) }

// send has an order carried out.
func (s *sender) send(o order) ([]outcome, error) {
	if err := s.orders.Encode(o); err != nil {
		return nil, err
	}
	return s.outcomes(len(o.Texts))
}

// outcomes reads the answer to an order that was written earlier.
func (s *sender) outcomes(n int) ([]outcome, error) {
	var answer []outcome
	if err := s.answers.Decode(&answer); err != nil {
		return nil, fmt.Errorf("sender: %w", err)
	}
	if len(answer) != n {
		return nil, fmt.Errorf("sender: %d outcomes for %d texts", len(answer), n)
	}
	return answer, nil
}

func (s *sender) process() *os.Process { return s.cmd.Process }

func (s *sender) order(text string) error { return s.orders.Encode(order{Texts: []string{text}}) }

func (s *sender) outcome() (kind string, err error) {
	outcomes, err := s.outcomes(1)
	if err != nil {
		return "", err
	}
	return outcomes[0].Kind, nil
}

// serveSender is the child's side.
func serveSender(argument []byte) error {
	var p party
	if err := json.Unmarshal(argument, &p); err != nil {
		return err
	}
	contender, err := newContender(p)
	if err != nil {
		return err
	}
	return answerOrders(func(o order) ([]outcome, error) {
		outcomes := make([]outcome, len(o.Texts))
		var sending sync.WaitGroup
		for i, text := range o.Texts {
			sending.Go(func() { outcomes[i] = sendOne(contender, text, o) })
		}
		sending.Wait()
		return outcomes, nil
	})
}

func sendOne(c contender, text string, o order) outcome {
	ctx := context.Background()
	if o.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.Timeout)
		defer cancel()
	}
	send := c.text(text, o.DuplicateCheck)
	start := time.Now()
	err := send(ctx)
	return outcome{Kind: kindOf(err), Took: time.Since(start)}
}
