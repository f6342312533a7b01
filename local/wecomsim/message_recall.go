package wecomsim

import "time"

// receipt is what recall needs to know of a message that message/send accepted.
type receipt struct {
	agentID int
	sent    time.Time
}

// receipts keeps the newest keptItems.
type receipts struct {
	byID   map[string]receipt
	oldest []string
}

func newReceipts() *receipts { return &receipts{byID: make(map[string]receipt)} }

func (r *receipts) add(msgID string, what receipt) {
	r.byID[msgID] = what
	r.oldest = append(r.oldest, msgID)
	if len(r.oldest) > keptItems {
		delete(r.byID, r.oldest[0])
		r.oldest = r.oldest[1:]
	}
}

// messageRecall is document 94867. An unknown msgid gets the errcode of a foreign one, and a second recall succeeds
// again: both our choice.
func (c *call) messageRecall() (success, error) {
	msgID := c.body.str("msgid")
	if msgID == "" {
		return success{}, refuse(codeParameterEmpty)
	}
	sent, known := c.sim.sent.byID[msgID]
	if !known || sent.agentID != c.agent.AgentID {
		return success{}, refuseInvalid("msgid")
	}
	limit := c.corp.Limits.RecallWindowSeconds
	if limit > 0 && c.now.Sub(sent.sent) > seconds(limit) {
		return success{}, refuse(codeMsgIDExpired)
	}
	c.sim.recall(msgID)
	return success{}, nil
}

// recall marks a message as withdrawn, if the inbox still has it; the caller holds the lock.
func (s *Sim) recall(msgID string) {
	m := find(s.inbox.items, func(m *Message) bool { return m.ID == msgID })
	if m != nil && !m.Recalled {
		m.Recalled = true
		s.events.publish("recall", *m)
	}
}
