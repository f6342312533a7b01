package framework_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	cloudevents "github.com/cloudevents/sdk-go/v2"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/adapters/adaptertest"
	"github.com/wecom-functions/wecom-functions/adapters/gcf/framework"
	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/caller"
	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

const (
	published = "google.cloud.pubsub.topic.v1.messagePublished"
	custom    = "com.example.alert"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	for name, kind := range map[string]string{"CloudEvent of Pub/Sub": published, "CloudEvent": custom} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			adaptertest.Run(t, adaptertest.Adapter{
				HTTP: true, NoDeadline: true, OneWay: true, // a CloudEvent comes as a request of HTTP
				Start: func(_ *testing.T, settings core.Settings) adaptertest.Invoke { return received(settings, kind) },
			})
		})
	}
}

// received hands CloudEvents over as the framework does, which answers with the result that it finds in an error.
func received(settings core.Settings, kind string) adaptertest.Invoke {
	connector, _ := core.New(settings) // wrong settings are for the calls to answer with
	receive := framework.Receiver(connector)
	return func(ctx context.Context, t *testing.T, call adaptertest.Call) adaptertest.Answer {
		t.Helper()
		e := cloudevents.NewEvent()
		e.SetID("7")
		e.SetSource("//example.com/a")
		e.SetType(kind)
		e.DataEncoded = data(kind, call.Envelope())
		err := receive(ctx, e)
		if err == nil {
			return adaptertest.Answer{}
		}
		var result *cehttp.Result
		require.ErrorAs(t, err, &result)
		assert.NotContains(t, err.Error(), "%", "the framework prints the text through a format")
		answer := adaptertest.Responded(t, result.StatusCode, fmt.Sprintf(result.Format, result.Args...))
		answer.Raw += err.Error()
		return answer
	}
}

// data is what the CloudEvent of a type carries.
func data(kind, envelope string) []byte {
	if kind != published {
		return []byte(envelope)
	}
	return []byte(`{"message":{"data":"` + base64.StdEncoding.EncodeToString([]byte(envelope)) + `","messageId":"7"},"subscription":"projects/p/subscriptions/s"}`)
}

// deployment receives events before an emulated WeCom.
type deployment struct {
	receive func(context.Context, cloudevents.Event) error
	sim     *wecomsim.Sim
	log     *bytes.Buffer // events are received one after the other
}

func deploy(t *testing.T) deployment {
	t.Helper()
	d := deployment{sim: wecomsim.New(), log: &bytes.Buffer{}}
	t.Cleanup(d.sim.Close)
	connector, err := core.New(core.Settings{
		Callers: caller.Policy{Mode: caller.Platform}, Logger: slog.New(slog.NewJSONHandler(d.log, nil)),
		Connections: []connection.Settings{
			{
				Name: "default", Type: connection.Application, BaseURL: d.sim.URL(), CorpID: wecomsim.SeedCorpID,
				AgentID: wecomsim.SeedAgentID, Secret: connection.Value(wecomsim.SeedAppSecret),
			},
			{Name: "bot", Type: connection.Chatbot, BaseURL: d.sim.URL(), Key: connection.Value(wecomsim.SeedChatbotKey)},
		},
	})
	require.NoError(t, err)
	d.receive = framework.Receiver(connector)
	return d
}

// sample is an event as the SDK of CloudEvents reads it.
func sample(t *testing.T, file string) cloudevents.Event {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "testdata", file))
	require.NoError(t, err)
	var e cloudevents.Event
	require.NoError(t, json.Unmarshal(raw, &e))
	return e
}

func TestSamples(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		file  string
		fails bool
		shows []string
	}{
		{"pubsub.json", false, []string{"磁盘 db-03 已用 91%"}},
		{"eventarc.json", false, []string{"磁盘 db-03 已用 91%"}},
		{"storage.json", true, nil},
	} {
		t.Run(test.file, func(t *testing.T) {
			t.Parallel()
			d, e := deploy(t), sample(t, test.file)
			err := d.receive(t.Context(), e)
			assert.Equal(t, test.fails, err != nil, "%v", err)
			assert.Equal(t, test.shows, d.sim.Texts())
			var line map[string]any
			require.NoError(t, json.Unmarshal(d.log.Bytes(), &line), d.log.String())
			assert.Equal(t, e.ID(), line["request_id"])
		})
	}
}

// The framework prints an error, through a format; what was sent must not stand there.
func TestAnErrorShowsNothingOfTheEvent(t *testing.T) {
	t.Parallel()
	e := sample(t, "eventarc.json")
	e.SetID("canary %d")
	require.NoError(t, e.SetData("application/json", map[string]any{"action": "canary %s", "canary": 1, "input": "canary"}))
	err := deploy(t).receive(t.Context(), e)
	require.EqualError(t, err, "invalid_input (validation)")
	var result *cehttp.Result
	require.ErrorAs(t, err, &result)
	assert.Equal(t, http.StatusBadRequest, result.StatusCode)
}

func TestAnEventWithoutData(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"eventarc.json", "pubsub.json"} {
		e := sample(t, file)
		e.DataEncoded = nil
		var result *cehttp.Result
		require.ErrorAs(t, deploy(t).receive(t.Context(), e), &result)
		assert.Contains(t, result.Error(), "The event is empty.")
	}
}

// The framework does not show who sent an event, so where keys are asked for nobody has one; nor is what is wrong for
// everybody.
func TestWhoMaySendEvents(t *testing.T) {
	t.Parallel()
	oneKey := caller.Policy{Mode: caller.Keys, Keys: []caller.Key{{Name: "ci"}}}
	for _, test := range []struct {
		name    string
		policy  caller.Policy
		problem error
		want    int
	}{
		{"undecided", caller.Policy{}, nil, http.StatusUnauthorized},
		{"keys", oneKey, nil, http.StatusUnauthorized},
		{"undecided, wrong settings", caller.Policy{}, os.ErrInvalid, http.StatusInternalServerError},
		{"keys, wrong settings", oneKey, os.ErrInvalid, http.StatusUnauthorized},
		{"platform, wrong settings", caller.Policy{Mode: caller.Platform}, os.ErrInvalid, http.StatusInternalServerError},
	} {
		settings := core.Settings{Callers: test.policy}
		connector, err := core.New(settings)
		require.NoError(t, err)
		if test.problem != nil {
			connector = core.Misconfigured(settings, test.problem)
		}
		var result *cehttp.Result
		require.ErrorAs(t, framework.Receiver(connector)(t.Context(), sample(t, "eventarc.json")), &result, test.name)
		assert.Equal(t, test.want, result.StatusCode, test.name)
	}
}
