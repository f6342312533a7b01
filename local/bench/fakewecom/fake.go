package fakewecom

import (
	"fmt"
	"net"
	"strings"
	"sync"
	"time"
)

// A Fake listens on a loopback port until it is closed. All methods may be called while calls are running.
type Fake struct {
	addr string

	mu        sync.Mutex
	listener  net.Listener // nil while connections are refused
	conns     map[*conn]struct{}
	tokens    map[string]bool // every token issued, and whether it is alive
	behaviour Behaviour
	counts    Counts
	ledger    *ledger // nil unless kept: parsing every body is not free
	answers   answers
}

// Counts is what the fake has seen since it started.
type Counts struct {
	Connections int // accepted
	Tokens      int // calls of gettoken
	Messages    int // calls that carry a message, faulty ones included
	Faults      int // messages that met the fault of the current or an earlier Behaviour
}

// Start begins to listen on a free loopback port.
func Start() (*Fake, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("fakewecom: %w", err)
	}
	f := &Fake{
		addr:     listener.Addr().String(),
		listener: listener,
		conns:    map[*conn]struct{}{},
		tokens:   map[string]bool{},
		answers:  newAnswers(),
	}
	go f.accept(listener)
	return f, nil
}

// URL is what a client takes for https://qyapi.weixin.qq.com.
func (f *Fake) URL() string { return "http://" + f.addr }

// Close refuses new connections and resets the open ones.
func (f *Fake) Close() {
	f.Refuse()
	for _, c := range f.open() {
		c.reset()
	}
}

// Counts returns a copy of the counters.
func (f *Fake) Counts() Counts {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.counts
}

// Behave replaces the behaviour from the next call on.
func (f *Fake) Behave(b Behaviour) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.behaviour = b
}

// SetDepartments gives the enterprise n departments.
func (f *Fake) SetDepartments(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answers.departments(n)
}

// IssueToken makes a token without a gettoken call, for clients that are given theirs.
func (f *Fake) IssueToken() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.newToken()
}

// ExpireTokens ends the life of every token issued so far.
func (f *Fake) ExpireTokens() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for token := range f.tokens {
		f.tokens[token] = false
	}
}

// tokenLength is the length of the tokens seen in public captures.
const tokenLength = 214

func (f *Fake) newToken() string {
	token := fmt.Sprintf("fake-%d-", len(f.tokens))
	token += strings.Repeat("t", tokenLength-len(token))
	f.tokens[token] = true
	return token
}

// Refuse closes the kept connections properly and the port with them: the next call is refused before it is written.
func (f *Fake) Refuse() {
	f.mu.Lock()
	if f.listener != nil {
		f.listener.Close()
		f.listener = nil
	}
	f.mu.Unlock()
	f.CloseKept()
}

// Accept opens the port again after Refuse.
func (f *Fake) Accept() error {
	listener, err := net.Listen("tcp", f.addr)
	if err != nil {
		return fmt.Errorf("fakewecom: %w", err)
	}
	f.mu.Lock()
	f.listener = listener
	f.mu.Unlock()
	go f.accept(listener)
	return nil
}

// CloseKept ends every open connection properly (FIN), as a server does that no longer wants to keep it.
func (f *Fake) CloseKept() {
	for _, c := range f.open() {
		c.Close()
	}
}

// ForgetKept makes every open connection answer its next byte with a reset and say nothing before, as after a
// middlebox or a failed-over server lost its state while the client slept.
func (f *Fake) ForgetKept() {
	for _, c := range f.open() {
		c.forgotten.Store(true)
	}
}

func (f *Fake) open() []*conn {
	f.mu.Lock()
	defer f.mu.Unlock()
	open := make([]*conn, 0, len(f.conns))
	for c := range f.conns {
		open = append(open, c)
	}
	return open
}

func (f *Fake) accept(listener net.Listener) {
	for {
		socket, err := listener.Accept()
		if err != nil {
			return // closed: by Refuse or Close
		}
		c := &conn{TCPConn: socket.(*net.TCPConn), fake: f}
		f.mu.Lock()
		f.counts.Connections++
		f.conns[c] = struct{}{}
		f.mu.Unlock()
		go c.serve()
	}
}

func (f *Fake) forget(c *conn) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.conns, c)
}

// Behaviour is how the fake treats calls.
type Behaviour struct {
	Fault      Fault // what befalls messages
	Every      int   // ... each nth of them; 0 and 1: all
	TokenFault Fault // what befalls gettoken

	Delay      time.Duration // before a message is answered
	TokenDelay time.Duration // before a token is answered
}

// A Fault is one way to fail. "After" faults take the message first: it has its effect, and the caller cannot know.
type Fault int

const (
	None            Fault = iota
	TokenExpired          // errcode 42001, and the token is dead from now on
	Busy                  // errcode -1
	BadGateway            // HTTP 502 with a page of HTML
	BadGatewayAfter       // the same, after taking the message
	Reset                 // the connection is reset instead of an answer
	ResetAfter            // the same, after taking the message
	Hang                  // no answer
	HangInBody            // half an answer, then nothing
)

func (f Fault) takesMessage() bool { return f == None || f == BadGatewayAfter || f == ResetAfter }
