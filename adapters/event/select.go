package event

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/catalog"
	"github.com/wecom-functions/wecom-functions/core/describe"
)

// Selector is a platform's own variable that says which function a deployment is, such as _HANDLER.
type Selector struct {
	Variable string
	Value    string
	// All is the value that stands for everything; "bootstrap" if it is empty.
	All string
}

// unset are what the platforms' consoles fill in where nobody chose anything.
var unset = []string{"", "-", "bootstrap", "scf_bootstrap", "main", "handler", "index.handler", "index.main_handler"}

// Connect makes the connector of a deployment on a function platform. WECOM_ACTION, which the settings hold, says what
// it may run; where that is silent the platform's own selector does.
//
// A function starts whatever is wrong, and says so: to the log at once, and to every caller.
func Connect(settings core.Settings, problems error, selector Selector) *core.Connector {
	if len(settings.Actions) == 0 {
		selected, err := selector.actions()
		settings.Actions, problems = selected, errors.Join(problems, err)
	}
	connector, err := core.New(settings)
	if problems != nil { // which say all that core.New says, by variable
		connector, err = core.Misconfigured(settings, problems), problems
	}
	if err != nil {
		connector.Logger().Error("misconfigured: every call is answered with this", slog.String("problems", err.Error()))
	}
	return connector
}

// actions is what the selector selects, in any of the spellings of an action, or by a pattern; nil for everything.
func (s Selector) actions() ([]string, error) {
	if s.Value == s.All || slices.Contains(unset, s.Value) {
		return nil, nil
	}
	if slices.ContainsFunc(catalog.IDs(), func(id string) bool { return describe.Selects(s.Value, id) }) {
		return []string{s.Value}, nil
	}
	advice := "set it to the id of one, such as message.text.send, or to " + cmp.Or(s.All, "bootstrap") + " and WECOM_ACTION to what may be run"
	if near := action.Nearest(s.Value, spellings()); near != "" {
		advice = "did you mean " + near + "?"
	}
	return nil, fmt.Errorf("%s names no action; %s", s.Variable, advice)
}

// Named is the id of the action that a function's name stands for, in any of the spellings of an action; "" if it
// stands for none.
func Named(function string) string {
	for _, id := range catalog.IDs() {
		if !strings.Contains(function, "*") && describe.Selects(function, id) {
			return id
		}
	}
	return ""
}

// spellings are the names that a misspelt one is held against: those of actions that are most unlike each other.
func spellings() []string {
	list := catalog.IDs()
	for _, id := range catalog.IDs() {
		list = append(list, describe.GoType(id))
	}
	return list
}
