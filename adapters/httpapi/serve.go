package httpapi

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/wecom-functions/wecom-functions/core"
)

const (
	grace   = 10 * time.Second       // what running requests get to finish in
	parting = 100 * time.Millisecond // what those that were cut off get to write their own log lines in
)

// ListenAndServe has the server answer for the connector on an address until the process is told to stop, as Serve does.
func ListenAndServe(c *core.Connector, server *http.Server, address string) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	return Serve(c, server, listener)
}

// Serve has the server answer for the connector until SIGTERM or SIGINT; requests under way may finish then. Its error
// says why the server cannot go on; it is nil for one that was told to stop.
func Serve(c *core.Connector, server *http.Server, listener net.Listener) error {
	signal.Ignore(syscall.SIGPIPE) // a log whose reader went away must not end the server
	signaled, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	running := track(server)
	logger := c.Logger()
	server.ErrorLog = slog.NewLogLogger(logger.Handler(), slog.LevelWarn)
	names := []string{}
	for _, connection := range c.Connections() {
		names = append(names, connection.Name)
	}
	logger.Info("listening", "address", listener.Addr().String(), "connections", names, "actions", len(c.Actions()))
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		logger.Error("the server failed", "cause", err.Error())
		return err
	case <-signaled.Done():
		finish(server, running, logger)
		return nil
	}
}

// track keeps what requests are being served, as *http.Request.
func track(server *http.Server) *sync.Map {
	var running sync.Map
	handler := server.Handler
	server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		running.Store(r, nil)
		defer running.Delete(r)
		handler.ServeHTTP(w, r)
	})
	return &running
}

// finish lets the requests under way finish, and cuts them off after the grace or at a second signal.
func finish(server *http.Server, running *sync.Map, logger *slog.Logger) {
	again, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	patience, cancel := context.WithTimeout(again, grace)
	defer cancel()
	if server.Shutdown(patience) != nil {
		running.Range(func(request, _ any) bool {
			logUnfinished(logger, request.(*http.Request))
			return true
		})
		_ = server.Close() // it cancels the requests' contexts
		time.Sleep(parting)
	}
	logger.Info("stopped")
}

// logUnfinished writes the line of a request that is cut off. What is posted may have effects; all others only ask.
func logUnfinished(logger *slog.Logger, r *http.Request) {
	message := "cut off"
	if r.Method == http.MethodPost {
		message = "unfinished: the outcome is unknown"
	}
	logger.Error(message, "path", Shown(r.URL.Path))
}
