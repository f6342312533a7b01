package catalog

import (
	"context"
	"sync"
	"time"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

// Action is one entry of the catalogue.
type Action struct {
	action.Info
	// Connection is the type of connection that the action needs.
	Connection connection.Type
	// New makes an empty input.
	New func() action.Input
	// Output is the zero value of what Run returns, for the schema.
	Output any
	// Run calls WeCom with an input that was decoded without violations.
	Run func(ctx context.Context, client wecom.Client, in action.Input) (any, error)

	files  bool // it takes files
	stream bool // it takes one as a stream
	forms  *sync.Pool
}

// What a call may take, and bring.
const (
	// Timeout bounds a call, and FileTimeout one of an action that takes files.
	Timeout     = 15 * time.Second
	FileTimeout = 120 * time.Second
	// MaxInput bounds an input in bytes: an image of 2 MB in base64, or eight articles. MaxFileInput bounds one of an
	// action that takes files: 20 MB in base64.
	MaxInput     = 4 << 20
	MaxFileInput = 28 << 20
)

// Timeout bounds a call of the action.
func (a *Action) Timeout() time.Duration {
	if a.files {
		return FileTimeout
	}
	return Timeout
}

// MaxInput bounds an input of the action in bytes.
func (a *Action) MaxInput() int64 {
	if a.files {
		return MaxFileInput
	}
	return MaxInput
}

// TakesFiles tells whether files can be given with a call of the action: as base64 or by a link.
func (a *Action) TakesFiles() bool { return a.files }

// TakesStream tells whether a file can be given as a stream beside the input.
func (a *Action) TakesStream() bool { return a.stream }

// Borrow returns an empty form of the action's input, for one call. Nothing may keep it, or what it points to, once it
// was given back with Return.
func (a *Action) Borrow() *action.Form { return a.forms.Get().(*action.Form) }

// Return gives a form back.
func (a *Action) Return(form *action.Form) {
	form.Clear()
	a.forms.Put(form)
}

// list is every action, in the order of file names, which is the order of ids.
var list = make([]*Action, 0, 32)

// Actions lists every action. The list must not be changed.
func Actions() []*Action { return list }

// IDs lists the ids of every action.
func IDs() []string {
	ids := make([]string, len(list))
	for i, a := range list {
		ids[i] = a.ID
	}
	return ids
}

// Lookup finds an action by its id; nil if there is none.
func Lookup(id string) *Action {
	for _, a := range list {
		if a.ID == id {
			return a
		}
	}
	return nil
}

// define adds an action to the catalogue and does nothing else: whatever costs time waits for the first question.
func define[T any, C *wecom.App | *wecom.Bot, Out any, P interface {
	*T
	action.Input
}](info action.Info, run func(in P, ctx context.Context, client C) (Out, error),
) *Action {
	var client C
	var out Out
	needs := connection.Application
	if _, bot := any(client).(*wecom.Bot); bot {
		needs = connection.Chatbot
	}
	a := &Action{
		Info:       info,
		Connection: needs,
		New:        func() action.Input { return P(new(T)) },
		Output:     out,
		Run: func(ctx context.Context, client wecom.Client, in action.Input) (any, error) {
			out, err := run(in.(P), ctx, client.(C))
			if err != nil {
				return nil, err
			}
			return out, nil
		},
	}
	_, a.files = any(P(nil)).(FileTaker)
	_, a.stream = any(P(nil)).(streamTaker)
	a.forms = &sync.Pool{New: func() any { return action.NewForm[T, P]() }}
	list = append(list, a)
	return a
}
