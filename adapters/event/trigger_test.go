package event_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/adapters/event"
	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

func contextFor(t *testing.T, d time.Duration) (context.Context, context.CancelFunc) {
	t.Helper()
	return context.WithTimeout(t.Context(), d)
}

// records makes an event of SQS; the records are called m1, m2 and so on.
func records(t *testing.T, bodies ...string) string {
	t.Helper()
	var list []string
	for i, body := range bodies {
		list = append(list, fmt.Sprintf(`{"messageId":"m%d","eventSource":"aws:sqs","eventSourceARN":"arn:aws:sqs:r:1:q","body":%s}`, i+1, marshal(t, body)))
	}
	return `{"Records":[` + strings.Join(list, ",") + `]}`
}

func text(content string) string {
	return `{"action":"message.text.send","input":{"touser":"zhangsan","content":"` + content + `"}}`
}

func chatbot(content string) string {
	return `{"action":"chatbot.text.send","input":{"content":"` + content + `"}}`
}

// failed are the ids that an answer to SQS reports.
func failed(t *testing.T, answer string) []string {
	t.Helper()
	var report struct {
		BatchItemFailures []struct{ ItemIdentifier string } `json:"batchItemFailures"`
	}
	require.NoError(t, json.Unmarshal([]byte(answer), &report), answer)
	require.NotNil(t, report.BatchItemFailures, "the list is there, also when it is empty")
	ids := []string{}
	for _, item := range report.BatchItemFailures {
		ids = append(ids, item.ItemIdentifier)
	}
	return ids
}

// batch serves an event of SQS and returns the ids that are reported.
func (d *deployment) batch(ctx context.Context, t *testing.T, raw string) []string {
	t.Helper()
	answer, err := d.serve(ctx, raw)
	require.NoError(t, err, "a batch never fails as a whole")
	return failed(t, answer)
}

func TestABatchReportsWhatDidNotSucceed(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	assert.Equal(t, []string{"00000002-0000-4000-8000-000000000000"}, d.batch(t.Context(), t, sample(t, "sqs.json")))
	assert.Equal(t, []string{"磁盘 db-03 已用 91%", "**db-03**"}, d.texts())
	assert.Equal(t, 2, strings.Count(marshal(t, d.sim.Journal()), `enable_duplicate_check`), "a queue delivers at least once")
	calls := d.log.LinesOf(t, "call")
	require.Len(t, calls, 2)
	assert.Equal(t, "00000001-0000-4000-8000-000000000000", calls[0]["request_id"])
	refused := d.log.LinesOf(t, "event")
	require.Len(t, refused, 1)
	assert.Equal(t, "00000002-0000-4000-8000-000000000000", refused[0]["request_id"])
}

func TestABatchOfTen(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	bodies := make([]string, 10)
	for i := range bodies {
		bodies[i] = text(fmt.Sprint("n", i))
	}
	bodies[2], bodies[6] = `{"action":"department.delete","input":{"id":999}}`, strings.Repeat("x", 300<<10)
	assert.Equal(t, []string{"m3", "m7"}, d.batch(t.Context(), t, records(t, bodies...)), "F65, F66")
	assert.Equal(t, []string{"n0", "n1", "n3", "n4", "n5", "n7", "n8", "n9"}, d.texts())
}

func TestEveryKindOfBadRecordIsReportedAlone(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		"", "{", "[]", "null", "1", `"x"`, "\u0000", `{}`, `{"input":{}}`, `{"action":"message.text.send"}`, `{"action":1,"input":{}}`,
		`{"action":"no.such","input":{}}`, `{"action":"message.text.send","input":{}}`, `{"action":"message.text.send","input":[]}`,
		`{"action":"message.text.send","input":null}`, `{"action":"message.text.send","connection":"nobody","input":{"touser":"a","content":"x"}}`,
		`{"action":"message.text.send","input":{"touser":"a","content":"x"},"delay":1}`,
	} {
		d := deploy(t)
		assert.Equal(t, []string{"m2"}, d.batch(t.Context(), t, records(t, text("before"), body, text("after"))), body)
		assert.Equal(t, []string{"before", "after"}, d.texts(), body)
	}
}

func TestRecordsWithoutTheirParts(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	raw := `{"Records":[
		{"messageId":"m1","eventSource":"aws:sqs"},
		{"messageId":"m2","eventSource":"aws:sqs","body":{"action":"message.text.send"}},
		{"messageId":"m3","body":` + marshal(t, text("fine")) + `},
		{"eventSource":"aws:sqs","body":` + marshal(t, text("unnamed")) + `},
		{"messageId":7,"body":"{}"},
		7, null, "x"]}`
	assert.Equal(t, []string{"m1", "m2"}, d.batch(t.Context(), t, raw), "an empty id would fail the whole batch")
	assert.Equal(t, []string{"fine"}, d.texts(), "what cannot be reported is not carried out")
	assert.Len(t, d.log.LinesOf(t, "a record has no messageId; it was not carried out, and cannot be reported"), 5)
}

func TestARecordThatComesTwiceIsSentOnce(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	raw := strings.ReplaceAll(records(t, chatbot("once"), chatbot("once"), "{}", "{}"), `"m2"`, `"m1"`)
	raw = strings.ReplaceAll(raw, `"m4"`, `"m3"`)
	assert.Equal(t, []string{"m3"}, d.batch(t.Context(), t, raw))
	assert.Equal(t, []string{"once"}, d.texts())
}

func TestAnUnknownOutcomeIsAcknowledgedAndLogged(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	require.NoError(t, d.sim.SetFaults(wecomsim.Faults{Faults: []wecomsim.Fault{
		{Match: wecomsim.Match{Path: "/cgi-bin/webhook/send"}, Do: wecomsim.Do{Drop: "accepted"}, Times: 1},
	}}))
	assert.Empty(t, d.batch(t.Context(), t, records(t, chatbot("lost answer"), chatbot("next"))))
	assert.Equal(t, []string{"lost answer", "next"}, d.texts())
	lines := d.log.LinesOf(t, "acknowledged although its outcome is unknown: it will not be delivered again")
	require.Len(t, lines, 1)
	assert.Equal(t, "ERROR", lines[0]["level"])
	assert.Equal(t, "m1", lines[0]["request_id"])
	assert.Equal(t, "chatbot.text.send", lines[0]["action"])
}

func TestALostAnswerUnderTheDuplicateCheckIsReportedOrRepeated(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	require.NoError(t, d.sim.SetFaults(wecomsim.Faults{Faults: []wecomsim.Fault{
		{Match: wecomsim.Match{Path: "/cgi-bin/message/send"}, Do: wecomsim.Do{Drop: "accepted"}, Times: 1},
	}}))
	assert.Empty(t, d.batch(t.Context(), t, records(t, text("lost answer"))))
	assert.Equal(t, []string{"lost answer"}, d.texts(), "sent twice, and shown once")
	assert.Equal(t, 2, d.sends())
}

func TestAFIFOQueueStopsAtTheFirstFailureOfAGroup(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	id := func(n int) string { return fmt.Sprintf("%08d-0000-4000-8000-000000000000", n) }
	assert.Equal(t, []string{id(2), id(4)}, d.batch(t.Context(), t, sample(t, "sqs-fifo.json")), "F67")
	assert.Equal(t, []string{"a1", "b1", "b2"}, d.texts())
}

func TestAFIFOQueueWithoutGroupsIsOne(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	raw := strings.ReplaceAll(records(t, text("1"), "{}", text("3")), "arn:aws:sqs:r:1:q", "arn:aws:sqs:r:1:q.fifo")
	assert.Equal(t, []string{"m2", "m3"}, d.batch(t.Context(), t, raw))
	assert.Equal(t, []string{"1"}, d.texts())
}

func TestADeadlineLeavesTheRestOfTheBatch(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	require.NoError(t, d.sim.SetFaults(wecomsim.Faults{Faults: []wecomsim.Fault{
		{Match: wecomsim.Match{Path: "/cgi-bin/message/send"}, Do: wecomsim.Do{DelayMS: 300}},
	}}))
	ctx, cancel := contextFor(t, 1800*time.Millisecond)
	defer cancel()
	assert.Equal(t, []string{"m3", "m4", "m5"}, d.batch(ctx, t, records(t, text("1"), text("2"), text("3"), text("4"), text("5"))), "F69")
	assert.Equal(t, []string{"1", "2"}, d.texts())
	assert.Equal(t, 2, d.sends(), "what was not tried has not been sent")
	lines := d.log.LinesOf(t, "the deadline came before the end of the batch; the rest will be delivered again")
	require.Len(t, lines, 1)
	assert.EqualValues(t, 3, lines[0]["left"])
}

func TestADeadlineThatIsOverLeavesEverything(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	for _, left := range []time.Duration{-time.Second, 0, 200 * time.Millisecond} {
		ctx, cancel := contextFor(t, left)
		assert.Equal(t, []string{"m1", "m2"}, d.batch(ctx, t, records(t, text("1"), text("2"))), left)
		cancel()
	}
	assert.Empty(t, d.sim.Journal())
}

func TestADeadlineFarAwayIsNotBelieved(t *testing.T) {
	t.Parallel()
	d := deploy(t, func(d *deployment) { d.options.Timeout = 200 * time.Millisecond })
	require.NoError(t, d.sim.SetFaults(wecomsim.Faults{Faults: []wecomsim.Fault{{Match: wecomsim.Match{Path: "/cgi-bin/webhook/send"}, Do: wecomsim.Do{DelayMS: 3000}}}}))
	ctx, cancel := contextFor(t, 116*24*time.Hour)
	defer cancel()
	started := time.Now()
	assert.Empty(t, d.batch(ctx, t, records(t, chatbot("slow"))), "its outcome is unknown")
	assert.Less(t, time.Since(started), 2*time.Second)
}

func TestAPanicFailsItsRecordAlone(t *testing.T) {
	t.Parallel()
	d := deploy(t, func(d *deployment) { d.settings.Connections[1].Transport = panicking{} })
	assert.Equal(t, []string{"m2"}, d.batch(t.Context(), t, records(t, text("1"), chatbot("2"), text("3"))))
	assert.Equal(t, []string{"1", "3"}, d.texts())
	assert.Len(t, d.log.LinesOf(t, "panic"), 1)
}

func TestNotifications(t *testing.T) {
	t.Parallel()
	for file, platform := range map[string]event.Dialect{
		"sns.json": event.AWS, "eventbridge.json": event.AWS, "scheduler.json": event.AWS, "smn.json": event.Huawei,
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			d := deploy(t, dialect(platform))
			answer, err := d.serve(t.Context(), sample(t, file))
			require.NoError(t, err)
			assert.Equal(t, "null", answer)
			assert.Equal(t, []string{"磁盘 db-03 已用 91%"}, d.texts())
			_, err = d.serve(t.Context(), sample(t, file))
			require.NoError(t, err)
			assert.Len(t, d.texts(), 1, "it was delivered again, and WeCom knew it")
			calls := d.log.LinesOf(t, "call")
			require.Len(t, calls, 2)
			assert.Contains(t, sample(t, file), `"`+calls[0]["request_id"].(string)+`"`, "the id of the event")
		})
	}
}

func TestNotificationsThatFail(t *testing.T) {
	t.Parallel()
	sns := func(messages ...string) string {
		var list []string
		for i, m := range messages {
			list = append(list, fmt.Sprintf(`{"EventSource":"aws:sns","Sns":{"MessageId":"s%d","Message":%s}}`, i+1, m))
		}
		return `{"Records":[` + strings.Join(list, ",") + `]}`
	}
	detail := func(d string) string { return `{"detail-type":"t","source":"s","id":"e1","detail":` + d + `}` }
	refused := `{"action":"department.delete","input":{"id":999}}`
	for _, test := range []struct {
		name, event string
		kind        fault.Kind
		id          string
	}{
		{"SNS: no JSON", sns(`"disk full"`), fault.InvalidInput, "s1"},
		{"SNS: an object", sns(`{"action":"department.list","input":{}}`), fault.InvalidInput, "s1"},
		{"SNS: WeCom refuses", sns(marshal(t, refused)), fault.NotFound, "s1"},
		{"SNS: the first of several", sns(marshal(t, refused), `"x"`, marshal(t, text("fine"))), fault.NotFound, "s1"},
		{"SNS: the last of several", sns(marshal(t, text("fine")), `null`), fault.InvalidInput, "s2"},
		{"EventBridge: WeCom refuses", detail(refused), fault.NotFound, "e1"},
		{"EventBridge: no envelope", detail(`{"instance-id":"i-1","state":"running"}`), fault.InvalidInput, "e1"},
		{"EventBridge: null", detail(`null`), fault.InvalidInput, "e1"},
		{"EventBridge: nothing from a schedule", detail(`"{}"`), fault.InvalidInput, "e1"},
	} {
		_, err := deploy(t).serve(t.Context(), test.event)
		p := problem(t, err)
		assert.Equal(t, test.kind, p.Kind, test.name)
		assert.Equal(t, test.id, p.RequestID, test.name)
	}
}

func TestNotificationsOfSMNThatFail(t *testing.T) {
	t.Parallel()
	for _, message := range []string{`"disk full"`, `{"action":"department.list","input":{}}`, `null`, `""`, marshal(t, `{"action":"no.such","input":{}}`)} {
		raw := `{"record":[{"event_source":"smn","smn":{"message_id":"s1","message":` + message + `}}]}`
		_, err := deploy(t, dialect(event.Huawei)).serve(t.Context(), raw)
		assert.Equal(t, "s1", problem(t, err).RequestID, message)
	}
	_, err := deploy(t, dialect(event.Huawei)).serve(t.Context(), `{"record":[{"event_source":"smn"}]}`)
	assert.Equal(t, "/record/0/smn/message", problem(t, err).Violations[0].Field)
}

func TestTimers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		file    string
		dialect event.Dialect
		checks  int // how often WeCom's duplicate check is asked for: where the platform repeats what failed
	}{
		{"functiongraph-timer.json", event.Huawei, 0},
		{"scf-timer.json", event.Tencent, 1},
	} {
		d := deploy(t, dialect(test.dialect))
		answer, err := d.serve(t.Context(), sample(t, test.file))
		require.NoError(t, err)
		assert.Contains(t, answer, `{"action":"message.text.send","output":{"msgid":`, test.file)
		assert.Equal(t, []string{"磁盘 db-03 已用 91%"}, d.texts(), test.file)
		assert.Equal(t, test.checks, strings.Count(marshal(t, d.sim.Journal()), "enable_duplicate_check"), test.file)
	}
}

func TestTimersWithoutAnEnvelope(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		dialect     event.Dialect
		event       string
		field, says string
	}{
		{event.Huawei, `{"trigger_type":"TIMER","user_event":""}`, "", "The event is empty."},
		{event.Huawei, `{"trigger_type":"TIMER","user_event":"at noon"}`, "", "not a JSON object"},
		{event.Huawei, `{"trigger_type":"TIMER","user_event":{"action":"x","input":{}}}`, "/user_event", "must be the envelope as a string"},
		{event.Tencent, `{"Type":"Timer","Message":""}`, "", "The event is empty."},
		{event.Tencent, `{"Type":"Timer","Message":null}`, "/Message", "must be the envelope as a string"},
	} {
		_, err := deploy(t, dialect(test.dialect)).serve(t.Context(), test.event)
		p := problem(t, err)
		assert.Equal(t, fault.InvalidInput, p.Kind, test.event)
		assert.Equal(t, test.field, p.Violations[0].Field, test.event)
		assert.Contains(t, p.Violations[0].Detail, test.says, test.event)
		assert.Contains(t, p.Hint, `{"action":`, test.event)
	}
	d := deploy(t, dialect(event.Huawei), only("chatbot.text.send"))
	_, err := d.serve(t.Context(), `{"trigger_type":"TIMER","user_event":"{\"content\":\"alone\"}"}`)
	require.NoError(t, err, "a function of one action takes its input alone")
	assert.Equal(t, []string{"alone"}, d.texts())
}

// A direct call that the platform repeats after a failure is not answered with one where that could send it twice.
func TestAnUnknownOutcomeOfARepeatedCallIsAcknowledged(t *testing.T) {
	t.Parallel()
	for _, repeated := range []bool{false, true} {
		d := deploy(t)
		require.NoError(t, d.sim.SetFaults(wecomsim.Faults{Faults: []wecomsim.Fault{{Match: wecomsim.Match{Path: "/cgi-bin/webhook/send"}, Do: wecomsim.Do{Drop: "accepted"}}}}))
		answer, err := d.events.Serve(t.Context(), []byte(chatbot("x")), event.Call{RequestID: "r", AtLeastOnce: repeated})
		lines := d.log.LinesOf(t, "acknowledged although its outcome is unknown: it will not be delivered again")
		if !repeated {
			assert.Equal(t, fault.OutcomeUnknown, problem(t, err).Kind)
			assert.Empty(t, lines)
			continue
		}
		require.NoError(t, err)
		assert.Equal(t, "null", string(answer))
		assert.Len(t, lines, 1)
	}
}

func TestAnUnknownOutcomeOfANotificationIsNotAskedForAgain(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	require.NoError(t, d.sim.SetFaults(wecomsim.Faults{Faults: []wecomsim.Fault{{Match: wecomsim.Match{Path: "/cgi-bin/webhook/send"}, Do: wecomsim.Do{Drop: "accepted"}}}}))
	answer, err := d.serve(t.Context(), `{"detail-type":"t","source":"s","detail":`+chatbot("x")+`}`)
	require.NoError(t, err)
	assert.Equal(t, "null", answer)
	assert.Equal(t, 1, d.sends())
}

func TestAMisconfiguredDeploymentReportsEveryRecord(t *testing.T) {
	t.Parallel()
	d := deploy(t, func(d *deployment) { d.settings.Connections[0].Secret = connection.Secret{} })
	assert.Equal(t, []string{"m1", "m2"}, d.batch(t.Context(), t, records(t, text("1"), "x")))
	_, err := d.serve(t.Context(), "x")
	assert.Equal(t, fault.Misconfigured, problem(t, err).Kind, "that is more to the point than what is wrong with the event")
}

func TestDeliver(t *testing.T) {
	t.Parallel()
	d := deploy(t, dialect(event.Plain))
	require.NoError(t, d.events.Deliver(t.Context(), []byte(text("x")), event.Call{RequestID: "r", TraceID: "t1"}))
	require.Error(t, d.events.Deliver(t.Context(), []byte("x"), event.Call{}))
	assert.Contains(t, marshal(t, d.sim.Journal()), "enable_duplicate_check")
	assert.Equal(t, "t1", d.log.LinesOf(t, "call")[0]["trace_id"])
}

// Whoever may invoke a function directly writes its events, and the ids in them.
func TestAnIDThatIsNotFitForALogIsReplaced(t *testing.T) {
	t.Parallel()
	for _, id := range []string{strings.Repeat("x", 129), "two words", "canary\n"} {
		written := marshal(t, id)
		for name, raw := range map[string]string{
			"a queue":        `{"Records":[{"messageId":` + written + `,"eventSource":"aws:sqs","body":"{}"}]}`,
			"a topic":        `{"Records":[{"EventSource":"aws:sns","Sns":{"MessageId":` + written + `,"Message":"{}"}}]}`,
			"no text at all": `{"Records":[{"EventSource":"aws:sns","Sns":{"MessageId":` + written + `}}]}`,
			"an event":       `{"id":` + written + `,"source":"s","detail-type":"t","detail":{}}`,
		} {
			d := deploy(t)
			_, _ = d.serve(t.Context(), raw)
			lines := d.log.LinesOf(t, "event")
			require.Len(t, lines, 1, name)
			assert.Equal(t, "call-1", lines[0]["request_id"], name)
		}
		d := deploy(t)
		_, err := d.events.Serve(t.Context(), []byte(`{}`), event.Call{RequestID: id, TraceID: id})
		assert.Regexp(t, `^[A-Z2-7]{26}$`, problem(t, err).RequestID)
		assert.NotContains(t, d.log.String(), id)
		answer, err := d.events.Serve(t.Context(), []byte(sample(t, "rest-api.json")), event.Call{RequestID: id})
		require.NoError(t, err)
		assert.NotContains(t, string(answer), strings.TrimSpace(id))
	}
}
