package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/wecom-functions/wecom-functions/local/bench/fakewecom"
	"github.com/wecom-functions/wecom-functions/local/bench/proc"
	"github.com/wecom-functions/wecom-functions/local/faas/lambdaapi"
)

// The functions of AWS Lambda. Ours is built as it is packaged.
var (
	lambdaOurs  = program{name: "lambda", path: "functions/lambda", tags: lambdaTags}
	lambdaHello = program{name: "lambdahello", path: "local/bench/floor/lambdahello", tags: floorTags}
	lambdaPost  = program{name: "lambdapost", path: "local/bench/floor/lambdapost", tags: floorTags}
)

const (
	floorTags  = "lambda.norpc"
	lambdaTags = floorTags + ",nethttpomithttp2" // see local/pack
)

// An instance is a running function: a process, and the Runtime API that it polls.
type instance struct {
	cmd *exec.Cmd
	api *lambdaapi.API
	log string // the file that takes its output

	ordered chan result // of what order handed over
}

type result struct {
	answer lambdaapi.Answer
	err    error
}

// startInstance starts a function and waits for its first poll. All functions are given the same environment, so that
// each finds what it needs.
func (h *harness) startInstance(p program, environment []string, cpus []int) (*instance, error) {
	binary, err := h.build(p)
	if err != nil {
		return nil, err
	}
	api, err := lambdaapi.New()
	if err != nil {
		return nil, err
	}
	log, err := os.CreateTemp(h.dir, p.name+"-*.log")
	if err != nil {
		api.Close()
		return nil, err
	}
	defer log.Close()
	cmd := exec.Command(binary)
	cmd.Env = append([]string{"AWS_LAMBDA_RUNTIME_API=" + api.Address(), "WECOM_AUTH=platform"}, environment...)
	cmd.Stdout, cmd.Stderr = log, log
	if err := h.start(cmd, cpus); err != nil {
		api.Close()
		return nil, err
	}
	i := &instance{cmd: cmd, api: api, log: log.Name(), ordered: make(chan result, 1)}
	if err := waitFor(i.polls); err != nil {
		i.close()
		return nil, i.explain(fmt.Errorf("%s: %w", p.name, err))
	}
	return i, nil
}

func (i *instance) polls() error {
	if i.api.Polls() == 0 {
		return errors.New("it does not poll")
	}
	return nil
}

// explain adds to an error what the function said of it.
func (i *instance) explain(err error) error {
	said, _ := os.ReadFile(i.log) // best effort: it only explains the failure
	return fmt.Errorf("%w\n%s", err, said)
}

func (i *instance) close() {
	end(i.cmd)
	i.api.Close()
}

// invoke has the function serve one event, and insists on a success.
func (i *instance) invoke(event []byte) error {
	answer, err := i.call(event)
	if err == nil && answer.Error != nil {
		err = answer.Error
	}
	if err != nil {
		return i.explain(err)
	}
	return nil
}

func (i *instance) call(event []byte) (lambdaapi.Answer, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return i.api.Invoke(ctx, lambdaapi.Invocation{Payload: event})
}

func (i *instance) process() *os.Process { return i.cmd.Process }

// order leaves the event in the socket of the function's poll.
func (i *instance) order(text string) error {
	go func() {
		answer, err := i.call(textEvent(text))
		i.ordered <- result{answer, err}
	}()
	time.Sleep(20 * time.Millisecond) // the API writes it at once
	return nil
}

func (i *instance) outcome() (kind string, err error) {
	r := <-i.ordered
	if r.err == nil && r.answer.Error != nil {
		kind = r.answer.Error.Type
	}
	return kind, r.err
}

// spent is what a process has used since it was started.
type spent struct {
	cpu    time.Duration
	faults int
	peak   int64
}

// spent waits until the process has gone to sleep, and reads what it used.
func (i *instance) spent() (spent, error) {
	time.Sleep(5 * time.Millisecond)
	var s spent
	var errs [3]error
	pid := i.cmd.Process.Pid
	s.cpu, errs[0] = proc.CPUTime(pid)
	s.faults, errs[1] = proc.MinorFaults(pid)
	s.peak, errs[2] = proc.PeakMemory(pid)
	return s, errors.Join(errs[:]...)
}

func cpuSpent(s spent) float64    { return float64(s.cpu) }
func faultsSpent(s spent) float64 { return float64(s.faults) }
func peakSpent(s spent) float64   { return float64(s.peak) }

// alternate measures ours and the floor in turns. The first round, which reads the programs from disk, is not counted.
func (h *harness) alternate(rounds int, ours, floor program, measure func(program) (spent, error)) (our, base []spent, err error) {
	if h.self {
		ours = floor
	}
	for round := range rounds + 1 {
		o, f, err := inTurns(round,
			func() (spent, error) { return measure(ours) },
			func() (spent, error) { return measure(floor) })
		if err != nil {
			return nil, nil, err
		}
		if round > 0 {
			our, base = append(our, o), append(base, f)
		}
	}
	return our, base, nil
}

// lambdaEnvironment tells ours and the floor where WeCom is.
func lambdaEnvironment(fake *fakewecom.Fake) []string {
	return append(connectionTo(fake.URL()), "FLOOR_URL="+floorURL(fake.URL(), fake.IssueToken()))
}

func floorURL(wecom, token string) string {
	return wecom + "/cgi-bin/message/send?access_token=" + token
}

// textEvent is a direct invocation that sends a text.
func textEvent(content string) []byte {
	return encode(struct {
		Action string    `json:"action"`
		Input  textInput `json:"input"`
	}{sendText, newTextInput(content, false)})
}
