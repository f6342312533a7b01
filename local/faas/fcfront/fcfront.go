package fcfront

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Canary begins every temporary key in the header of a call; nothing may ever show it.
const Canary = "canary-of-a-temporary-key"

const (
	maxEvent      = 32 << 20
	maxAsyncEvent = 128 << 10
	maxRetries    = 3
	// timeout is the function's limit, where an invocation gives no other.
	timeout = 60 * time.Second
)

// Front calls a custom runtime on a port of its own.
type Front struct {
	port   string
	client http.Client
	dials  atomic.Int64
}

// New chooses a port.
func New() (*Front, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	defer listener.Close()
	f := &Front{}
	_, f.port, err = net.SplitHostPort(listener.Addr().String())
	var dialer net.Dialer
	f.client.Transport = &http.Transport{
		MaxIdleConnsPerHost: 100,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			f.dials.Add(1)
			return dialer.DialContext(ctx, network, address)
		},
	}
	f.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return f, err
}

// Environment is what the platform adds to the runtime's environment.
func (f *Front) Environment() []string {
	return []string{
		"FC_CUSTOM_LISTEN_PORT=" + f.port, "FC_SERVER_PORT=" + f.port, "FC_FUNCTION_NAME=wecom", "FC_FUNCTION_HANDLER=index.handler",
		"FC_REGION=cn-hangzhou", "FC_ACCOUNT_ID=1186202104330001", "FC_INSTANCE_ID=c-65e59b07-1520da26",
	}
}

// Address is where the runtime is to listen.
func (f *Front) Address() string { return "127.0.0.1:" + f.port }

// Dials counts the connections that were opened to the runtime.
func (f *Front) Dials() int { return int(f.dials.Load()) }

// Ready waits until something listens on the port.
func (f *Front) Ready(ctx context.Context) error {
	for {
		connection, err := net.Dial("tcp", f.Address())
		if err == nil {
			return connection.Close()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("nothing listens: %w", err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Initialize makes the call before the first one.
func (f *Front) Initialize(ctx context.Context) error {
	return f.callback(ctx, http.MethodPost, "/initialize")
}

// PreStop makes the call before the end.
func (f *Front) PreStop(ctx context.Context) error {
	return f.callback(ctx, http.MethodGet, "/pre-stop")
}

func (f *Front) callback(ctx context.Context, method, path string) error {
	answer, err := f.post(ctx, method, path, Invocation{})
	if err == nil && answer.Failed {
		err = fmt.Errorf("%s failed: %s", path, answer.Payload)
	}
	return err
}

// Invocation is one event for the function.
type Invocation struct {
	Payload []byte
	// RequestID is made if it is empty.
	RequestID string
	// Timeout is the function's limit, in whole seconds; 60 if it is zero.
	Timeout time.Duration
	// Header replaces fields of the call's header; an empty value removes one.
	Header map[string]string
	retry  int
}

// Answer is what the function made of an event.
type Answer struct {
	Payload []byte
	// Failed: the function said so.
	Failed bool
}

// Invoke has the function take an event, and waits for its answer. A failure that it tells is part of the answer; the
// error is for everything else.
func (f *Front) Invoke(ctx context.Context, i Invocation) (Answer, error) {
	if len(i.Payload) > maxEvent {
		return Answer{}, fmt.Errorf("an event of %d bytes is refused", len(i.Payload))
	}
	return f.post(ctx, http.MethodPost, "/invoke", i)
}

// InvokeAsync has the function take an event, again after each failure, without waiting between. It returns how often.
func (f *Front) InvokeAsync(ctx context.Context, i Invocation) (attempts int, last Answer, err error) {
	if len(i.Payload) > maxAsyncEvent {
		return 0, Answer{}, fmt.Errorf("an asynchronous event of %d bytes is refused", len(i.Payload))
	}
	i.RequestID = cmp.Or(i.RequestID, newID())
	for i.retry = 0; i.retry <= maxRetries; i.retry++ {
		last, err = f.Invoke(ctx, i)
		attempts++
		if err == nil && !last.Failed {
			break
		}
	}
	return attempts, last, err
}

func (f *Front) post(ctx context.Context, method, control string, i Invocation) (Answer, error) {
	r, err := http.NewRequestWithContext(ctx, method, "http://"+f.Address()+control, bytes.NewReader(i.Payload))
	if err != nil {
		return Answer{}, err
	}
	r.Header.Set("Content-Type", "application/octet-stream")
	i.mark(r.Header, control)
	answer, err := f.client.Do(r)
	if err != nil {
		return Answer{}, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return Answer{}, err
	}
	said := cmp.Or(answer.Header.Get("X-Fc-Status"), "200")
	switch {
	case answer.StatusCode == http.StatusOK && said == "200":
		return Answer{Payload: body}, nil
	case answer.StatusCode == http.StatusNotFound && said == "404":
		return Answer{Payload: body, Failed: true}, nil
	default:
		return Answer{}, fmt.Errorf("the runtime answered %d with x-fc-status %q: %s", answer.StatusCode, said, body)
	}
}

// mark adds what the platform says of a call.
func (i Invocation) mark(header http.Header, control string) {
	limit := cmp.Or(i.Timeout, timeout)
	for name, value := range map[string]string{
		"X-Fc-Control-Path": control, "X-Fc-Request-Id": cmp.Or(i.RequestID, newID()),
		"X-Fc-Access-Key-Id": Canary + "-id", "X-Fc-Access-Key-Secret": Canary + "-secret", "X-Fc-Security-Token": Canary + "-token",
		"X-Fc-Function-Name": "wecom", "X-Fc-Function-Handler": "index.handler", "X-Fc-Function-Memory": "128",
		"X-Fc-Function-Timeout": strconv.Itoa(int(limit.Seconds())), "X-Fc-Region": "cn-hangzhou", "X-Fc-Account-Id": "1186202104330001",
		"X-Fc-Qualifier": "LATEST", "X-Fc-Version-Id": "", "X-Fc-Retry-Count": strconv.Itoa(i.retry),
	} {
		header.Set(name, value)
	}
	for name, value := range i.Header {
		if header.Set(name, value); value == "" {
			header.Del(name)
		}
	}
}

func newID() string {
	var b [14]byte
	_, _ = rand.Read(b[:]) // it never fails
	return fmt.Sprintf("1-%x-%x-%x", b[:4], b[4:8], b[8:])
}

// The headers that only the platform sets.
var (
	notInRequests = []string{"Connection", "Keep-Alive"}
	ofThePlatform = []string{"Connection", "Content-Length", "Date", "Keep-Alive", "Server"}
)

const reserved = "X-Fc-"

// ServeHTTP is the HTTP trigger: it hands a request over, and its answer back.
func (f *Front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for name := range r.Header {
		if strings.HasPrefix(name, reserved) || slices.Contains(notInRequests, name) {
			refuse(w, http.StatusBadRequest, "InvalidArgument: the header "+name)
			return
		}
	}
	call, err := http.NewRequestWithContext(r.Context(), r.Method, "http://"+f.Address()+r.URL.RequestURI(), http.MaxBytesReader(w, r.Body, maxEvent))
	if err != nil {
		refuse(w, http.StatusBadRequest, "InvalidArgument: the URL")
		return
	}
	call.Header, call.Host, call.ContentLength = r.Header.Clone(), r.Host, r.ContentLength
	Invocation{}.mark(call.Header, "/http-invoke")
	answer, err := f.client.Do(call)
	if err != nil {
		refuse(w, http.StatusBadGateway, "the runtime does not answer: "+err.Error())
		return
	}
	defer answer.Body.Close()
	for name, values := range answer.Header {
		if strings.HasPrefix(name, reserved) {
			refuse(w, http.StatusBadGateway, "the runtime set the header "+name)
			return
		}
		if !slices.Contains(ofThePlatform, name) {
			w.Header()[name] = values
		}
	}
	w.Header().Set("X-Fc-Request-Id", call.Header.Get("X-Fc-Request-Id"))
	w.WriteHeader(answer.StatusCode)
	_, _ = io.Copy(w, answer.Body) // it fails where the caller is gone
}

func refuse(w http.ResponseWriter, status int, why string) {
	w.WriteHeader(status)
	_, _ = io.WriteString(w, why)
}
