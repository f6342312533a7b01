package wecomsim

import (
	"net"
	"net/http"
	"sync"
	"time"
)

// listener is the emulator's own loopback server, for tests that want real sockets.
type listener struct {
	start  sync.Once
	mu     sync.Mutex
	url    string
	server *http.Server
}

// URL is the address of a loopback listener of the emulator's own, started on the first call. It panics when the
// machine has no free port, as net/http/httptest does.
func (s *Sim) URL() string {
	s.listener.start.Do(func() { s.listener.listen(s) })
	return s.listener.url
}

func (l *listener) listen(handler http.Handler) {
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic("wecomsim: no loopback port: " + err.Error())
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.url = "http://" + socket.Addr().String()
	l.server = &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = l.server.Serve(socket) }() // ends with Close
}

// Close stops the listener that URL started, if it did, and cuts its connections.
func (s *Sim) Close() {
	s.listener.mu.Lock()
	defer s.listener.mu.Unlock()
	if s.listener.server != nil {
		_ = s.listener.server.Close() // all that can fail is closing a socket twice
	}
}
