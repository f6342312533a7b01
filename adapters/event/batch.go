package event

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/wecom-functions/wecom-functions/core/rawjson"
)

// record is one message of a queue.
type record struct {
	id    string
	group string // of a FIFO queue; "" elsewhere
	body  []byte // as it stands in the event; a JSON string, if it is right
}

// failures is what SQS is answered: the records that it shall deliver again, or move to the dead-letter queue.
type failures struct {
	Items []failure `json:"batchItemFailures"`
}

type failure struct {
	ID string `json:"itemIdentifier"`
}

// batch runs the calls in the records of a queue, one after the other, and reports those that did not succeed. It never
// fails as a whole: that would have the records delivered again whose messages were sent.
func (h *Handler) batch(ctx context.Context, o object, call Call) ([]byte, error) {
	report := failures{Items: []failure{}} // null would do, but an empty list says it
	b := batch{handler: h, call: call, done: map[string]bool{}, stopped: map[string]bool{}}
	for at, raw := range elements(o.get("Records")) {
		if r := readRecord(raw); !b.take(ctx, at, r) {
			report.Items = append(report.Items, failure{r.id})
		}
	}
	if b.left > 0 {
		h.connector.Logger().LogAttrs(ctx, slog.LevelWarn, "the deadline came before the end of the batch; the rest will be delivered again",
			slog.Int("left", b.left), slog.String("request_id", call.RequestID))
	}
	answer, err := rawjson.Marshal(report)
	if err != nil {
		return nil, h.refuse(ctx, call, SQS, err)
	}
	return answer, nil
}

func readRecord(raw []byte) record {
	o, _ := members(raw)
	r := record{id: o.text("messageId"), body: o.get("body")}
	if strings.HasSuffix(o.text("eventSourceARN"), ".fifo") {
		r.group = cmp.Or(o.object("attributes").text("MessageGroupId"), "?")
	}
	return r
}

// batch is the state of one batch.
type batch struct {
	handler *Handler
	call    Call
	// done holds the ids of the records that were tried or left. SQS may deliver a record twice in one batch; it is
	// carried out once, and reported once.
	done map[string]bool
	// stopped are the groups of a FIFO queue with a failure: what follows in them must wait for it.
	stopped map[string]bool
	// left counts the records for which there was no time.
	left int
}

// take carries out one record and tells whether SQS is to hear nothing of it.
func (b *batch) take(ctx context.Context, at int, r record) (fine bool) {
	switch {
	case r.id == "":
		b.unnamed(ctx, at)
		return true
	case b.done[r.id]:
		return true
	}
	tried := len(b.done) > 0
	b.done[r.id] = true
	switch {
	case b.stopped[r.group]:
		return false
	case !b.handler.hasTime(ctx, tried):
		b.left++
		return false
	}
	if b.run(ctx, at, r) {
		return true
	}
	b.stopped[r.group] = r.group != ""
	return false
}

func (b *batch) run(ctx context.Context, at int, r record) bool {
	return b.handler.deliverText(ctx, r.body, SQS, fmt.Sprintf("/Records/%d/body", at), b.call.named(r.id)) == nil
}

// unnamed says why a record without an id is not carried out: its failure could not be reported, and an empty id in the
// report would fail the whole batch.
func (b *batch) unnamed(ctx context.Context, at int) {
	b.handler.connector.Logger().LogAttrs(ctx, slog.LevelError, "a record has no messageId; it was not carried out, and cannot be reported",
		slog.Int("record", at), slog.String("request_id", b.call.RequestID))
}

// enough is the time that a record needs left, so that it is not cut off with its outcome unknown.
const enough = time.Second

// hasTime tells whether another record can be tried. The first one always is, if there is any time at all: waiting
// would not give it more.
func (h *Handler) hasTime(ctx context.Context, another bool) bool {
	if ctx.Err() != nil {
		return false
	}
	deadline, has := ctx.Deadline()
	left := time.Until(deadline) - h.options.Reserve
	return !has || left > 0 && (!another || left >= enough)
}
