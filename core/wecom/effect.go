package wecom

// Effect says what a call does at WeCom, and by that whether it may be sent again when its answer was lost.
type Effect int

const (
	// Read changes nothing.
	Read Effect = iota
	// Set sets or removes something: done twice is the same as done once.
	Set
	// Create makes something new each time it is sent.
	Create
	// CreateKeyed makes something under a natural key (an id, or a name under its parent), so that a second try
	// meets the first one's work and can be reconciled with it; see MetOwnWork.
	CreateKeyed
	// Send sends a message each time it is sent.
	Send
	// SendChecked sends a message under WeCom's own duplicate check: an identical body is dropped.
	SendChecked
)

// repeatable tells whether a call whose outcome is unknown may be sent again.
func (e Effect) repeatable() bool {
	return e == Read || e == Set || e == CreateKeyed || e == SendChecked
}

// writes tells whether the call changes contacts or chats, so that WeCom can meet a data version conflict (6000).
func (e Effect) writes() bool {
	return e == Set || e == Create || e == CreateKeyed
}

func (e Effect) sends() bool { return e == Send || e == SendChecked }

// afterLoss says what a repeat can meet when an answer was lost and the call may be sent again safely.
func (e Effect) afterLoss() string {
	switch e {
	case Set:
		return "WeCom may have carried it out. Sending it again changes no more; a removal may then meet \"does not exist\"."
	case CreateKeyed:
		return "WeCom may have carried it out. Sending it again makes no second one, but may meet \"exists already\": look first."
	case SendChecked:
		return "WeCom may have sent it. Sent again unchanged within the interval of the duplicate check, the copy is dropped."
	default:
		return ""
	}
}
