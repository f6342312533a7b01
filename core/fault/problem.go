package fault

import (
	"time"

	"github.com/wecom-functions/wecom-functions/core/rawjson"
)

// ContentType is the media type of a Problem (RFC 9457).
const ContentType = "application/problem+json"

// Problem is the public form of an Error: an RFC 9457 problem details object.
type Problem struct {
	Type         string      `json:"type"`
	Title        string      `json:"title"`
	Status       int         `json:"status"`
	Detail       string      `json:"detail"`
	Kind         Kind        `json:"kind"`
	Reason       string      `json:"reason,omitempty"`
	Action       string      `json:"action,omitempty"`
	Hint         string      `json:"hint,omitempty"`
	Retryable    bool        `json:"retryable"`
	RetryAfterMS int64       `json:"retry_after_ms,omitempty"`
	Violations   []Violation `json:"violations,omitempty"`
	WeCom        *WeCom      `json:"wecom,omitempty"`
	Completed    *Completed  `json:"completed,omitempty"`
	RequestID    string      `json:"request_id,omitempty"`
}

// JSON is the problem as a caller gets it.
func (e *Error) JSON() []byte {
	text, _ := rawjson.Marshal(e.Problem()) // it has nothing that JSON cannot hold
	return text
}

// Problem is what a caller is shown. The cause stays behind.
func (e *Error) Problem() Problem {
	return Problem{
		Type:         "about:blank",
		Title:        e.Kind.Title(),
		Status:       e.HTTPStatus(),
		Detail:       e.Detail,
		Kind:         e.Kind,
		Reason:       e.Reason,
		Action:       e.Action,
		Hint:         e.Hint,
		Retryable:    e.Retryable(),
		RetryAfterMS: int64(e.RetryAfter / time.Millisecond),
		Violations:   e.Violations,
		WeCom:        e.WeCom,
		Completed:    e.Completed,
		RequestID:    e.RequestID,
	}
}
