package adaptertest

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/fault"
)

// Adapter is one way into one platform.
type Adapter struct {
	// Start serves a deployment with the settings and returns how it is called.
	Start func(t *testing.T, settings core.Settings) Invoke
	// HTTP: calls are requests of HTTP, and so their callers are authenticated.
	HTTP bool
	// OneWay: the trigger hears whether a call succeeded, and no more.
	OneWay bool
	// Process: the deployment is a process of its own, which no transport can be handed into.
	Process bool
	// NoDeadline: the platform gives a call no deadline of its own, and none is taken from the context.
	NoDeadline bool
}

// Invoke makes a call the way the platform does.
type Invoke func(ctx context.Context, t *testing.T, call Call) Answer

// Call is what is to be run.
type Call struct {
	Action     string
	Connection string // may be empty
	Input      string // JSON, or what a scenario has in its place
}

// Envelope is the call as an event that is not of HTTP.
func (c Call) Envelope() string {
	name, _ := json.Marshal(c.Action) // strings can be written
	envelope := `{"action":` + string(name)
	if c.Connection != "" {
		connection, _ := json.Marshal(c.Connection)
		envelope += `,"connection":` + string(connection)
	}
	return envelope + `,"input":` + c.Input + `}`
}

// Path is the call's path over HTTP, with its query.
func (c Call) Path() (path, query string) {
	if c.Connection != "" {
		query = "connection=" + c.Connection
	}
	return "/actions/" + c.Action, query
}

// Answer is what came back.
type Answer struct {
	// Kind is the kind of a failure; "" for a success, and Failed where a trigger does not hear why.
	Kind fault.Kind
	// Output is the output of a success, byte by byte as it came; nil where none comes back.
	Output  json.RawMessage
	Partial bool
	// Problem is a failure's; nil where none comes back.
	Problem *fault.Problem
	// Raw is all that came back.
	Raw string
}

// Failed is the kind of a failure that came without one.
const Failed fault.Kind = "failed"

// Succeeded reads the result of an action.
func Succeeded(t *testing.T, result string) Answer {
	t.Helper()
	var read struct {
		Output  json.RawMessage `json:"output"`
		Partial bool            `json:"partial"`
	}
	require.NoError(t, json.Unmarshal([]byte(result), &read), result)
	return Answer{Output: read.Output, Partial: read.Partial, Raw: result}
}

// Refused reads the problem of a failure.
func Refused(t *testing.T, problem string) Answer {
	t.Helper()
	var read fault.Problem
	require.NoError(t, json.Unmarshal([]byte(problem), &read), problem)
	return Answer{Kind: read.Kind, Problem: &read, Raw: problem}
}

// Responded reads an answer over HTTP.
func Responded(t *testing.T, status int, body string) Answer {
	t.Helper()
	if status == http.StatusOK {
		return Succeeded(t, body)
	}
	answer := Refused(t, body)
	require.Equal(t, status, answer.Problem.Status, body)
	return answer
}

// Run runs every scenario through the adapter.
func Run(t *testing.T, a Adapter) {
	t.Helper()
	for _, kind := range fault.Kinds() {
		require.True(t, slices.ContainsFunc(scenarios, func(s scenario) bool { return s.want == kind }), "no scenario fails as %s", kind)
	}
	t.Run("every action", a.everyAction)
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			a.run(t, s)
		})
	}
}
