package event_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/adapters/event"
	"github.com/wecom-functions/wecom-functions/adapters/httpapi"
	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/caller"
	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/local/testlog"
	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

// deployment is a connector before an emulated WeCom, and what serves its events.
type deployment struct {
	settings core.Settings
	options  event.Options
	sim      *wecomsim.Sim
	log      *testlog.Log
	events   *event.Handler
}

// deploy serves the demo enterprise; the adjustments come before anything is built from the settings.
func deploy(t testing.TB, adjust ...func(*deployment)) *deployment {
	t.Helper()
	d := &deployment{sim: wecomsim.New(), log: &testlog.Log{}}
	t.Cleanup(d.sim.Close)
	d.settings = core.Settings{
		Connections: []connection.Settings{
			{
				Name: "default", Type: connection.Application, BaseURL: d.sim.URL(), CorpID: wecomsim.SeedCorpID,
				AgentID: wecomsim.SeedAgentID, Secret: connection.Value(wecomsim.SeedAppSecret),
				ContactsSecret: connection.Value(wecomsim.SeedContactsSecret),
			},
			{Name: "bot", Type: connection.Chatbot, BaseURL: d.sim.URL(), Key: connection.Value(wecomsim.SeedChatbotKey)},
		},
		Callers: caller.Policy{Mode: caller.None},
		Logger:  slog.New(slog.NewJSONHandler(d.log, nil)),
	}
	for _, one := range adjust {
		one(d)
	}
	connector, _ := core.New(d.settings) // wrong settings are for the calls to answer with
	if d.options.HTTP == nil {
		d.options.HTTP = httpapi.Handler(connector, httpapi.Options{})
	}
	d.events = event.New(connector, d.options)
	return d
}

// only limits a deployment to some actions.
func only(actions ...string) func(*deployment) {
	return func(d *deployment) { d.settings.Actions = actions }
}

func dialect(of event.Dialect) func(*deployment) {
	return func(d *deployment) { d.options.Dialect = of }
}

// serve serves an event that came with the id "call-1" of the platform.
func (d *deployment) serve(ctx context.Context, raw string) (string, error) {
	answer, err := d.events.Serve(ctx, []byte(raw), event.Call{RequestID: "call-1"})
	return string(answer), err
}

// texts are what the emulated phones and groups show, in the order of arrival.
func (d *deployment) texts() []string { return d.sim.Texts() }

// sends counts the calls to WeCom that sent a message, arrived or not.
func (d *deployment) sends() int {
	count := 0
	for _, entry := range d.sim.Journal() {
		if strings.HasSuffix(entry.Path, "/send") {
			count++
		}
	}
	return count
}

func sample(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return string(data)
}

// problem is what a failure of Serve tells its caller.
func problem(t *testing.T, err error) fault.Problem {
	t.Helper()
	require.IsType(t, (*fault.Error)(nil), err)
	return fault.From(err).Problem()
}

// marshal writes a value as JSON.
func marshal(t testing.TB, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	require.NoError(t, err)
	return string(data)
}

// showsNoSecret fails where a text holds one of the demo enterprise's.
func showsNoSecret(t testing.TB, what, text string) {
	t.Helper()
	for _, secret := range []string{wecomsim.SeedAppSecret, wecomsim.SeedContactsSecret, wecomsim.SeedChatbotKey} {
		assert.NotContains(t, text, secret, what)
	}
}
