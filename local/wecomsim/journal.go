package wecomsim

import (
	"encoding/json"
	"net/url"
	"time"
)

// Entry is one /cgi-bin call as the journal keeps it.
type Entry struct {
	Time       time.Time       `json:"time"`
	Method     string          `json:"method"`
	Path       string          `json:"path"`
	Query      url.Values      `json:"query"`                // credentials masked
	Body       json.RawMessage `json:"body,omitempty"`       // exactly as received; of an upload, a summary
	Filename   string          `json:"filename,omitempty"`   // of the file that was uploaded or sent
	Size       int             `json:"size,omitempty"`       // of that file, in bytes
	Status     int             `json:"status"`               // 0: the connection was cut before an answer
	Errcode    int             `json:"errcode"`              // what WeCom decided, even when the answer was lost
	Errmsg     string          `json:"errmsg"`               //
	Fault      string          `json:"fault,omitempty"`      // the fault applied, such as "drop accepted"
	Accepted   bool            `json:"accepted"`             // carried out, even when the answer was cut
	Suppressed bool            `json:"suppressed,omitempty"` // dropped by the duplicate check
	Dropped    []string        `json:"dropped,omitempty"`    // receivers over their quota, dropped silently
	TokenKind  string          `json:"token,omitempty"`      // TokenContacts or TokenApp
	AgentID    int             `json:"agentid,omitempty"`    // the app of the token
}

// MarshalJSON shows a body that is no JSON as a string.
func (e Entry) MarshalJSON() ([]byte, error) {
	type plain Entry
	shown := plain(e)
	if len(e.Body) > 0 && !json.Valid(e.Body) {
		shown.Body = encodeJSON(string(e.Body))
	}
	return encodeJSON(shown), nil
}
