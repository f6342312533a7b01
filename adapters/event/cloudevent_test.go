package event_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/adapters/event"
	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/core/fault"
)

const published = "google.cloud.pubsub.topic.v1.messagePublished"

func message(payload string) string {
	return `{"message":{"data":"` + base64.StdEncoding.EncodeToString([]byte(payload)) + `","messageId":"7"},"subscription":"s"}`
}

func TestCloudEventsAreDelivered(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, kind, data string }{
		{"the data is the envelope", "com.example.alert", text("hello")},
		{"a message of Pub/Sub holds it", published, message(text("hello"))},
		{"nothing else is taken for a message", "com.example.messagePublished", text("hello")},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := deploy(t)
			require.NoError(t, d.events.DeliverCloudEvent(t.Context(), test.kind, []byte(test.data), event.Call{RequestID: "7"}))
			assert.Equal(t, []string{"hello"}, d.texts())
			assert.Contains(t, marshal(t, d.sim.Journal()), "enable_duplicate_check", "it may be delivered again")
			assert.Equal(t, "7", d.log.LinesOf(t, "call")[0]["request_id"])
		})
	}
}

func TestMessagesOfPubSubThatHoldNothing(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, data, says string }{
		{"nothing", "", "The event is empty."},
		{"no object", `["x"]`, "The event is not a JSON object in UTF-8."},
		{"no message", `{"subscription":"s"}`, "The data of the Pub/Sub message is missing"},
		{"a message that is no object", `{"message":"x"}`, "The data of the Pub/Sub message is missing"},
		{"attributes alone", `{"message":{"attributes":{"a":"b"}}}`, "The data of the Pub/Sub message is missing"},
		{"null", `{"message":{"data":null}}`, "The data of the Pub/Sub message is missing"},
		{"an empty text", `{"message":{"data":""}}`, "The data of the Pub/Sub message is missing"},
		{"an object", `{"message":{"data":{"canary":1}}}`, "The data of the Pub/Sub message is no string."},
		{"no base64", `{"message":{"data":"canary!"}}`, "The data of the Pub/Sub message is not base64."},
		{"an envelope that is not JSON", message(`{"canary":`), "The event is not a JSON object in UTF-8."},
		{"an envelope without input", message(`{"action":"message.text.send"}`), "input is required"},
		{"too much", message(`{"action":"message.text.send","input":{"content":"` + strings.Repeat("x", core.MaxInput) + `"}}`), "takes at most 4194304"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := deploy(t, dialect(event.Plain))
			err := d.events.DeliverCloudEvent(t.Context(), published, []byte(test.data), event.Call{RequestID: "7"})
			require.ErrorContains(t, err, test.says)
			assert.NotContains(t, err.Error(), "canary")
			e, known := errors.AsType[*fault.Error](err)
			require.True(t, known)
			assert.Equal(t, "7", e.RequestID)
			lines := d.log.LinesOf(t, "event")
			require.Len(t, lines, 1)
			assert.Equal(t, "7", lines[0]["request_id"])
			assert.NotContains(t, d.log.String(), "canary")
		})
	}
}

func TestAMessageWhereTheSettingsAreWrong(t *testing.T) {
	t.Parallel()
	connector, err := core.New(core.Settings{Connections: []connection.Settings{{Name: "x"}}})
	require.Error(t, err)
	err = event.New(connector, event.Options{Dialect: event.Plain}).DeliverCloudEvent(t.Context(), published, []byte(`{}`), event.Call{})
	require.ErrorIs(t, err, fault.Misconfigured)
}
