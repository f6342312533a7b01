package core

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/caller"
	"github.com/wecom-functions/wecom-functions/core/catalog"
	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/core/describe"
	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/core/fetch"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

// Version is the version of the connector. Builds set it with -ldflags.
var Version = "dev"

// Settings are all that a connector needs to know. The zero value of every member but Connections is fit for use.
type Settings struct {
	Connections []connection.Settings
	// Actions limits what may be run: ids in any of their spellings, or patterns such as "message.*". Empty: everything.
	Actions []string
	// Callers is who may call over HTTP. The core leaves it to the HTTP faces; see package caller.
	Callers caller.Policy
	// Links says where files may be fetched from. Without hosts no link is followed.
	Links fetch.Settings
	// Logger gets one line for each call; nil for none.
	Logger *slog.Logger
	// Clock is the time; nil for the system's.
	Clock wecom.Clock
	// IdleTimeout: see wecom.Options; 0 for wecom.DefaultIdleTimeout.
	IdleTimeout time.Duration
}

// Connector runs actions. It is safe for concurrent use.
type Connector struct {
	settings Settings
	options  wecom.Options
	links    *fetch.Fetcher
	allowed  []*catalog.Action
	broken   *fault.Error

	mu      sync.Mutex
	clients map[string]wecom.Client // by connection name, made at the first call
}

// New makes a connector. It does nothing that can wait: no call, no dial, no file is read.
//
// If the settings break a rule, New returns the problems as a Misconfigured error together with a connector whose
// every Invoke answers just that: a function that cannot be started right should say so to its callers.
func New(settings Settings) (*Connector, error) {
	if settings.Logger == nil {
		settings.Logger = slog.New(slog.DiscardHandler)
	}
	c := &Connector{
		settings: settings, allowed: settings.allowed(), clients: make(map[string]wecom.Client),
		options: wecom.Options{
			Clock: settings.Clock, Budget: &wecom.Budget{}, IdleTimeout: settings.IdleTimeout,
			UserAgent: "wecom-functions/" + Version,
		},
	}
	settings.Links.UserAgent = c.options.UserAgent
	c.links = fetch.New(settings.Links)
	if problems := settings.problems(); len(problems) > 0 {
		c.broken = fault.New(fault.Misconfigured, "The settings of this deployment are wrong: %s.", strings.Join(problems, "; ")).
			Because("config")
	}
	return c, c.Err()
}

// Misconfigured makes a connector that answers every call with err, for a platform whose settings could not all be read.
// Of those that were, the logger counts, and who may call: what is wrong is not for everybody.
func Misconfigured(settings Settings, err error) *Connector {
	c, _ := New(Settings{Logger: settings.Logger, Callers: settings.Callers}) // which have no rule to break
	if known, ok := errors.AsType[*fault.Error](err); ok {
		c.broken = known
	} else {
		c.broken = fault.New(fault.Misconfigured, "%s", err.Error()).Because("config")
	}
	return c
}

// problems says every rule that the settings break.
func (s Settings) problems() []string {
	var problems []string
	seen := make(map[string]bool, len(s.Connections))
	for _, one := range s.Connections {
		for _, problem := range one.Validate() {
			problems = append(problems, "connection "+one.Name+": "+problem.Setting+" "+problem.Detail)
		}
		if seen[one.Name] {
			problems = append(problems, "connection "+one.Name+" stands twice")
		}
		seen[one.Name] = true
	}
	for _, selector := range s.Actions {
		if !slices.ContainsFunc(catalog.IDs(), func(id string) bool { return describe.Selects(selector, id) }) {
			problems = append(problems, "no action is called "+selector)
		}
	}
	for _, host := range s.Links.Hosts {
		if wrong := fetch.CheckHost(host); wrong != "" {
			problems = append(problems, "a host that links may lead to "+wrong)
		}
	}
	return problems
}

// allowed lists the actions that may be run, in the order of the catalogue.
func (s Settings) allowed() []*catalog.Action {
	if len(s.Actions) == 0 {
		return catalog.Actions()
	}
	return slices.DeleteFunc(slices.Clone(catalog.Actions()), func(a *catalog.Action) bool {
		return !slices.ContainsFunc(s.Actions, func(selector string) bool { return describe.Selects(selector, a.ID) })
	})
}

// Actions lists what may be run here, in the order of the catalogue.
func (c *Connector) Actions() []*catalog.Action { return c.allowed }

// Sole is the action of a deployment that is limited to one; "" where there are several.
func (c *Connector) Sole() string {
	if len(c.allowed) != 1 {
		return ""
	}
	return c.allowed[0].ID
}

// Connections lists the settings of the connections.
func (c *Connector) Connections() []connection.Settings { return c.settings.Connections }

// Callers is who may call over HTTP.
func (c *Connector) Callers() caller.Policy { return c.settings.Callers }

// Logger is where the lines of calls go; never nil.
func (c *Connector) Logger() *slog.Logger { return c.settings.Logger }

// Err is the error that every call is answered with because the settings are wrong; nil if they are right.
func (c *Connector) Err() error {
	if c.broken == nil {
		return nil
	}
	return c.broken
}

// Request is one call of an action.
type Request struct {
	// Action is the id.
	Action string
	// Connection names the connection; may be empty where one fits.
	Connection string
	// Input is one JSON object.
	Input []byte
	// File is a file as a stream, for an action that takes one; see catalog.Action.TakesStream. It stands for the fields
	// filename and content of the input.
	File *File
	// RequestID is the caller's id of the call; one is made if it is empty.
	RequestID string
	// TraceID is the id of the trace that the call belongs to, for the log; may be empty.
	TraceID string
	// Caller is the name of who calls, for the log; may be empty.
	Caller string
	// AtLeastOnce: the trigger may deliver the call more than once. Messages then go out under WeCom's duplicate check,
	// unless the input decides on it.
	AtLeastOnce bool
}

// File is a file that is sent on to WeCom while it comes.
type File struct {
	Name string
	// Size is how many bytes Content has, exactly.
	Size int64
	// Content is read once, and not to its end if the call fails.
	Content io.Reader
	// Cancel makes a Read of Content that waits return, as the end of the call's context demands; nil if no Read waits. It
	// may be called when none does, and after the last one.
	Cancel func()
}

const maxRequestID = 128

// ValidRequestID tells whether an id of somebody else's is short and plain enough for logs, headers and answers.
func ValidRequestID(id string) bool {
	for i := range len(id) {
		switch c := id[i]; {
		case '0' <= c && c <= '9', 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z', c == '.', c == '_', c == '-':
		default:
			return false
		}
	}
	return id != "" && len(id) <= maxRequestID
}

// Result is what a call that succeeded answers.
type Result struct {
	Action string `json:"action"`
	// Output is WeCom's answer without errcode and errmsg, under WeCom's names; an object, {} if there is nothing.
	Output any `json:"output"`
	// Partial: WeCom accepted the message but named recipients that it refused; Output lists them.
	Partial   bool            `json:"partial"`
	Warnings  []fault.Warning `json:"warnings"`
	RequestID string          `json:"request_id"`
}

// What a call may take, and bring, unless a platform has limits of its own: of an action that takes files, which says so
// by its methods Timeout and MaxInput, and of every other one.
const (
	// DefaultTimeout bounds a call whose context has no deadline.
	DefaultTimeout = catalog.Timeout
	// FileTimeout is DefaultTimeout of the actions that take files.
	FileTimeout = catalog.FileTimeout
	// MaxInput bounds an input in bytes. Who reads the input for a caller sees to it.
	MaxInput = catalog.MaxInput
	// MaxFileInput is MaxInput of the actions that take files.
	MaxFileInput = catalog.MaxFileInput
)

// Invoke runs an action. Its error is always a *fault.Error.
//
// It returns within 50 ms of the context's deadline. If there is none, it takes 15 seconds at most, and 120 with an action
// that takes files.
func (c *Connector) Invoke(ctx context.Context, request Request) (Result, error) {
	started := c.now()
	if request.RequestID == "" {
		request.RequestID = rand.Text()
	}
	trace := &wecom.Trace{}
	output, warnings, err := c.run(wecom.WithTrace(ctx, trace), &request)
	c.log(ctx, request, trace, started, err)
	if err != nil {
		e := fault.From(err)
		e.RequestID = request.RequestID
		if e.Action == "" && c.Lookup(request.Action) != nil {
			e.Action = request.Action
		}
		return Result{}, e
	}
	return Result{
		Action: request.Action, Output: output, Partial: trace.Partial,
		Warnings: append(warnings, trace.Warnings...), RequestID: request.RequestID,
	}, nil
}

// run finds the action and its connection, reads the input and calls WeCom. In the request it leaves the name of the
// connection that was taken, for the log; "" if none was, for an unknown name is the caller's text.
func (c *Connector) run(ctx context.Context, request *Request) (output any, warnings []fault.Warning, err error) {
	wanted := request.Connection
	request.Connection = ""
	if c.broken != nil {
		e := *c.broken // each caller gets its own, to complete
		return nil, nil, &e
	}
	called, err := c.find(request.Action)
	if err != nil {
		return nil, nil, err
	}
	if _, has := ctx.Deadline(); !has {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, called.Timeout())
		defer cancel()
	}
	form := called.Borrow()
	defer called.Return(form)
	if request.File != nil {
		if err := supply(called, form, request.File); err != nil {
			return nil, nil, err
		}
	}
	report := form.Decode(request.Input)
	if len(report.Violations) > 0 {
		return nil, nil, fault.Invalid(report.Violations...)
	}
	if message, ok := form.Input.(catalog.DuplicateChecker); ok && request.AtLeastOnce {
		message.CheckDuplicates()
	}
	settings, err := connection.Pick(c.settings.Connections, wanted, called.Connection)
	if err != nil {
		return nil, nil, err
	}
	request.Connection = settings.Name
	if taker, ok := form.Input.(catalog.FileTaker); ok {
		taker.TakeFiles(c.desk(settings, request.File))
	}
	output, err = called.Run(ctx, c.client(settings), form.Input)
	return output, append([]fault.Warning{}, report.Warnings...), err
}

// supply gives the input the file that came beside it.
func supply(called *catalog.Action, form *action.Form, file *File) error {
	if !called.TakesStream() {
		return fault.New(fault.InvalidInput, "The action %s takes no file beside its input.", called.ID).Because("validation").
			WithHint("Upload the file with media.upload or chatbot.media.upload, or give it in the input.")
	}
	form.Supply("filename", file.Name)
	form.SupplyUnread("content")
	return nil
}

// desk is what an action needs to take files.
func (c *Connector) desk(settings connection.Settings, file *File) catalog.Desk {
	desk := catalog.Desk{Links: c.links, Loopback: settings.LeadsToLoopback()}
	if file != nil {
		desk.Stream = &catalog.Stream{Size: file.Size, Content: file.Content, Cancel: file.Cancel}
	}
	return desk
}

func (c *Connector) find(id string) (*catalog.Action, error) {
	if found := c.Lookup(id); found != nil {
		return found, nil
	}
	if catalog.Lookup(id) != nil {
		return nil, fault.New(fault.Forbidden, "This deployment does not run the action %s.", id).Because("action").
			WithHint("What it runs is said by its WECOM_ACTION, or else by the name that the platform knows the function by: its handler or entry point.")
	}
	e := fault.New(fault.NotFound, "There is no such action.").Because("action")
	if near := action.Nearest(id, catalog.IDs()); near != "" {
		e.WithHint("Did you mean " + near + "?")
	} else {
		e.WithHint("GET /actions lists the actions.")
	}
	return nil, e
}

// Lookup finds an action that may be run here by its id; nil if there is none.
func (c *Connector) Lookup(id string) *catalog.Action {
	for _, a := range c.allowed {
		if a.ID == id {
			return a
		}
	}
	return nil
}

// client returns the connection's client, which holds its access tokens, and makes it at the first call.
func (c *Connector) client(settings connection.Settings) wecom.Client {
	c.mu.Lock()
	defer c.mu.Unlock()
	if client, ok := c.clients[settings.Name]; ok {
		return client
	}
	var client wecom.Client = wecom.NewApp(settings, c.options)
	if settings.Type == connection.Chatbot {
		client = wecom.NewBot(settings, c.options)
	}
	c.clients[settings.Name] = client
	return client
}

func (c *Connector) now() time.Time {
	if c.settings.Clock == nil {
		return time.Now()
	}
	return c.settings.Clock.Now()
}
