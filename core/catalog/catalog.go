package catalog

import (
	"context"
	"reflect"
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
	// Output is the zero value of what Run returns, for the schema.
	Output any
	// Run calls WeCom with an input that was decoded without violations.
	Run func(ctx context.Context, client wecom.Client, in action.Input) (any, error)

	input  reflect.Type // of what an input points to
	files  bool         // it takes files
	stream bool         // it takes one as a stream
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

// New makes an empty input.
func (a *Action) New() action.Input { return reflect.New(a.input).Interface().(action.Input) }

// Borrow returns an empty form of the action's input, for one call. Nothing may keep it, or what it points to, once it
// was given back with Return.
func (a *Action) Borrow() *action.Form {
	if form, returned := a.forms.Get().(*action.Form); returned {
		return form
	}
	return action.NewForm(a.New())
}

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
//
// It is generic over pointers, of which the compiler makes one function; of the structs it would make one for each action,
// which together are 150 KB of every program.
func define[In action.Input, Client wecom.Client, Out any](info action.Info,
	run func(in In, ctx context.Context, client Client) (Out, error),
) *Action {
	var client Client
	var out Out
	needs := connection.Application
	if _, bot := any(client).(*wecom.Bot); bot {
		needs = connection.Chatbot
	}
	a := &Action{
		Info:       info,
		Connection: needs,
		Output:     out,
		Run: func(ctx context.Context, client wecom.Client, in action.Input) (any, error) {
			out, err := run(in.(In), ctx, client.(Client))
			if err != nil {
				return nil, err
			}
			return out, nil
		},
		input: reflect.TypeFor[In]().Elem(),
		forms: &sync.Pool{},
	}
	var in In
	_, a.files = any(in).(FileTaker)
	_, a.stream = any(in).(streamTaker)
	list = append(list, a)
	return a
}
