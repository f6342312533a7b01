package server

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/wecom-functions/wecom-functions/adapters/httpapi"
)

const (
	grace   = 10 * time.Second       // what running requests get to finish in
	parting = 100 * time.Millisecond // what those that were cut off get to write their own log lines in
)

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
	logger.Error(message, "path", httpapi.Shown(r.URL.Path))
}
