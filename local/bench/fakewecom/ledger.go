package fakewecom

import "encoding/json"

// ledger is the memory of who sent what how often, by the text of the message.
type ledger struct {
	entries map[string]Entry
	bodies  map[string]bool // bodies taken with the duplicate check on
}

// Entry is what became of the messages of one text.
type Entry struct {
	Arrivals   int  // calls that carried it
	Effects    int  // how often it would have been seen on a phone
	Suppressed int  // arrivals that WeCom's duplicate check dropped
	Changed    bool // not all arrivals were the same bytes
	body       string
}

// KeepLedger begins to remember messages.
func (f *Fake) KeepLedger() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ledger = &ledger{entries: map[string]Entry{}, bodies: map[string]bool{}}
}

// Entry returns what the ledger holds for a text.
func (f *Fake) Entry(content string) Entry {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ledger.entries[content]
}

func (l *ledger) enter(body []byte, taken bool) {
	var message struct {
		Text struct {
			Content string `json:"content"`
		} `json:"text"`
		DuplicateCheck int `json:"enable_duplicate_check"`
	}
	// A body that cannot be read is entered under "", where no sender looks for its text: it counts as lost.
	_ = json.Unmarshal(body, &message)

	entry := l.entries[message.Text.Content]
	entry.Arrivals++
	if entry.Arrivals == 1 {
		entry.body = string(body)
	}
	entry.Changed = entry.Changed || entry.body != string(body)
	if taken {
		l.take(&entry, body, message.DuplicateCheck == 1)
	}
	l.entries[message.Text.Content] = entry
}

// take gives the message its effect, unless the duplicate check drops it: WeCom compares the bytes of the request.
func (l *ledger) take(entry *Entry, body []byte, duplicateCheck bool) {
	if duplicateCheck && l.bodies[string(body)] {
		entry.Suppressed++
		return
	}
	if duplicateCheck {
		l.bodies[string(body)] = true
	}
	entry.Effects++
}
