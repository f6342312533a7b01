package wecomsim

import (
	"crypto/sha256"
	"time"
)

// duplicates remembers the requests that ask for the duplicate check. What WeCom answers to a repetition is unknown;
// here it is the first answer.
type duplicates struct {
	seen   map[duplicateKey]seenRequest
	oldest []duplicateKey
}

type duplicateKey struct {
	agentID int
	body    [sha256.Size]byte
}

type seenRequest struct {
	until  time.Time
	answer success
}

func newDuplicates() *duplicates { return &duplicates{seen: make(map[duplicateKey]seenRequest)} }

// answer finds what the same request, byte for byte, was answered within its window.
func (d *duplicates) answer(agentID int, body []byte, now time.Time) (success, bool) {
	first, ok := d.seen[duplicateKey{agentID, sha256.Sum256(body)}]
	return first.answer, ok && now.Before(first.until)
}

// remember keeps the newest keptItems requests.
func (d *duplicates) remember(agentID int, body []byte, until time.Time, answer success) {
	key := duplicateKey{agentID, sha256.Sum256(body)}
	if _, again := d.seen[key]; !again {
		d.oldest = append(d.oldest, key)
	}
	d.seen[key] = seenRequest{until, answer}
	if len(d.oldest) > keptItems {
		delete(d.seen, d.oldest[0])
		d.oldest = d.oldest[1:]
	}
}
