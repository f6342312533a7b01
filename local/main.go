// Command local runs the connector on this machine: its actions over HTTP and as functions of every platform, and an
// emulated WeCom behind them, on one loopback port, with no account and no network.
//
//	go run ./local                        # the emulator
//	go run ./local -addr 127.0.0.1:9000   # on another port
//	go run ./local -live                  # your own enterprise, with the connections of the environment
//
// It may import everything of this module; nothing imports it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/wecom-functions/wecom-functions/adapters/httpapi"
	"github.com/wecom-functions/wecom-functions/core/connection"
)

const (
	exitFailed = 1
	exitUsage  = 2
	// grace is how long requests that run may take to end after Ctrl-C.
	grace = 5 * time.Second
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run serves until ctx ends and returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("local", flag.ContinueOnError)
	flags.SetOutput(stderr)
	addr := flags.String("addr", "127.0.0.1:8080", "loopback address and port to listen on")
	live := flags.Bool("live", false, "use the connections of the environment in place of the emulator; nothing is sent by itself")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return exitUsage
	}
	listener, err := listen(ctx, *addr)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return exitFailed
	}
	log := &holdable{to: stderr}
	app, err := newApp(listener.Addr().String(), *live, log)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return exitUsage
	}
	server := httpapi.NewFunctionServer(httpapi.LoopbackOnly(app.handler)) // the emulator is behind it, and waits for files
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	log.during(func() { app.welcome(ctx, stdout) })
	select {
	case err := <-failed:
		fmt.Fprintln(stderr, "the server stopped:", err)
		return exitFailed
	case <-ctx.Done():
		fmt.Fprintln(stdout, "\nStopped.")
		return shutdown(server)
	}
}

// listen opens the port. The emulator holds no secrets and asks for none, so it is for this machine alone.
func listen(ctx context.Context, addr string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("-addr must be HOST:PORT, such as 127.0.0.1:8080")
	}
	if !connection.IsLoopback(host) {
		return nil, fmt.Errorf("-addr must be a loopback address, such as 127.0.0.1:8080: nobody is authenticated here")
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s is taken by another program. Choose another port with -addr, such as -addr 127.0.0.1:8081 (make run ADDR=127.0.0.1:8081)", addr)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w", addr, err)
	}
	return listener, nil
}

func shutdown(server *http.Server) int {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	if server.Shutdown(ctx) != nil {
		_ = server.Close()
	}
	return 0
}
