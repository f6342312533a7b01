package wecomsim

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
)

// Faults is a plan of things that go wrong. The same plan, seed and order of calls give the same faults.
type Faults struct {
	Seed   int64   `json:"seed"`
	Faults []Fault `json:"faults"`
}

// Fault makes one thing go wrong for the calls it matches. When several match a call, the first whose turn it is wins;
// all of them count the call.
type Fault struct {
	Match       Match   `json:"match"`
	Do          Do      `json:"do"`
	Times       int     `json:"times"`       // at most so often; 0 = without end
	Probability float64 `json:"probability"` // of a matching call whose turn it is; 0 = always, like 1
}

// Match selects /cgi-bin calls; what is empty matches everything.
type Match struct {
	Path    string `json:"path,omitempty"`    // exact, or the beginning when it ends in "*"
	Method  string `json:"method,omitempty"`  //
	MsgType string `json:"msgtype,omitempty"` // of a message
	Nth     int    `json:"nth,omitempty"`     // every nth matching call; 0 and 1 = each
}

// Do is what goes wrong: one of Errcode, Status, Drop, Garbage and Token, or none of them after a delay.
type Do struct {
	Errcode  int               `json:"errcode,omitempty"`  // answered with its text; nothing is carried out
	IP       string            `json:"ip,omitempty"`       // with Errcode: the caller's address in the text
	Status   int               `json:"status,omitempty"`   // an HTML page of the web server; nothing is carried out
	Headers  map[string]string `json:"headers,omitempty"`  // with Status
	DelayMS  int               `json:"delay_ms,omitempty"` // waits first; if the client leaves meanwhile, nothing is carried out
	Drop     string            `json:"drop,omitempty"`     // DropRequest, DropAccepted or DropBody
	Garbage  string            `json:"garbage,omitempty"`  // GarbageHTML, GarbageTruncated or GarbageEmpty, with HTTP 200
	Accepted bool              `json:"accepted,omitempty"` // with Garbage: the call was carried out all the same
	Token    string            `json:"token,omitempty"`    // TokenExpired or TokenRevoked: spoils the token for good
}

// The values of Do's words.
const (
	DropRequest  = "request"  // connection reset before anything is carried out
	DropAccepted = "accepted" // carried out, then reset without an answer
	DropBody     = "body"     // carried out, then reset in the middle of the answer

	GarbageHTML      = "html"
	GarbageTruncated = "truncated"
	GarbageEmpty     = "empty"

	TokenExpired = "expired"
	TokenRevoked = "revoked"
)

func (f Faults) validate() error {
	for i, fault := range f.Faults {
		if err := fault.validate(); err != nil {
			return fmt.Errorf("faults[%d]: %w", i, err)
		}
	}
	return nil
}

func (f Fault) validate() error {
	switch {
	case f.Match.Nth < 0:
		return errors.New("match.nth must not be negative")
	case f.Times < 0:
		return errors.New("times must not be negative")
	case f.Probability < 0 || f.Probability > 1:
		return errors.New("probability must be between 0 and 1")
	}
	return f.Do.validate()
}

func (d Do) validate() error {
	if err := d.validateWords(); err != nil {
		return err
	}
	actions := 0
	for _, present := range []bool{d.Errcode != 0, d.Status != 0, d.Drop != "", d.Garbage != "", d.Token != ""} {
		if present {
			actions++
		}
	}
	switch {
	case actions > 1:
		return errors.New("do must have only one of errcode, status, drop, garbage and token")
	case actions == 0 && d.DelayMS == 0:
		return errors.New("do must have one of errcode, status, delay_ms, drop, garbage and token")
	case d.IP != "" && d.Errcode == 0:
		return errors.New("do.ip goes with do.errcode")
	case len(d.Headers) > 0 && d.Status == 0:
		return errors.New("do.headers goes with do.status")
	case d.Accepted && d.Garbage == "":
		return errors.New("do.accepted goes with do.garbage")
	}
	return nil
}

func (d Do) validateWords() error {
	switch {
	case d.DelayMS < 0:
		return errors.New("do.delay_ms must not be negative")
	case d.Status != 0 && (d.Status < http.StatusOK || d.Status > 599):
		return fmt.Errorf("do.status must be an HTTP status from 200 to 599, not %d", d.Status)
	}
	return errors.Join(
		oneOf("do.drop", d.Drop, DropRequest, DropAccepted, DropBody),
		oneOf("do.garbage", d.Garbage, GarbageHTML, GarbageTruncated, GarbageEmpty),
		oneOf("do.token", d.Token, TokenExpired, TokenRevoked),
	)
}

func oneOf(name, value string, words ...string) error {
	if value == "" {
		return nil
	}
	for _, word := range words {
		if value == word {
			return nil
		}
	}
	return fmt.Errorf("%s must be one of %s, not %q", name, strings.Join(words, ", "), value)
}

// name is how the journal calls the fault.
func (d Do) name() string {
	var parts []string
	if d.DelayMS > 0 {
		parts = append(parts, fmt.Sprintf("delay %d ms", d.DelayMS))
	}
	switch {
	case d.Errcode != 0:
		parts = append(parts, fmt.Sprintf("errcode %d", d.Errcode))
	case d.Status != 0:
		parts = append(parts, fmt.Sprintf("status %d", d.Status))
	case d.Drop != "":
		parts = append(parts, "drop "+d.Drop)
	case d.Garbage != "":
		parts = append(parts, "garbage "+d.Garbage)
	case d.Token != "":
		parts = append(parts, "token "+d.Token)
	}
	return strings.Join(parts, ", ")
}

// faultPlan is Faults at work.
type faultPlan struct {
	faults  Faults
	matched []int        // per fault: calls that matched
	applied []int        // per fault: calls it spoilt
	chances []*rand.Rand // per fault, so that one does not disturb the other
}

func newFaultPlan(f Faults) *faultPlan {
	f.Faults = append([]Fault{}, f.Faults...)
	p := &faultPlan{faults: f, matched: make([]int, len(f.Faults)), applied: make([]int, len(f.Faults))}
	for i := range f.Faults {
		if f.Faults[i].Probability == 0 {
			f.Faults[i].Probability = 1
		}
		p.chances = append(p.chances, rand.New(rand.NewPCG(uint64(f.Seed), uint64(i)))) // not secret, but repeatable
	}
	return p
}

// pick chooses what goes wrong with a call; the zero Do is nothing.
func (p *faultPlan) pick(method, path, msgType string) Do {
	var chosen Do
	found := false
	for i, fault := range p.faults.Faults {
		if fault.Match.covers(method, path, msgType) && p.due(i, fault) && !found {
			p.applied[i]++
			chosen, found = fault.Do, true
		}
	}
	return chosen
}

func (m Match) covers(method, path, msgType string) bool {
	prefix, isPrefix := strings.CutSuffix(m.Path, "*")
	return (m.Path == "" || m.Path == path || isPrefix && strings.HasPrefix(path, prefix)) &&
		(m.Method == "" || strings.EqualFold(m.Method, method)) &&
		(m.MsgType == "" || m.MsgType == msgType)
}

// due counts a matching call and says whether it is the fault's turn.
func (p *faultPlan) due(i int, f Fault) bool {
	p.matched[i]++
	if f.Match.Nth > 1 && p.matched[i]%f.Match.Nth != 0 {
		return false
	}
	if f.Times > 0 && p.applied[i] >= f.Times {
		return false
	}
	return f.Probability == 1 || p.chances[i].Float64() < f.Probability
}
