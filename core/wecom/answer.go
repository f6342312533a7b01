package wecom

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// Status is the part that every answer of WeCom has. An output embeds it; after a success it is empty again, so that
// the output shows WeCom's answer without errcode and errmsg.
type Status struct {
	Errcode Errcode `json:"errcode,omitzero"`
	Errmsg  string  `json:"errmsg,omitempty"`
}

func (s *Status) status() *Status { return s }

// answer is an output that embeds Status.
type answer interface{ status() *Status }

// Empty is the answer of a call that answers nothing else.
type Empty struct{ Status }

// Errcode is WeCom's errcode as it stands in an answer: a number, or a string of its digits.
// Once it is not 0 it stays so, however often the key is repeated.
type Errcode struct {
	state errcodeState
	value int64
}

type errcodeState int

const (
	errcodeMissing errcodeState = iota
	errcodeRead
	errcodeUnreadable // null, a fraction, text
)

// UnmarshalJSON reads the errcode and never fails, so that the rest of the answer is read too.
func (e *Errcode) UnmarshalJSON(data []byte) error {
	if e.value != 0 || e.state == errcodeUnreadable {
		return nil
	}
	n, err := strconv.ParseInt(strings.Trim(string(data), `"`), 10, 64)
	if err != nil {
		e.state = errcodeUnreadable
		return nil
	}
	e.state, e.value = errcodeRead, n
	return nil
}

// maxValues bounds the values of an answer: in memory a list can be many times as large as its text. The departments of
// the largest enterprises have fewer.
const maxValues = 1 << 19

// parse reads an answer into out, and returns its errmsg and what is wrong with it; nil if WeCom said errcode 0.
func parse(data []byte, out answer) (errmsg string, failed *failure) {
	if bytes.Count(data, []byte(",")) > maxValues {
		return "", unreadable("gave an answer with more values than any enterprise has")
	}
	err := json.Unmarshal(bytes.TrimPrefix(data, []byte("\ufeff")), out)
	status := out.status()
	errcode, errmsg := status.Errcode, status.Errmsg
	switch {
	case errcode.state == errcodeRead && errcode.value != 0:
		return errmsg, &failure{stage: rejected, errcode: errcode.value, errmsg: errmsg}
	case err != nil:
		return "", unreadable("gave an answer that is not the JSON of this call")
	case errcode.state != errcodeRead:
		return "", unreadable("gave an answer without a readable errcode")
	}
	*status = Status{}
	return errmsg, nil
}

// wrongJSON is how WeCom says, with errcode 0 too, that it could not read a part of the request (document 90313).
const wrongJSON = "Warning: wrong json format."

func misread(errmsg string) bool { return strings.Contains(errmsg, wrongJSON) }
