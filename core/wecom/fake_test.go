package wecom_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

// The canaries: no output may hold one, in any spelling.
const (
	corpID         = "ww0123456789abcdef"
	appSecret      = "canaryAPP+secret/0123456789=&%_of-the-app"
	contactsSecret = "canaryCONTACTS-secret_9876543210-of-contacts"
	tokenCanary    = "canaryTOKEN+/=&%-of-access-0123456789-"
	webhookKey     = "canaryKEY-693a91f6-7a0c-4bc4-97a0-0ec2fa5aaa11"
)

// request is one that the fake received.
type request struct {
	method, path, body string
	query              url.Values
	header             http.Header
}

// reply answers a request, or does not.
type reply func(w http.ResponseWriter, r *http.Request)

// fake is a WeCom that says what a test tells it to.
type fake struct {
	*httptest.Server
	tokens string // gettoken's answer, with %s for the token

	mu       sync.Mutex
	calls    []request
	gettoken []request
	script   map[string][]reply // what comes next, by path; then "always", then success
	always   map[string]reply
	conns    map[string]bool
}

func newFake(t *testing.T) *fake {
	t.Helper()
	f := unstarted()
	f.Start()
	f.closeAfter(t)
	return f
}

func (f *fake) closeAfter(t *testing.T) {
	t.Cleanup(func() {
		f.mu.Lock()
		clear(f.script)
		clear(f.always)
		f.mu.Unlock()
		f.CloseClientConnections() // ends what hangs; a fetch of a token that tries again finds success
		f.Close()
	})
}

func unstarted() *fake {
	f := &fake{
		tokens: `{"errcode":0,"errmsg":"ok","access_token":%s,"expires_in":7200}`,
		script: map[string][]reply{}, always: map[string]reply{}, conns: map[string]bool{},
	}
	f.Server = httptest.NewUnstartedServer(f)
	f.Config.ErrorLog = log.New(io.Discard, "", 0)
	return f
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	path := strings.TrimPrefix(r.URL.Path, "/cgi-bin/")
	f.next(path, request{r.Method, path, string(body), r.URL.Query(), r.Header}, r.RemoteAddr)(w, r)
}

// next notes the request and finds what to answer to it.
func (f *fake) next(path string, got request, from string) reply {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.conns[from] = true
	if path == "gettoken" {
		f.gettoken = append(f.gettoken, got)
	} else {
		f.calls = append(f.calls, got)
	}
	if next := f.script[path]; len(next) > 0 {
		f.script[path] = next[1:]
		return next[0]
	}
	switch {
	case f.always[path] != nil:
		return f.always[path]
	case path == "gettoken":
		quoted, _ := json.Marshal(fmt.Sprintf("%s%d", tokenCanary, len(f.gettoken)))
		return says(fmt.Sprintf(f.tokens, quoted))
	default:
		return success
	}
}

// answers scripts the next answers to a path.
func (f *fake) answers(path string, replies ...reply) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.script[path] = append(f.script[path], replies...)
}

func (f *fake) alwaysAnswers(path string, r reply) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.always[path] = r
}

func (f *fake) received() []request {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.calls)
}

func (f *fake) tokenRequests() []request {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.gettoken)
}

func (f *fake) connections() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.conns)
}

func says(body string) reply {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=UTF-8")
		_, _ = io.WriteString(w, body)
	}
}

var success = says(`{"errcode":0,"errmsg":"ok","msgid":"m1"}`)

func errcode(code int64) reply {
	return says(fmt.Sprintf(`{"errcode":%d,"errmsg":"refused, hint: [1789100000123456789012345], from ip: 203.0.113.9, more info"}`, code))
}

func status(code int, body string, header ...string) reply {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}
}

const htmlPage = "<html><body><h1>502 Bad Gateway</h1></body></html>"

// resets takes the whole request and then answers with a reset.
func resets(w http.ResponseWriter, _ *http.Request) { hangUp(w, "") }

// hangUp writes the beginning of an answer and resets the connection.
func hangUp(w http.ResponseWriter, beginning string) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	_, _ = io.WriteString(conn, beginning)
	if tcp, ok := conn.(*net.TCPConn); ok && beginning == "" {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

func cutsOff(beginning string) reply {
	return func(w http.ResponseWriter, _ *http.Request) { hangUp(w, beginning) }
}

// hangs until the caller gives up.
func hangs(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// waits and then answers.
func waits(d time.Duration, then reply) reply {
	return func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(d)
		then(w, r)
	}
}

// clock does not sleep, and can jump.
type clock struct {
	mu    sync.Mutex
	ahead time.Duration
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

func (c *clock) Sleep(ctx context.Context, _ time.Duration) error { return ctx.Err() }

func (c *clock) jump(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}

// at are the settings of an application whose WeCom is at the address.
func at(t *testing.T, base string) connection.Settings {
	t.Helper()
	transport := wecom.NewTransport(nil)
	t.Cleanup(transport.CloseIdleConnections)
	return connection.Settings{
		Name: "default", Type: connection.Application, CorpID: corpID, Secret: connection.Value(appSecret), AgentID: 1000002,
		BaseURL: base, Transport: transport,
	}
}

func newApp(t *testing.T, f *fake, options wecom.Options) *wecom.App {
	t.Helper()
	return wecom.NewApp(at(t, f.URL), options)
}

// impatient are options under which no back-off takes time.
func impatient() wecom.Options { return wecom.Options{Clock: &clock{}} }

// message is a body with all that encoding/json likes to escape.
type message struct {
	ToUser  string `json:"touser"`
	Content string `json:"content"`
}

var hello = message{"zhangsan|lisi", "磁盘 <b>91 %</b> & rising\u2028next line"}

const helloBytes = "{\"touser\":\"zhangsan|lisi\",\"content\":\"磁盘 <b>91 %</b> & rising\u2028next line\"}"

// sent is what message/send answers.
type sent struct {
	wecom.Status
	MsgID string `json:"msgid"`
}

// class is a call of one effect.
type class struct {
	name string
	call wecom.Call
}

// classes in the order of the columns of the table of what may be sent again.
var classes = []class{
	{"Read", wecom.Call{Path: "department/simplelist", Query: url.Values{"id": {"1"}}, Effect: wecom.Read}},
	{"Set", wecom.Call{Path: "department/update", Body: hello, Effect: wecom.Set}},
	{"Create", wecom.Call{Path: "appchat/create", Body: hello, Effect: wecom.Create}},
	{"CreateKeyed", wecom.Call{Path: "user/create", Body: hello, Effect: wecom.CreateKeyed}},
	{"Send", wecom.Call{Path: "appchat/send", Body: hello, Effect: wecom.Send}},
	{"SendChecked", wecom.Call{Path: "message/send", Body: hello, Effect: wecom.SendChecked}},
}

func send(ctx context.Context, client wecom.Client) error {
	_, err := wecom.Do[*sent](ctx, client, wecom.Call{Path: "message/send", Body: hello, Effect: wecom.Send})
	return err
}

func read(ctx context.Context, client wecom.Client) error {
	_, err := wecom.Do[*wecom.Empty](ctx, client, wecom.Call{Path: "department/simplelist", Effect: wecom.Read})
	return err
}

// requireFault finds the error of a kind and reason.
func requireFault(t *testing.T, err error, kind fault.Kind, reason string) *fault.Error {
	t.Helper()
	require.ErrorIs(t, err, kind)
	e := fault.From(err)
	assert.Equal(t, reason, e.Reason, "%v", err)
	assert.Equal(t, e.Retryable(), e.RetryAfter > 0, "retryable errors say when, others do not: %v %v", err, e.RetryAfter)
	return e
}

// bodiesOf are the bodies that went to one path.
func bodiesOf(calls []request) []string {
	bodies := make([]string, len(calls))
	for i, c := range calls {
		bodies[i] = c.body
	}
	return bodies
}

func tokensOf(calls []request) []string {
	var tokens []string
	for _, c := range calls {
		tokens = append(tokens, c.query.Get("access_token"))
	}
	return tokens
}

// memory is a RoundTripper without a network, for tests in virtual time.
type memory func(*http.Request) (string, error)

func (m memory) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer func() { _ = r.Body.Close() }()
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	body, err := m(r)
	if err != nil {
		return nil, err
	}
	code := http.StatusOK
	header := http.Header{}
	if n, err := fmt.Sscanf(body, "HTTP %d", &code); n == 1 && err == nil {
		_, after, _ := strings.Cut(body, "Retry-After: ")
		header.Set("Retry-After", after)
	}
	return &http.Response{StatusCode: code, Header: header, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body))}, nil
}

// inMemory are the settings of an application whose WeCom is a function.
func inMemory(m memory) connection.Settings {
	return connection.Settings{
		Name: "default", Type: connection.Application, CorpID: corpID, Secret: connection.Value(appSecret),
		BaseURL: "http://127.0.0.1:1", Transport: m,
	}
}

func isGettoken(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/gettoken") }

const tokenAnswer = `{"errcode":0,"errmsg":"ok","access_token":"` + tokenCanary + `","expires_in":7200}`

var errReset = &net.OpError{Op: "read", Net: "tcp", Err: errors.New("connection reset by peer")}
