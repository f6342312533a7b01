package event_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/adapters/event"
	"github.com/wecom-functions/wecom-functions/core/fault"
)

func TestTriggersOfFunctionCompute(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		file   string
		want   event.Shape
		checks int // how often WeCom's duplicate check is asked for: where the platform repeats what failed
	}{
		{"fc-timer.json", event.FCTimer, 1},
		{"fc-mns.json", event.MNS, 1},
		{"direct.json", event.Direct, 0},
	} {
		raw := sample(t, test.file)
		assert.Equal(t, test.want, event.Recognize(event.Alibaba, []byte(raw)), test.file)
		d := deploy(t, dialect(event.Alibaba))
		_, err := d.serve(t.Context(), raw)
		require.NoError(t, err, test.file)
		assert.Equal(t, []string{"磁盘 db-03 已用 91%"}, d.texts(), test.file)
		assert.Equal(t, test.checks, strings.Count(marshal(t, d.sim.Journal()), "enable_duplicate_check"), test.file)
	}
}

func TestHalfATriggerOfFunctionComputeIsDirect(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		`{"triggerName":"a","payload":"{}"}`, `{"triggerTime":"a","triggerName":"a"}`, `{"TriggerTime":"a","triggerName":"a","payload":"{}"}`,
		`{"TopicName":"a","Message":"{}"}`, `{"MessageId":"a","Message":"{}"}`,
	} {
		assert.Equal(t, event.Direct, event.Recognize(event.Alibaba, []byte(raw)), raw)
		_, err := deploy(t, dialect(event.Alibaba)).serve(t.Context(), raw)
		assert.Equal(t, fault.InvalidInput, problem(t, err).Kind, raw)
	}
}

func TestTriggersOfFunctionComputeWithoutAnEnvelope(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, event, id, field, says string }{
		{"a timer without a text", `{"triggerTime":"a","triggerName":"a","payload":""}`, "call-1", "", "The event is empty."},
		{"a timer with another text", `{"triggerTime":"a","triggerName":"a","payload":"awesome"}`, "call-1", "", "not a JSON object"},
		{"a timer with an object", `{"triggerTime":"a","triggerName":"a","payload":{}}`, "call-1", "/payload", "must be the envelope as a string"},
		{"a notification with another text", `{"TopicName":"a","MessageId":"m1","Message":"hello topic"}`, "m1", "", "not a JSON object"},
		{"a notification with an object", `{"TopicName":"a","MessageId":"m1","Message":{}}`, "m1", "/Message", "must be the envelope as a string"},
	} {
		_, err := deploy(t, dialect(event.Alibaba)).serve(t.Context(), test.event)
		p := problem(t, err)
		assert.Equal(t, fault.InvalidInput, p.Kind, test.name)
		assert.Equal(t, test.id, p.RequestID, test.name)
		require.Len(t, p.Violations, 1, test.name)
		assert.Equal(t, test.field, p.Violations[0].Field, test.name)
		assert.Contains(t, p.Violations[0].Detail, test.says, test.name)
	}
}
