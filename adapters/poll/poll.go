package poll

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/wecom-functions/wecom-functions/adapters/event"
	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/core/rawjson"
)

// API is a platform's runtime API.
type API struct {
	// Ready is the URL that the process is reported ready at before it asks for events; "" where that is not wanted.
	Ready string
	// Next is the URL that the next event is asked for at. It answers when there is one.
	Next string
	// Event reads what the header of an event says of it.
	Event func(http.Header) Event
	// Response and Failure are the URLs that an answer is handed over at, by the event's id.
	Response, Failure func(id string) string
	// ByID: these URLs name the event. An answer can be handed over twice then, and only what has an id can be answered.
	ByID bool
	// Patience is for how long it is asked in vain before the process gives up; 0 for DefaultPatience.
	Patience time.Duration
}

// DefaultPatience is what a runtime API that cannot be reached is given. Without one there is nothing to live for.
const DefaultPatience = time.Minute

// Event is what the platform says of an event beside its bytes.
type Event struct {
	event.Call
	// Limit is what the platform lets the call take; 0 where it does not say.
	Limit time.Duration
}

// Failure is how a failure is reported: its type is the kind, its message the whole problem as JSON.
func Failure(err error) []byte {
	e := fault.From(err)
	report := map[string]string{"errorType": string(e.Kind), "errorMessage": string(e.JSON())}
	body, _ := rawjson.Marshal(report) // strings can be written
	return body
}

// Serve serves events until SIGTERM or SIGINT; the one under way is answered before. A second signal ends the process.
// The error says that the runtime API is gone; it is in the log already.
func Serve(c *core.Connector, events *event.Handler, api API) error {
	signal.Ignore(syscall.SIGPIPE) // a log whose reader went away must not end the process
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // from here on signals do what they do by themselves
	return Run(ctx, c, events, api)
}

// Run serves events until the context ends; the one under way is answered before.
func Run(ctx context.Context, c *core.Connector, events *event.Handler, api API) error {
	l := loop{api: api, events: events, logger: c.Logger(), client: newClient(), ready: api.Ready == ""}
	if l.api.Patience == 0 {
		l.api.Patience = DefaultPatience
	}
	l.logger.Info("polling", "url", api.Next, "actions", len(c.Actions()))
	troubles := trouble{logger: l.logger, patience: l.api.Patience}
	for ctx.Err() == nil {
		began := time.Now()
		err := l.turn(ctx)
		switch {
		case err == nil:
			troubles.end()
		case !troubles.endure(ctx, err, time.Since(began)):
			l.logger.Error("the runtime API is gone, and so is this process", "cause", err.Error())
			return err
		}
	}
	l.logger.Info("stopped")
	return nil
}

// loop is the state of a runtime.
type loop struct {
	api    API
	events *event.Handler
	logger *slog.Logger
	client *http.Client
	ready  bool
	// kept is the last answer where it could not be handed over.
	kept *answer
}

// turn asks for one event, and answers it.
func (l *loop) turn(ctx context.Context) error {
	if !l.ready {
		if err := l.post(ctx, l.api.Ready, []byte(" ")); err != nil { // SCF takes no empty body
			return err
		}
		l.ready = true
	}
	received, err := l.next(ctx)
	if err != nil {
		return err
	}
	l.handOver(l.serve(received))
	return nil
}

// answer is what became of an event.
type answer struct {
	id     string
	failed bool
	body   []byte
}

// serve serves an event, once: if it comes back because its answer did not arrive, that answer is all that it gets.
func (l *loop) serve(r *received) answer {
	if l.kept != nil && l.kept.id == r.RequestID && r.RequestID != "" {
		return *l.kept
	}
	l.kept = nil
	ctx, cancel := context.Background(), func() {} // not the loop's: what is under way is finished
	if r.Limit > 0 {
		ctx, cancel = context.WithDeadline(ctx, r.arrived.Add(r.Limit))
	}
	defer cancel()
	body, err := l.events.Serve(ctx, r.body, r.Call)
	if err != nil {
		return answer{r.RequestID, true, Failure(err)}
	}
	return answer{r.RequestID, false, body}
}

// handOver hands an answer over, or says in the log that nobody took it.
func (l *loop) handOver(a answer) {
	url := l.api.Response
	if a.failed {
		url = l.api.Failure
	}
	err := l.deliver(url(a.id), a.body)
	if errors.Is(err, errRefused) && !a.failed {
		e := fault.New(fault.Internal, "The platform did not take the answer: %v. The call may have been carried out.", err)
		e.Reason, e.RequestID = "answer_refused", a.id
		a = answer{a.id, true, Failure(e)}
		err = l.deliver(l.api.Failure(a.id), a.body)
	}
	l.kept = nil
	if err != nil {
		l.kept = &a
		l.logger.Error("the answer could not be handed over; the platform does not know it",
			"request_id", a.id, "failed", a.failed, "cause", err.Error())
	}
}
