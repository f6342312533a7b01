package azurehost

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// result is what a handler answered to an envelope.
type result struct {
	outputs map[string]json.RawMessage
	value   any // ReturnValue, decoded if it looks like base64
}

// invoke posts an envelope to the function. Its error is a failed invocation.
func (a *App) invoke(ctx context.Context, f function, value any, metadata map[string]any) (result, error) {
	metadata["sys"] = map[string]string{"MethodName": f.name, "UtcNow": time.Now().UTC().Format(time.RFC3339Nano), "RandGuid": newID()}
	envelope, err := json.Marshal(map[string]any{"Data": map[string]any{f.trigger.Name: value}, "Metadata": metadata})
	if err != nil {
		return result{}, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, a.address("/"+f.name), bytes.NewReader(envelope))
	if err != nil {
		return result{}, err
	}
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	r.Header.Set("User-Agent", "Azure-Functions-Host/4.1036.1.22")
	r.ContentLength = -1 // the host sends envelopes in chunks
	mark(r.Header)
	answer, err := a.client.Do(r)
	if err != nil {
		return result{}, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return result{}, err
	}
	if answer.StatusCode/100 != 2 {
		return result{}, fmt.Errorf("the handler answered %d: %s", answer.StatusCode, body)
	}
	return readResult(body)
}

func readResult(body []byte) (result, error) {
	var read struct {
		Outputs     map[string]json.RawMessage
		ReturnValue any
	}
	if err := json.Unmarshal(body, &read); err != nil {
		return result{}, fmt.Errorf("the handler's answer is not understood: %w: %s", err, body)
	}
	if text, isText := read.ReturnValue.(string); isText {
		if decoded, err := base64.StdEncoding.DecodeString(text); err == nil {
			read.ReturnValue = decoded
		}
	}
	return result{outputs: read.Outputs, value: read.ReturnValue}, nil
}

// Delivery is what became of a message.
type Delivery struct {
	// Attempts is how often it was handed over.
	Attempts int
	// Poisoned: no attempt succeeded, and it went to the poison queue.
	Poisoned bool
	// Failures are why attempts failed.
	Failures []string
	// ReturnValue is that of the attempt that succeeded.
	ReturnValue any
}

// Enqueue puts a message into a queue and has its function take it, again after each failure, without waiting between.
func (a *App) Enqueue(ctx context.Context, queue, message string) (Delivery, error) {
	var d Delivery
	f, found := a.reads(queue)
	if !found {
		return d, fmt.Errorf("no function reads the queue %s", queue)
	}
	if a.host.Extensions.Queues.MessageEncoding != "none" {
		decoded, err := base64.StdEncoding.DecodeString(message)
		if err != nil {
			return Delivery{Poisoned: true, Failures: []string{"the message is not base64"}}, nil
		}
		message = string(decoded)
	}
	attempts := a.host.Extensions.Queues.MaxDequeueCount
	if attempts == 0 {
		attempts = 5
	}
	id := newID()
	for d.Attempts < attempts {
		d.Attempts++
		metadata := map[string]any{"DequeueCount": fmt.Sprint(d.Attempts), "Id": quoted(id), "PopReceipt": quoted("canary-of-a-pop-receipt")}
		result, err := a.invoke(ctx, f, quoted(message), metadata)
		if err == nil {
			d.ReturnValue = result.value
			return d, nil
		}
		if ctx.Err() != nil {
			return d, ctx.Err()
		}
		d.Failures = append(d.Failures, err.Error())
	}
	d.Poisoned = true
	return d, nil
}

// reads finds the function that a queue triggers.
func (a *App) reads(queue string) (function, bool) {
	for _, f := range a.functions {
		if f.trigger.Type == "queueTrigger" && f.trigger.QueueName == queue {
			return f, true
		}
	}
	return function{}, false
}

// quoted is a text written as JSON, as which strings stand in an envelope.
func quoted(text string) string {
	written, _ := json.Marshal(text) // strings can be written
	return string(written)
}
