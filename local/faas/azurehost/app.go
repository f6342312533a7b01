package azurehost

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// Key is the key of every function, as x-functions-key or ?code= carry it.
const Key = "canary-of-a-function-key=="

// App is a function app whose handler is called on a port of its own.
type App struct {
	folder    string
	host      hostFile
	functions []function
	port      string
	mode      atomic.Value // of Mode
	client    http.Client
}

// Open reads the folder of an app: host.json, and a folder with a function.json for each function.
func Open(folder string) (*App, error) {
	a := &App{folder: folder}
	// The handler is called without redirects being followed, and through no proxy.
	a.client = http.Client{
		Transport:     &http.Transport{},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	if err := readJSON(filepath.Join(folder, "host.json"), &a.host); err != nil {
		return nil, err
	}
	if err := a.host.check(folder); err != nil {
		return nil, fmt.Errorf("host.json: %w", err)
	}
	a.SetMode(a.host.CustomHandler.mode())
	if err := a.readFunctions(); err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	defer listener.Close()
	_, a.port, err = net.SplitHostPort(listener.Addr().String())
	return a, err
}

// Mode is how requests over HTTP are handed over.
type Mode string

// The modes.
const (
	Proxied   Mode = "proxied"   // enableProxyingHttpRequest: as it was sent
	Forwarded Mode = "forwarded" // enableForwardingHttpRequest: made anew from what the host knows of it
	Enveloped Mode = "enveloped" // neither
)

// SetMode hands requests over in another way than host.json says.
func (a *App) SetMode(m Mode) { a.mode.Store(m) }

// Mode is how requests are handed over.
func (a *App) Mode() Mode { return a.mode.Load().(Mode) }

// Executable is the handler's program.
func (a *App) Executable() string {
	return filepath.Join(a.folder, a.host.CustomHandler.Description.DefaultExecutablePath)
}

// Environment is what the host adds to the handler's environment.
func (a *App) Environment() []string {
	return []string{
		"FUNCTIONS_CUSTOMHANDLER_PORT=" + a.port, "FUNCTIONS_CUSTOMHANDLER_WORKER_ID=5c1f5c0e-6f1c-4e0b-9a43-0d3c1a2b3c4d",
		"FUNCTIONS_APP_ROOT_PATH=" + a.folder, "FUNCTIONS_WORKER_RUNTIME=custom",
	}
}

// Functions are the names of the app's functions.
func (a *App) Functions() []string {
	names := make([]string, len(a.functions))
	for i, f := range a.functions {
		names[i] = f.name
	}
	return names
}

// Ready waits until the handler answers GET / with whatever it is.
func (a *App) Ready(ctx context.Context) error {
	for {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, a.address("/"), http.NoBody)
		if err != nil {
			return err
		}
		answer, err := a.client.Do(r)
		if err == nil {
			return answer.Body.Close()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the handler does not answer: %w", err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func (a *App) address(path string) string { return "http://127.0.0.1:" + a.port + path }

// hostFile is what is understood of a host.json.
type hostFile struct {
	Version         string
	CustomHandler   customHandler
	Extensions      extensions
	ExtensionBundle struct{ ID, Version string }
}

type customHandler struct {
	Description struct {
		DefaultExecutablePath string
		Arguments             []string
	}
	EnableProxyingHTTPRequest   bool `json:"enableProxyingHttpRequest"`
	EnableForwardingHTTPRequest bool `json:"enableForwardingHttpRequest"`
}

type extensions struct {
	HTTP   struct{ RoutePrefix *string }
	Queues struct {
		MessageEncoding   string
		VisibilityTimeout string
		MaxDequeueCount   int
	}
}

func (c customHandler) mode() Mode {
	switch {
	case c.EnableProxyingHTTPRequest:
		return Proxied
	case c.EnableForwardingHTTPRequest:
		return Forwarded
	default:
		return Enveloped
	}
}

func (h hostFile) check(folder string) error {
	if h.Version != "2.0" {
		return errors.New("version is not 2.0")
	}
	program := h.CustomHandler.Description.DefaultExecutablePath
	info, err := os.Stat(filepath.Join(folder, program))
	switch {
	case program == "" || err != nil || !info.Mode().IsRegular():
		return fmt.Errorf("customHandler.description.defaultExecutablePath %q is no file of the app", program)
	case info.Mode().Perm()&0o111 == 0:
		return fmt.Errorf("%s is not executable", program)
	}
	if encoding := h.Extensions.Queues.MessageEncoding; !slices.Contains([]string{"", "base64", "none"}, encoding) {
		return fmt.Errorf("extensions.queues.messageEncoding %q is neither base64 nor none", encoding)
	}
	return nil
}

// prefix is what the paths of all routes begin with: "/api/" unless host.json says otherwise.
func (h hostFile) prefix() string {
	prefix := "api"
	if h.Extensions.HTTP.RoutePrefix != nil {
		prefix = *h.Extensions.HTTP.RoutePrefix
	}
	return strings.ReplaceAll("/"+prefix+"/", "//", "/")
}

// function is a function of the app, and how it is triggered.
type function struct {
	name    string
	trigger binding
	output  string // name of the output binding of HTTP
}

type binding struct {
	Type, Direction, Name string
	AuthLevel, Route      string   // of an httpTrigger
	Methods               []string // of an httpTrigger
	QueueName, Connection string   // of a queueTrigger
}

var functionName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,127}$`)

func (a *App) readFunctions() error {
	files, err := filepath.Glob(filepath.Join(a.folder, "*", "function.json"))
	if err != nil {
		return err
	}
	routes := map[string]string{}
	for _, file := range files {
		f := function{name: filepath.Base(filepath.Dir(file))}
		if err := f.read(file); err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
		if route := f.trigger.Route; f.trigger.Type == "httpTrigger" {
			if other, taken := routes[route]; taken {
				return fmt.Errorf("%s and %s have the route %q both", f.name, other, route)
			}
			routes[route] = f.name
		}
		a.functions = append(a.functions, f)
	}
	if len(a.functions) == 0 {
		return errors.New("the app has no function")
	}
	return nil
}

func (f *function) read(file string) error {
	var content struct{ Bindings []binding }
	if err := readJSON(file, &content); err != nil {
		return err
	}
	if !functionName.MatchString(f.name) || strings.EqualFold(f.name, "host") {
		return errors.New("no function can have this name")
	}
	triggers := 0
	for _, b := range content.Bindings {
		if err := b.check(); err != nil {
			return fmt.Errorf("the binding %q: %w", b.Name, err)
		}
		if b.Type == "http" {
			f.output = b.Name
		} else {
			f.trigger, triggers = b, triggers+1
		}
	}
	if triggers != 1 {
		return fmt.Errorf("it has %d triggers; a function has one", triggers)
	}
	if (f.trigger.Type == "httpTrigger") != (f.output != "") {
		return errors.New("an httpTrigger and an output of the type http come together")
	}
	return nil
}

func (b binding) check() error {
	is := func(direction string, of ...bool) bool {
		return b.Direction == direction && !slices.Contains(of, false)
	}
	fine := false
	switch b.Type {
	case "httpTrigger":
		fine = is("in", slices.Contains([]string{"anonymous", "function", "admin"}, b.AuthLevel), len(b.Methods) > 0, b.QueueName+b.Connection == "",
			b.Route != "", !strings.HasPrefix(b.Route, "/"), strings.Count(b.Route, "{") == strings.Count(b.Route, "{*"))
		for _, method := range b.Methods {
			fine = fine && slices.Contains([]string{"get", "head", "post"}, method)
		}
	case "http":
		fine = is("out", b.AuthLevel+b.Route+b.QueueName+b.Connection == "", b.Methods == nil)
	case "queueTrigger":
		fine = is("in", queueName.MatchString(b.QueueName), b.Connection != "", b.AuthLevel+b.Route == "", b.Methods == nil)
	}
	if !fine || b.Name == "" {
		return fmt.Errorf("it is not understood: %+v", b)
	}
	return nil
}

// queueName is what Azure Storage takes.
var queueName = regexp.MustCompile(`^[a-z0-9](-?[a-z0-9]){2,62}$`)

// readJSON reads a file, and refuses what it does not know.
func readJSON(file string, into any) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(file), err)
	}
	return nil
}
