package poll_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/adapters/event"
	"github.com/wecom-functions/wecom-functions/adapters/poll"
	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/local/testlog"
	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

// platform is a runtime API that does what a test tells it, and the function that polls it.
type platform struct {
	t    *testing.T
	sim  *wecomsim.Sim
	log  *testlog.Log
	api  poll.API
	stop context.CancelFunc
	done chan error

	mu    sync.Mutex
	polls []time.Time
	conns int
	// script is how the polls are answered, one after the other; the last one stands.
	script []http.HandlerFunc
	// posts are the answers that came; replies are the statuses that they got, one after the other; 200 after that.
	posts   []post
	replies []int
}

type post struct{ path, body string }

// newPlatform is a platform whose answers name their event, unless the test changes that.
func newPlatform(t *testing.T, script ...http.HandlerFunc) *platform {
	t.Helper()
	p := &platform{t: t, sim: wecomsim.New(), log: &testlog.Log{}, script: script, done: make(chan error, 1)}
	t.Cleanup(p.sim.Close)
	server := httptest.NewUnstartedServer(p)
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			p.mu.Lock()
			p.conns++
			p.mu.Unlock()
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	p.at(server.URL)
	return p
}

// at has the function poll an address.
func (p *platform) at(base string) {
	p.api = poll.API{
		Next: base + "/next", ByID: true,
		Response: func(id string) string { return base + "/response/" + id },
		Failure:  func(id string) string { return base + "/error/" + id },
		Event: func(header http.Header) poll.Event {
			limit, _ := strconv.Atoi(header.Get("Limit-Ms"))
			return poll.Event{Call: event.Call{RequestID: header.Get("Id")}, Limit: time.Duration(limit) * time.Millisecond}
		},
	}
}

func (p *platform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if r.URL.Path != "/next" {
		p.mu.Lock()
		p.posts = append(p.posts, post{r.URL.Path, string(body)})
		reply := http.StatusOK
		if len(p.replies) > 0 {
			reply, p.replies = p.replies[0], p.replies[1:]
		}
		p.mu.Unlock()
		w.WriteHeader(reply)
		return
	}
	p.mu.Lock()
	p.polls = append(p.polls, time.Now())
	next := nothing
	if len(p.script) > 0 {
		next, p.script = p.script[0], p.script[1:]
	}
	p.mu.Unlock()
	next(w, r)
}

// nothing holds a poll until it ends.
func nothing(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// event hands out an event.
func handOut(id, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Id", id)
		_, _ = io.WriteString(w, body)
	}
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

// raw answers with bytes of one's own, and closes the connection.
func raw(bytes string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_, _ = io.WriteString(conn, bytes)
			_ = conn.Close()
		}
	}
}

// run starts the function; it ends with the test.
func (p *platform) run() {
	p.t.Helper()
	connector, err := core.New(core.Settings{
		Connections: []connection.Settings{{Name: "bot", Type: connection.Chatbot, BaseURL: p.sim.URL(), Key: connection.Value(wecomsim.SeedChatbotKey)}},
		Logger:      slog.New(slog.NewJSONHandler(p.log, nil)),
	})
	require.NoError(p.t, err)
	ctx, stop := context.WithCancel(context.Background())
	p.stop = stop
	p.t.Cleanup(stop)
	go func() {
		p.done <- poll.Run(ctx, connector, event.New(connector, event.Options{Dialect: event.Plain}), p.api)
	}()
}

// ended is what became of the function.
func (p *platform) ended() error {
	p.t.Helper()
	select {
	case err := <-p.done:
		return err
	case <-time.After(10 * time.Second):
		require.Fail(p.t, "it does not end", p.log.String())
		return nil
	}
}

// end stops the function and waits for that.
func (p *platform) end() {
	p.t.Helper()
	p.stop()
	require.NoError(p.t, p.ended())
}

// asked are the times of the polls.
func (p *platform) asked() []time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]time.Time{}, p.polls...)
}

// posted waits for so many answers.
func (p *platform) posted(n int) []post {
	p.t.Helper()
	var posts []post
	require.Eventually(p.t, func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		posts = append([]post{}, p.posts...)
		return len(posts) >= n
	}, 10*time.Second, time.Millisecond, "%s", p.log)
	assert.Len(p.t, posts, n)
	return posts
}

// texts are what the emulated group shows.
func (p *platform) texts() []string { return p.sim.Texts() }

func (p *platform) slow(delay time.Duration) {
	p.t.Helper()
	require.NoError(p.t, p.sim.SetFaults(wecomsim.Faults{Faults: []wecomsim.Fault{
		{Match: wecomsim.Match{Path: "/cgi-bin/webhook/send"}, Do: wecomsim.Do{DelayMS: int(delay.Milliseconds())}},
	}}))
}

func text(content string) string {
	return `{"action":"chatbot.text.send","input":{"content":"` + content + `"}}`
}

// problem is what a failure was reported with.
func problem(t *testing.T, p post) fault.Problem {
	t.Helper()
	var failure struct{ ErrorType, ErrorMessage string }
	require.NoError(t, json.Unmarshal([]byte(p.body), &failure), p.body)
	var problem fault.Problem
	require.NoError(t, json.Unmarshal([]byte(failure.ErrorMessage), &problem))
	assert.Equal(t, string(problem.Kind), failure.ErrorType)
	return problem
}

func TestEventsAreAnsweredOneAfterTheOther(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, handOut("r1", text("one")), handOut("r2", `{"action":"no.such","input":{}}`), handOut("r3", text("three")))
	p.run()
	posts := p.posted(3)
	assert.Equal(t, "/response/r1", posts[0].path)
	assert.JSONEq(t, `{"action":"chatbot.text.send","output":{},"partial":false,"warnings":[],"request_id":"r1"}`, posts[0].body)
	assert.Equal(t, "/error/r2", posts[1].path)
	assert.Equal(t, fault.NotFound, problem(t, posts[1]).Kind)
	assert.Equal(t, "r2", problem(t, posts[1]).RequestID)
	assert.Equal(t, "/response/r3", posts[2].path)
	assert.Equal(t, []string{"one", "three"}, p.texts())
	require.Eventually(t, func() bool { return len(p.asked()) == 4 }, 5*time.Second, time.Millisecond)
	p.end()
	p.mu.Lock()
	defer p.mu.Unlock()
	assert.Equal(t, len(p.polls)+len(p.posts), p.conns, "no connection is used twice: it may have died while the process was frozen")
}

func TestEventsThatAreNone(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, handOut("r1", ""), handOut("r2", "not JSON"), handOut("r3", `{"action":"chatbot.text.send","inptu":{}}`),
		handOut("r4", text(strings.Repeat("x", core.MaxInput))), handOut("r5", strings.Repeat(" ", 33<<20)), handOut("r6", text("fine")))
	p.run()
	posts := p.posted(5)
	for i, says := range []string{"The event is empty.", "not a JSON object", "inptu", "takes at most 4194304"} {
		assert.Equal(t, "/error/r"+strconv.Itoa(i+1), posts[i].path)
		assert.Contains(t, problem(t, posts[i]).Detail+posts[i].body, says)
	}
	assert.Equal(t, "/response/r6", posts[4].path)
	assert.Contains(t, p.log.String(), "the event r5 has more than 33554432 bytes and was not carried out")
}

func TestPollsThatBringNothing(t *testing.T) {
	t.Parallel()
	const eachRow, eachPoll = 2, 4
	for _, test := range []struct {
		name  string
		poll  http.HandlerFunc
		logs  int
		cause string
	}{
		{"a failure of the API", status(500), eachRow, "the runtime API answers HTTP status 500"},
		{"nothing to do", status(204), eachRow, "the runtime API answers HTTP status 204"},
		{"elsewhere", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/response/x", http.StatusFound) }, eachRow, "HTTP status 302"},
		{"no HTTP", raw("SSH-2.0-OpenSSH\r\n"), eachRow, "what it says is not HTTP"},
		{"nothing at all", raw(""), eachRow, "it closes the connection"},
		{"half a header", raw("HTTP/1.1 200 OK\r\nId: r0\r\nContent-"), eachRow, "what it says is not HTTP"},
		{"half an event", raw("HTTP/1.1 200 OK\r\nId: r0\r\nContent-Length: 99\r\n\r\n{"), eachPoll, "the event r0 broke off and was not carried out"},
		{"an event without an id", handOut("", text("lost")), eachPoll, "an event came without an id, so that it cannot be answered, and was not carried out"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := newPlatform(t, test.poll, test.poll, test.poll, handOut("r1", text("fine")), test.poll, handOut("r2", text("again")))
			p.run()
			p.posted(2)
			p.end()
			assert.Equal(t, []string{"fine", "again"}, p.texts())
			assert.Equal(t, test.logs, strings.Count(p.log.String(), test.cause), "%s", p.log)
			assert.Equal(t, test.logs == eachPoll, strings.Contains(p.log.String(), `"level":"ERROR","msg":"an event is lost"`))
			assert.Equal(t, 2, strings.Count(p.log.String(), "there are events again"))
			asked := p.asked()
			assert.GreaterOrEqual(t, asked[1].Sub(asked[0]), 50*time.Millisecond)
			assert.GreaterOrEqual(t, asked[2].Sub(asked[1]), 100*time.Millisecond, "it is asked less and less often")
			assert.Less(t, asked[5].Sub(asked[4]), 400*time.Millisecond, "after an event all is well again")
		})
	}
}

// An event has what a secret must not have: the temporary keys of the function's role in its header.
func TestKeysInAHeaderAreNeverLogged(t *testing.T) {
	t.Parallel()
	const canary = "canary-of-a-temporary-key"
	key := "X-CFF-Secret-Key: " + canary + "\r\n"
	for name, answer := range map[string]string{
		"a line that is none":           "HTTP/1.1 200 OK\r\n" + key + "X-CFF-Auth-Token " + canary + "\r\n\r\n", // net/http quotes it
		"a status that is none":         "HTTP/1.1 2oo " + canary + "\r\n" + key + "\r\n",
		"a failure":                     "HTTP/1.1 500 " + canary + "\r\n" + key + "\r\n",
		"a length that is none":         "HTTP/1.1 200 OK\r\nContent-Length: " + canary + "\r\n\r\n",
		"an encoding that is none":      "HTTP/1.1 200 OK\r\nTransfer-Encoding: " + canary + "\r\n\r\n",
		"no HTTP":                       canary,
		"an address that is none":       "HTTP/1.1 302 Found\r\nLocation: ::" + canary + "\r\n\r\n",
		"half an event":                 "HTTP/1.1 200 OK\r\n" + key + "Id: r1\r\nContent-Length: 5\r\n\r\n{",
		"an event in pieces of no size": "HTTP/1.1 200 OK\r\n" + key + "Id: r1\r\nTransfer-Encoding: chunked\r\n\r\n" + canary + "\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlatform(t, raw(answer), func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("X-CFF-Secret-Key", canary)
				handOut("r2", text("fine"))(w, r)
			})
			p.run()
			assert.NotContains(t, p.posted(1)[0].body, canary)
			p.end()
			assert.Regexp(t, "there is no event; asking again|an event is lost", p.log.String())
			assert.NotContains(t, p.log.String(), canary)
		})
	}
}

func TestTheAPIIsNotAskedWithoutPause(t *testing.T) {
	t.Parallel()
	always := make([]http.HandlerFunc, 1000)
	for i := range always {
		always[i] = status(503)
	}
	p := newPlatform(t, always...)
	p.run()
	time.Sleep(1200 * time.Millisecond)
	p.end()
	assert.Less(t, len(p.asked()), 8)
	assert.Greater(t, len(p.asked()), 3)
}

func TestAnAPIThatIsGone(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"http://127.0.0.1:1", "http://:host of my own:"} {
		p := newPlatform(t)
		p.at(address)
		p.api.Patience = 300 * time.Millisecond
		began := time.Now()
		p.run()
		require.Error(t, p.ended(), address)
		assert.Greater(t, time.Since(began), 100*time.Millisecond)
		assert.Contains(t, p.log.String(), "the runtime API is gone, and so is this process")
	}
}

func TestAnAPIThatIsGoneForAMoment(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	require.NoError(t, listener.Close())
	p := newPlatform(t, handOut("r1", text("fine")))
	p.at("http://" + address)
	p.run()
	time.Sleep(300 * time.Millisecond)
	listener, err = net.Listen("tcp", address)
	require.NoError(t, err)
	server := &http.Server{Handler: p, ReadHeaderTimeout: time.Second}
	t.Cleanup(func() { _ = server.Close() })
	go func() { _ = server.Serve(listener) }()
	p.posted(1)
	assert.Equal(t, 1, strings.Count(p.log.String(), "connection refused"))
}

func TestReadinessIsReportedFirst(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, handOut("r1", text("fine")))
	p.api.Ready = strings.TrimSuffix(p.api.Next, "next") + "ready"
	p.replies = []int{500, 404}
	p.run()
	posts := p.posted(4)
	for _, ready := range posts[:3] {
		assert.Equal(t, post{"/ready", " "}, ready, "SCF takes no empty body")
	}
	assert.Equal(t, "/response/r1", posts[3].path)
}

func TestAnswersThatAreNotTakenAtOnce(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, handOut("r1", text("once")), handOut("r2", text("next")))
	p.replies = []int{500, 503}
	p.run()
	posts := p.posted(4)
	assert.Equal(t, posts[0], posts[1], "the same bytes")
	assert.Equal(t, posts[0], posts[2])
	assert.Equal(t, "/response/r2", posts[3].path)
	assert.Equal(t, []string{"once", "next"}, p.texts())
}

// Where answers do not name their event, a second copy could be taken for the answer to the next one.
func TestAnswersWithoutAnIDAreNotRepeated(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, handOut("r1", text("once")), handOut("r1", text("once")), handOut("r2", text("next")))
	p.api.ByID = false
	p.replies = []int{500}
	p.run()
	posts := p.posted(3)
	assert.Equal(t, posts[0], posts[1], "the event came back, and was answered with what was made of it")
	assert.Equal(t, "/response/r2", posts[2].path)
	assert.Equal(t, []string{"once", "next"}, p.texts())
	assert.Equal(t, 1, strings.Count(p.log.String(), "the answer could not be handed over; the platform does not know it"))
}

func TestAnswersThatAreRefused(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, handOut("r1", text("sent")), handOut("r2", "x"), handOut("r3", text("fine")))
	p.replies = []int{413, 200, 404}
	p.run()
	posts := p.posted(4)
	assert.Equal(t, "/response/r1", posts[0].path)
	assert.Equal(t, "/error/r1", posts[1].path, "the caller is not left waiting")
	assert.Equal(t, "answer_refused", problem(t, posts[1]).Reason)
	assert.Contains(t, problem(t, posts[1]).Detail, "HTTP status 413. The call may have been carried out.")
	assert.Equal(t, "r1", problem(t, posts[1]).RequestID)
	assert.Equal(t, "/error/r2", posts[2].path)
	assert.Equal(t, "/response/r3", posts[3].path)
	assert.Equal(t, 1, strings.Count(p.log.String(), "the answer could not be handed over"))
	assert.Contains(t, p.log.String(), `"request_id":"r2"`)
}

func TestTheLimitOfThePlatformIsTheDeadline(t *testing.T) {
	t.Parallel()
	var handed time.Time
	p := newPlatform(t, func(w http.ResponseWriter, r *http.Request) {
		handed = time.Now()
		w.Header().Set("Limit-Ms", "700")
		handOut("r1", text("slow"))(w, r)
	})
	p.slow(5 * time.Second)
	p.run()
	posts := p.posted(1)
	assert.Equal(t, fault.OutcomeUnknown, problem(t, posts[0]).Kind)
	assert.Less(t, time.Since(handed), 700*time.Millisecond)
}

func TestItEndsAtOnceWhileThereIsNothingToDo(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.run()
	require.Eventually(t, func() bool { return len(p.asked()) == 1 }, 5*time.Second, time.Millisecond)
	p.end()
	assert.Contains(t, p.log.String(), `"msg":"stopped"`)
	assert.NotContains(t, p.log.String(), "there is no event")
}

func TestTheEventUnderWayIsAnsweredBeforeTheEnd(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, handOut("r1", text("slow")), handOut("r2", text("never")))
	p.slow(400 * time.Millisecond)
	p.run()
	require.Eventually(t, func() bool { return len(p.asked()) == 1 }, 5*time.Second, time.Millisecond)
	time.Sleep(100 * time.Millisecond) // the event is under way
	p.end()
	assert.Equal(t, "/response/r1", p.posted(1)[0].path)
	assert.Equal(t, []string{"slow"}, p.texts())
	assert.Len(t, p.asked(), 1, "no other is asked for")
}

// runToTheEnd runs a function that is told to stop when the header of an event has arrived, and its body has not.
func runToTheEnd(t *testing.T, body http.HandlerFunc) *platform {
	t.Helper()
	var p *platform
	p = newPlatform(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Id", "r1")
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
		time.Sleep(100 * time.Millisecond) // its header has arrived
		p.stop()
		time.Sleep(100 * time.Millisecond)
		body(w, r)
	})
	p.run()
	require.NoError(t, p.ended())
	return p
}

func TestAnEventThatArrivesAtTheEndIsAnswered(t *testing.T) {
	t.Parallel()
	p := runToTheEnd(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text("late")) })
	assert.Equal(t, "/response/r1", p.posted(1)[0].path)
}

func TestAnEventThatBreaksOffAtTheEndIsLogged(t *testing.T) {
	t.Parallel()
	p := runToTheEnd(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	assert.Contains(t, p.log.String(), `"msg":"an event is lost","cause":"the event r1 broke off and was not carried out`)
}

func TestFailureSaysEverythingOnce(t *testing.T) {
	t.Parallel()
	e := fault.New(fault.Conflict, `"quoted" & <tagged>`)
	e.RequestID = "r1"
	assert.JSONEq(t, string(e.JSON()), func() string {
		var failure struct{ ErrorMessage string }
		require.NoError(t, json.Unmarshal(poll.Failure(e), &failure))
		return failure.ErrorMessage
	}())
	assert.Contains(t, string(poll.Failure(errors.New("a bug"))), `"errorType":"internal"`)
}
