// Package loopback is an HTTP server on a loopback port that can be taken away and brought back, and made to answer
// nonsense: what the runtime APIs that are polled stand on, to see what a program makes of their failures.
//
// It imports the standard library only.
package loopback

import (
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// Server is a running server.
type Server struct {
	address string
	handler http.Handler

	mu     sync.Mutex
	server *http.Server
	before func(http.ResponseWriter, *http.Request) (answered bool)
}

// Serve starts a server for a handler.
func Serve(handler http.Handler) (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("there is no loopback port to listen on: %w", err)
	}
	s := &Server{address: listener.Addr().String(), handler: handler}
	s.serve(listener)
	return s, nil
}

func (s *Server) serve(listener net.Listener) {
	server := &http.Server{Handler: http.HandlerFunc(s.answer), ReadHeaderTimeout: 10 * time.Second}
	s.mu.Lock()
	s.server = server
	s.mu.Unlock()
	go func() { _ = server.Serve(listener) }() // ends with Stop
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	before := s.before
	s.mu.Unlock()
	if before == nil || !before(w, r) {
		s.handler.ServeHTTP(w, r)
	}
}

// Address is the host and port of the server.
func (s *Server) Address() string { return s.address }

// Before has a function see each request first; the handler does not see those that it has answered. nil takes it away.
func (s *Server) Before(answer func(http.ResponseWriter, *http.Request) (answered bool)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.before = answer
}

// Stop takes the server away: connections are cut, and new ones refused.
func (s *Server) Stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.server.Close() // nothing is left to be saved
}

// Resume brings the server back at its address.
func (s *Server) Resume() error {
	listener, err := net.Listen("tcp", s.address)
	if err != nil {
		return err
	}
	s.serve(listener)
	return nil
}
