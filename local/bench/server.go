package main

import (
	"crypto/sha256"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/wecom-functions/wecom-functions/local/bench/fakewecom"
	"github.com/wecom-functions/wecom-functions/local/bench/load"
	"github.com/wecom-functions/wecom-functions/local/bench/proc"
)

const (
	serverKey  = "bench-key"
	serverPath = "/actions/message.text.send"
	// Chinese and HTML, so that escaping is part of what is measured.
	messageText = `今晚 20:00 例行维护，预计 30 分钟。详情见<a href=\"https://ops.example.com/m/42\">公告</a>`
	serverInput = `{"touser":"zhangsan","content":"` + messageText + `"}`
)

// A server is one that is being measured.
type server struct {
	cmd  *exec.Cmd
	addr string
	log  string // the file that takes its output
}

// startServer starts ours or the floor's.
func (h *harness) startServer(who string, fake *fakewecom.Fake) (*server, error) {
	return h.listen(who, func(addr string) (*exec.Cmd, error) {
		if who == ours && !h.self {
			return h.ourServer(addr, fake.URL())
		}
		return h.child("server", party{URL: fake.URL(), Token: fake.IssueToken(), Addr: addr}), nil
	})
}

// listen starts a server on the CPU of what is measured, and waits until it listens.
func (h *harness) listen(name string, on func(addr string) (*exec.Cmd, error)) (*server, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	cmd, err := on(addr)
	if err != nil {
		return nil, err
	}
	log, err := os.CreateTemp(h.dir, name+"-*.log")
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	if err := h.start(cmd, h.one()); err != nil {
		return nil, err
	}
	s := &server{cmd: cmd, addr: addr, log: log.Name()}
	if err := waitFor(s.dial); err != nil {
		s.stop()
		said, _ := os.ReadFile(s.log) // best effort: it only explains the failure
		return nil, fmt.Errorf("%s does not listen: %w\n%s", filepath.Base(s.log), err, said)
	}
	return s, nil
}

// ourServer is functions/server as it is deployed: callers authenticate, every call is logged, here to a file.
func (h *harness) ourServer(addr, wecom string) (*exec.Cmd, error) {
	binary, err := h.build(containerServer)
	if err != nil {
		return nil, err
	}
	host, port, _ := net.SplitHostPort(addr) // made by freeAddr
	cmd := exec.Command(binary)
	cmd.Env = append(connectionTo(wecom), "HOST="+host, "PORT="+port,
		fmt.Sprintf("WECOM_API_KEYS=bench:%x", sha256.Sum256([]byte(serverKey))))
	return cmd, nil
}

// connectionTo are the settings of an application.
func connectionTo(wecom string) []string {
	return []string{
		"WECOM_DEFAULT_CORP_ID=ww0123456789abcdef",
		"WECOM_DEFAULT_SECRET=bench-secret",
		"WECOM_DEFAULT_AGENT_ID=1000002",
		"WECOM_DEFAULT_BASE_URL=" + wecom,
	}
}

func freeAddr() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}

func (s *server) dial() error {
	conn, err := net.Dial("tcp", s.addr)
	if err == nil {
		conn.Close()
	}
	return err
}

func (s *server) stop() { end(s.cmd) }

func (s *server) driver(connections int) (*load.Driver, error) {
	request := load.Request(s.addr, serverPath, "Bearer "+serverKey, []byte(serverInput))
	return load.Dial(s.addr, request, connections)
}

// servedRound is one round of load on one server.
type servedRound struct {
	cpu       time.Duration // per request
	perSecond float64
	p99       time.Duration
}

func (s *server) round(d *load.Driver, duration time.Duration) (servedRound, error) {
	before, err := proc.CPUTime(s.cmd.Process.Pid)
	if err != nil {
		return servedRound{}, err
	}
	result, err := d.For(duration)
	if err != nil {
		return servedRound{}, err
	}
	after, err := proc.CPUTime(s.cmd.Process.Pid)
	if err != nil {
		return servedRound{}, err
	}
	return servedRound{
		cpu:       (after - before) / time.Duration(result.Requests),
		perSecond: result.PerSecond(),
		p99:       result.Percentile(99),
	}, nil
}

// measureServer drives both servers in turns with 1, 16 and 64 connections.
func measureServer(h *harness) ([]line, error) {
	fake, err := fakewecom.Start()
	if err != nil {
		return nil, err
	}
	defer fake.Close()
	base, err := h.startServer(floors, fake)
	if err != nil {
		return nil, err
	}
	defer base.stop()
	our, err := h.startServer(ours, fake)
	if err != nil {
		return nil, err
	}
	defer our.stop()

	compared := map[int]comparison{}
	for _, connections := range []int{1, 16, 64} {
		c, err := h.compareServers(our, base, connections, 13)
		if err != nil {
			return nil, err
		}
		h.logf("  %2d connections: %s", connections, c)
		compared[connections] = c
	}
	c16, c64 := compared[16], compared[64]
	return []line{
		atMost("HTTP server, CPU per request against the floor, 16 connections", 1.25, 1.15, c16.cpu,
			fmt.Sprintf("%.2f (%.1f against %.1f us)", c16.cpu, micros(c16.ours.cpu), micros(c16.floor.cpu))),
		atLeast("... throughput, 16 and 64 connections", 0.80, 0.88, min(c16.throughput, c64.throughput),
			fmt.Sprintf("%.2f and %.2f (%s and %s a second)", c16.throughput, c64.throughput,
				thousands(int(c16.ours.perSecond)), thousands(int(c64.ours.perSecond)))),
	}, nil
}

// comparison has the medians of the rounds, and of the ratios within each round.
type comparison struct {
	cpu, throughput float64
	ours, floor     servedRound
}

func (c comparison) String() string {
	return fmt.Sprintf("CPU %.2f (%.1f against %.1f us), throughput %.2f (%.0f against %.0f a second), p99 %.0f against %.0f us",
		c.cpu, micros(c.ours.cpu), micros(c.floor.cpu), c.throughput, c.ours.perSecond, c.floor.perSecond,
		micros(c.ours.p99), micros(c.floor.p99))
}

func (h *harness) compareServers(our, base *server, connections, rounds int) (comparison, error) {
	ourDriver, err := our.driver(connections)
	if err != nil {
		return comparison{}, err
	}
	defer ourDriver.Close()
	baseDriver, err := base.driver(connections)
	if err != nil {
		return comparison{}, err
	}
	defer baseDriver.Close()

	duration := pick(h, time.Second, 300*time.Millisecond)
	var oursRounds, floorRounds []servedRound
	for round := range pick(h, rounds, 5) + 1 {
		o, f, err := inTurns(round,
			func() (servedRound, error) { return our.round(ourDriver, duration) },
			func() (servedRound, error) { return base.round(baseDriver, duration) })
		if err != nil {
			return comparison{}, err
		}
		if round == 0 {
			continue // opens connections and warms caches
		}
		oursRounds, floorRounds = append(oursRounds, o), append(floorRounds, f)
	}
	return compare(oursRounds, floorRounds), nil
}

func compare(ours, floor []servedRound) comparison {
	cpu := func(r servedRound) float64 { return float64(r.cpu) }
	throughput := func(r servedRound) float64 { return r.perSecond }
	return comparison{
		cpu:        medianRatio(ours, floor, cpu),
		throughput: medianRatio(ours, floor, throughput),
		ours:       medianRound(ours),
		floor:      medianRound(floor),
	}
}

func medianRound(rounds []servedRound) servedRound {
	return servedRound{
		cpu:       median(each(rounds, func(r servedRound) time.Duration { return r.cpu })),
		perSecond: median(each(rounds, func(r servedRound) float64 { return r.perSecond })),
		p99:       median(each(rounds, func(r servedRound) time.Duration { return r.p99 })),
	}
}
