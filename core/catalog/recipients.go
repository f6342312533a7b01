package catalog

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

// Recipients is the envelope of a message from an application: to whom, from which app, and how WeCom treats it
// (document 90236).
type Recipients struct {
	ToUser                 joinedIDs     `json:"touser,omitempty"`
	ToParty                joinedNumbers `json:"toparty,omitempty"`
	ToTag                  joinedNumbers `json:"totag,omitempty"`
	AgentID                int64         `json:"agentid"`
	Safe                   *int64        `json:"safe,omitempty"`
	EnableIDTrans          *int64        `json:"enable_id_trans,omitempty"`
	EnableDuplicateCheck   *int64        `json:"enable_duplicate_check,omitempty"`
	DuplicateCheckInterval *int64        `json:"duplicate_check_interval,omitempty"`
}

// joinedIDs and joinedNumbers are lists that go out as one string joined with "|".
type (
	joinedIDs     []string
	joinedNumbers []int64
)

// MarshalText joins the list.
func (j joinedIDs) MarshalText() ([]byte, error) { return []byte(strings.Join(j, "|")), nil }

// MarshalText joins the list.
func (j joinedNumbers) MarshalText() ([]byte, error) {
	var text []byte
	for i, n := range j {
		if i > 0 {
			text = append(text, '|')
		}
		text = strconv.AppendInt(text, n, 10)
	}
	return text, nil
}

func (to *Recipients) bind(f *action.Fields) {
	f.Strings("touser", (*[]string)(&to.ToUser)).Sep("|").MaxItems(1000).Each(receiver).Title("Receiver ID").
		Doc("Members who receive the message, or @all alone for everybody in the app's visible range.").Example([]string{"zhangsan", "lisi"})
	f.Ints("toparty", (*[]int64)(&to.ToParty)).Sep("|").MaxItems(100).Range(1, maxUint32).Title("Recipient Dept ID").
		Doc("Departments whose members receive the message. Left out when touser is @all.")
	f.Ints("totag", (*[]int64)(&to.ToTag)).Sep("|").MaxItems(100).Range(1, maxUint32).Title("Recipient Tag ID").
		Doc("Tags whose members receive the message. Left out when touser is @all.")
	f.Int("agentid", &to.AgentID).Range(1, maxUint32).Title("Enterprise App ID").
		Doc("The application that sends. May be left out where the connection has an AGENT_ID.")
	f.OptInt("enable_duplicate_check", &to.EnableDuplicateCheck).OneOf(0, 1).Default(0).Title("Duplicate Check").
		Doc("1: WeCom drops a message whose request is identical to one within the interval. A call whose answer is lost is then sent again safely, unless the interval is under 60 seconds, or 120 in an action that takes files; two honest, equal messages within the interval arrive once.")
	f.OptInt("duplicate_check_interval", &to.DuplicateCheckInterval).Range(1, 14_400).Default(1800).Title("Duplicate Check Interval").
		Doc("Seconds; at most four hours. Under 60, or 120 in an action that takes files, a call whose answer is lost is not sent again: the interval may be over before the repeat arrives.")
	f.AnyOf("touser", "toparty", "totag")
	f.Check(to.everybody)
}

const (
	// minCheckInterval is the shortest interval that a repeat is safe in.
	minCheckInterval     = 60 * time.Second
	defaultCheckInterval = 1800 * time.Second
)

// effect tells whether WeCom would drop a repeat of the message: the check must outlast the call and all its repeats, for
// what comes after it is delivered once more.
func (to *Recipients) effect(ctx context.Context) wecom.Effect {
	if to.EnableDuplicateCheck == nil || *to.EnableDuplicateCheck != 1 {
		return wecom.Send
	}
	interval := defaultCheckInterval
	if to.DuplicateCheckInterval != nil {
		interval = time.Duration(*to.DuplicateCheckInterval) * time.Second
	}
	deadline, has := ctx.Deadline()
	if interval < minCheckInterval || has && time.Until(deadline) > interval {
		return wecom.Send
	}
	return wecom.SendChecked
}

// DuplicateChecker is the input of a message that WeCom can recognise when it comes again.
type DuplicateChecker interface{ CheckDuplicates() }

// CheckDuplicates turns on WeCom's duplicate check, unless the caller decided on it.
func (to *Recipients) CheckDuplicates() {
	if to.EnableDuplicateCheck == nil {
		on := int64(1)
		to.EnableDuplicateCheck = &on
	}
}

// bindSafe declares the confidentiality of messages that have one.
func (to *Recipients) bindSafe(f *action.Fields, values ...int64) { bindSafe(f, &to.Safe, values...) }

func bindSafe(f *action.Fields, to **int64, values ...int64) {
	doc := "0: public; 1: private and watermarked."
	if slices.Contains(values, 2) {
		doc += " 2: public within the enterprise."
	}
	f.OptInt("safe", to).OneOf(values...).Default(0).Title("Confidentiality").Doc(doc)
}

// bindIDTrans declares the translation of ids, of messages that have it.
func (to *Recipients) bindIDTrans(f *action.Fields) {
	f.OptInt("enable_id_trans", &to.EnableIDTrans).OneOf(0, 1).Default(0).Title("ID Translation").
		Doc("1: WeCom replaces $userName=ID$ and $departmentName=ID$ in the text by names.")
}

// everybody: @all must stand alone. Beside ids its effect is not documented and could reach everybody by accident;
// departments and tags beside it are ignored by WeCom, and left out here.
func (to *Recipients) everybody(r *action.Report) {
	if !slices.Contains(to.ToUser, all) {
		return
	}
	if len(to.ToUser) > 1 {
		r.Violate("touser", fault.RuleExclusive, "@all alone", "@all and others",
			"touser must be @all alone, for everybody, or the ids of members without @all.")
		return
	}
	if len(to.ToParty) > 0 {
		to.ToParty = nil
		r.Warn("toparty", fault.RuleDropped, "left out, since touser is @all: the message goes to everybody")
	}
	if len(to.ToTag) > 0 {
		to.ToTag = nil
		r.Warn("totag", fault.RuleDropped, "left out, since touser is @all: the message goes to everybody")
	}
}

// Sent is the output of every message.*.send.
type Sent struct {
	wecom.Status
	MsgID          string  `json:"msgid,omitempty" doc:"The message, for message.recall."`
	InvalidUser    refused `json:"invaliduser,omitempty" doc:"Members who did not get it: unknown, or outside the app's visible range. In lower case."`
	InvalidParty   refused `json:"invalidparty,omitempty" doc:"Departments that did not get it."`
	InvalidTag     refused `json:"invalidtag,omitempty" doc:"Tags that did not get it."`
	UnlicensedUser refused `json:"unlicenseduser,omitempty" doc:"Members who did not get it for want of an API licence."`
}

// refused is a list that comes as one string joined with "|".
type refused []string

// UnmarshalJSON takes the string apart. It takes a list and a number too, and never fails: a message that was sent must
// not look lost because of how WeCom names whom it missed.
func (list *refused) UnmarshalJSON(data []byte) error {
	var items []json.RawMessage
	if json.Unmarshal(data, &items) != nil {
		items = []json.RawMessage{data} // no list: the joined string, as a rule
	}
	*list = nil
	for _, item := range items {
		*list = append(*list, namesIn(item)...)
	}
	return nil
}

// namesIn takes a joined string apart; anything else stands for itself as it is written.
func namesIn(item json.RawMessage) []string {
	var joined string
	if json.Unmarshal(item, &joined) != nil {
		return []string{string(item)}
	}
	return strings.FieldsFunc(joined, func(r rune) bool { return r == '|' || r == ' ' })
}

// demandAgent takes the application's id from the connection where the input has none.
func (to *Recipients) demandAgent(app *wecom.App) error {
	if to.AgentID == 0 {
		to.AgentID = app.AgentID()
	}
	if to.AgentID != 0 {
		return nil
	}
	return fault.Invalid(fault.Violation{
		Field: "/agentid", Rule: fault.RuleRequired, Limit: "an application's id", Given: "nothing",
		Detail: "agentid is required: give it, or set WECOM_<NAME>_AGENT_ID of the connection.",
	})
}

// deliver sends a message to the recipients, once the files that it carries are uploaded.
func (to *Recipients) deliver(ctx context.Context, app *wecom.App, desk *Desk, files []*attachment, content body) (*Sent, error) {
	if err := to.demandAgent(app); err != nil {
		return nil, err
	}
	return deliver(ctx, app, desk, files, func() (*Sent, error) { return to.send(ctx, app, content) })
}

// send sends a message to the recipients.
func (to *Recipients) send(ctx context.Context, app *wecom.App, content body) (*Sent, error) {
	if err := to.demandAgent(app); err != nil {
		return nil, err
	}
	call := wecom.Call{Path: "message/send", Effect: to.effect(ctx), Body: struct {
		*Recipients
		body
	}{to, content}}
	sent, err := wecom.Do[*Sent](ctx, app, call)
	if err != nil {
		return nil, err
	}
	sent.report(ctx)
	return sent, nil
}

// report says in the result what did not go as the caller may think.
func (s *Sent) report(ctx context.Context) {
	trace := wecom.TraceOf(ctx)
	if n := len(s.InvalidUser) + len(s.InvalidParty) + len(s.InvalidTag) + len(s.UnlicensedUser); n > 0 {
		trace.Refused("WeCom sent the message and refused %d of its recipients; the output lists them", n)
	}
	if s.MsgID == "" {
		missingInAnswer(ctx, "msgid")
	}
}
