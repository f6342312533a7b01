package load

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Request returns the bytes of a POST.
func Request(addr, path, authorization string, body []byte) []byte {
	return fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: %s\r\nAuthorization: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		path, addr, authorization, len(body), body)
}

// A Driver holds its connections open between runs, as a busy caller does.
type Driver struct {
	request []byte
	conns   []*conn
}

// Dial opens the connections over which request is to be sent.
func Dial(addr string, request []byte, connections int) (*Driver, error) {
	d := &Driver{request: request}
	for range connections {
		socket, err := net.Dial("tcp", addr)
		if err != nil {
			d.Close()
			return nil, fmt.Errorf("load: %w", err)
		}
		d.conns = append(d.conns, &conn{Conn: socket, reader: bufio.NewReader(socket)})
	}
	return d, nil
}

// Close closes the connections.
func (d *Driver) Close() {
	for _, c := range d.conns {
		c.Close()
	}
}

// Result is what a run came to.
type Result struct {
	Requests  int
	Elapsed   time.Duration
	latencies []time.Duration // sorted
}

// PerSecond is the throughput.
func (r Result) PerSecond() float64 { return float64(r.Requests) / r.Elapsed.Seconds() }

// Percentile returns the latency that p of 100 requests stay below.
func (r Result) Percentile(p int) time.Duration {
	return r.latencies[(len(r.latencies)-1)*p/100]
}

// For sends requests one after the other on every connection until the time is over.
func (d *Driver) For(duration time.Duration) (Result, error) {
	end := time.Now().Add(duration)
	return d.run(func() bool { return time.Now().Before(end) })
}

// Times sends the given number of requests over all connections together.
func (d *Driver) Times(requests int) (Result, error) {
	var left atomic.Int64
	left.Store(int64(requests))
	return d.run(func() bool { return left.Add(-1) >= 0 })
}

func (d *Driver) run(more func() bool) (Result, error) {
	start := time.Now()
	latencies := make([][]time.Duration, len(d.conns))
	errs := make([]error, len(d.conns))
	var running sync.WaitGroup
	for i, c := range d.conns {
		running.Go(func() { latencies[i], errs[i] = c.run(d.request, more) })
	}
	running.Wait()
	if err := errors.Join(errs...); err != nil {
		return Result{}, fmt.Errorf("load: %w", err)
	}
	all := slices.Concat(latencies...)
	slices.Sort(all)
	return Result{Requests: len(all), Elapsed: time.Since(start), latencies: all}, nil
}

type conn struct {
	net.Conn
	reader *bufio.Reader
}

func (c *conn) run(request []byte, more func() bool) ([]time.Duration, error) {
	var latencies []time.Duration
	for more() {
		start := time.Now()
		if _, err := c.Write(request); err != nil {
			return nil, err
		}
		if err := c.readAnswer(); err != nil {
			return nil, err
		}
		latencies = append(latencies, time.Since(start))
	}
	return latencies, nil
}

var (
	ok            = []byte("HTTP/1.1 200 ")
	contentLength = []byte("Content-Length: ") // as net/http spells it
)

// readAnswer reads one answer and insists on success: a server that fails fast would win every comparison.
func (c *conn) readAnswer() error {
	status, err := c.reader.ReadSlice('\n')
	if err != nil {
		return err
	}
	success, length := bytes.HasPrefix(status, ok), -1
	failure := string(bytes.TrimSpace(status[:min(len(status), 64)]))
	for {
		line, err := c.reader.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(line) <= 2 {
			break
		}
		if value, found := bytes.CutPrefix(line, contentLength); found {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return err
			}
		}
	}
	if !success {
		body, _ := c.reader.Peek(min(max(length, 0), 512)) // best effort: it only explains the failure
		return fmt.Errorf("answered %s: %s", failure, body)
	}
	if length < 0 {
		return errors.New("an answer without Content-Length")
	}
	_, err = io.CopyN(io.Discard, c.reader, int64(length))
	return err
}
