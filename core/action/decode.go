package action

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

// Decode reads one JSON object into an input and checks every rule. The input is fit for use only if the report has
// no violations.
//
// It is strict: keys are exact, unknown and duplicate ones are violations, and the JSON must be valid UTF-8 to its
// last byte. It is lenient in what the connector's form is lenient in: a list may be one string joined with its
// separator, and an integer may be a string of its digits.
func Decode(in Input, data []byte) *Report { return decode(FieldsOf(in), data) }

func decode(fields *Fields, data []byte) *Report {
	report := &Report{}
	r, err := newReader(data)
	if errors.Is(err, errNothing) {
		report.violate("", fault.RuleRequired, "one JSON object", "nothing", "Give the input as a JSON object; it may be {}.")
		return report
	}
	if err == nil {
		err = r.input(fields, report)
	}
	if err == nil {
		err = r.end()
	}
	if err != nil {
		return &Report{Violations: []fault.Violation{{
			Rule: fault.RuleFormat, Limit: "one JSON object in UTF-8", Given: fault.Grouped(int64(len(data))) + " bytes", Detail: err.Error(),
		}}}
	}
	return report
}

// input reads the outermost value.
func (r *reader) input(fields *Fields, report *Report) error {
	t, err := r.value()
	if err != nil {
		return err
	}
	if t.kind != objectToken {
		report.violate("", fault.RuleType, "one JSON object", t.words(), "The input must be a JSON object.")
		return r.skip(t)
	}
	return r.object(fields, report, "")
}

// object reads the members of an object whose opening brace was read, then checks its rules.
func (r *reader) object(fields *Fields, report *Report, path string) error {
	outer := report.scope
	report.scope = scope{fields: fields, path: path, begin: len(report.Violations)}
	defer func() { report.scope = outer }()
	for first := true; ; first = false {
		more, err := r.more('}', first)
		if err != nil {
			return err
		}
		if !more {
			break
		}
		if err := r.member(report); err != nil {
			return err
		}
	}
	for _, field := range fields.list {
		field.verify(report)
	}
	for _, rule := range fields.across {
		rule.verify(report)
	}
	return nil
}

// member reads one key and its value.
func (r *reader) member(report *Report) error {
	key, err := r.key()
	if err != nil {
		return err
	}
	field := report.fields.Lookup(key)
	if field != nil && field.Kind == Base64 && !field.seen && r.peek() == '"' {
		field.seen = true
		return r.base64(field, report)
	}
	t, err := r.value()
	if err != nil {
		return err
	}
	switch {
	case field == nil:
		report.unknown(key)
		return r.skip(t)
	case field.seen:
		report.Violate(key, fault.RuleDuplicate, "once", "twice", fmt.Sprintf("%s stands twice in the object; give it once.", key))
		return r.skip(t)
	}
	field.seen = true
	if t.kind == nullToken {
		return nil
	}
	return r.fill(field, t, report)
}

// fill reads one value into the field's destination.
func (r *reader) fill(field *Field, t token, report *Report) error {
	switch field.Kind {
	case Object, Objects:
		return r.nested(field, t, report)
	case Strings, Integers:
		return r.list(field, t, report)
	}
	switch t.kind {
	case stringToken:
		field.setString(t, report)
	case numberToken:
		field.setNumber(t, report)
	case trueToken, falseToken:
		field.setBool(t, report)
	default:
		field.wrongType(report, t)
		return r.skip(t)
	}
	return nil
}

func (r *reader) nested(field *Field, t token, report *Report) error {
	path := report.pointer(field.Name)
	switch {
	case field.Kind == Object && t.kind == objectToken:
		field.given = true
		return r.object(FieldsOf(field.item()), report, path)
	case field.Kind == Objects && t.kind == listToken:
		return r.objects(field, report, path)
	default:
		field.wrongType(report, t)
		return r.skip(t)
	}
}

func (r *reader) objects(field *Field, report *Report, path string) error {
	count := int64(0)
	for ; ; count++ {
		more, err := r.more(']', count == 0)
		if err != nil {
			return err
		}
		if !more {
			break
		}
		t, err := r.value()
		if err != nil {
			return err
		}
		if t.kind == objectToken {
			err = r.object(FieldsOf(field.item()), report, path+"/"+strconv.FormatInt(count, 10))
		} else {
			field.wrongItem(report, int(count), t)
			err = r.skip(t)
		}
		if err != nil {
			return err
		}
	}
	field.given = true
	field.verifyCount(report, count)
	return nil
}

// item is one item of a list of strings or integers: its place in what was given, and its text.
type item struct {
	at   int
	text string
}

// list reads a JSON list, or one string of joined items.
func (r *reader) list(field *Field, t token, report *Report) error {
	if t.kind == stringToken {
		items, err := r.split(field, t.text)
		if len(items) > 0 {
			field.setList(items, report)
		}
		return err
	}
	if t.kind != listToken {
		field.wrongType(report, t)
		return r.skip(t)
	}
	items := make([]item, 0, 4)
	for at := 0; ; at++ {
		more, err := r.more(']', at == 0)
		if err != nil {
			return err
		}
		if !more {
			field.setList(items, report)
			return nil
		}
		t, err := r.value()
		if err != nil {
			return err
		}
		if t.kind == stringToken || t.kind == numberToken && field.Kind == Integers {
			items = append(items, item{at, t.text})
			continue
		}
		field.wrongItem(report, at, t)
		if err := r.skip(t); err != nil {
			return err
		}
	}
}

// split takes a joined list apart. Where the separator is a comma, the full-width comma separates too. Nothing but
// white space and separators is the empty box of a form: no list at all.
//
// Its items count as values of the input: what bounds a list must bound a string of the same items.
func (r *reader) split(field *Field, joined string) ([]item, error) {
	if field.Separator == "," {
		joined = strings.ReplaceAll(joined, "，", ",")
	}
	if strings.Trim(joined, field.Separator+" \t\r\n") == "" {
		return nil, nil
	}
	var items []item
	at := 0
	for text := range strings.SplitSeq(joined, field.Separator) {
		if field.Parallel || strings.TrimSpace(text) != "" {
			if err := r.count(); err != nil {
				return nil, err
			}
			items = append(items, item{at, text})
		}
		at++
	}
	return items, nil
}

// itemWords says the kind of one item of a list.
func (k Kind) itemWords() string {
	switch k {
	case Integers:
		return "an integer"
	case Objects:
		return "an object"
	default:
		return "a string"
	}
}

// words says the kind in a sentence.
func (k Kind) words() string {
	switch k {
	case String:
		return "a string"
	case Integer:
		return "an integer"
	case Boolean:
		return "true or false"
	case Base64:
		return "a string of base64"
	case Object:
		return "an object"
	case Objects:
		return "a list of objects"
	default:
		return "a list of " + string(k)
	}
}

func (f *Field) wrongType(report *Report, t token) {
	want, given := f.Kind.words(), t.shown()
	if f.Secret {
		given = t.words()
	}
	report.Violate(f.Name, fault.RuleType, want, given, fmt.Sprintf("%s must be %s.", f.Name, want))
}

func (f *Field) wrongItem(report *Report, at int, t token) {
	want := f.Kind.itemWords()
	report.violate(f.pointer(report, at), fault.RuleType, want, t.shown(), fmt.Sprintf("%s must be %s.", f.subject(at), want))
}

// itself stands for a field where an item of a list stands for its place in it.
const itself = -1

// pointer is the JSON Pointer of the field, or of one of its items. It is made for a violation alone: most lists have
// none.
func (f *Field) pointer(report *Report, at int) string {
	if at == itself {
		return report.pointer(f.Name)
	}
	return report.pointer(f.Name) + "/" + strconv.Itoa(at)
}

// subject begins a sentence on what the field, or each of its items, must be.
func (f *Field) subject(at int) string {
	if at == itself {
		return f.Name
	}
	return "Each item of " + f.Name
}

// shown is what a violation says of the token.
func (t token) shown() string {
	if t.kind == stringToken || t.kind == numberToken {
		return shownValue(t.text)
	}
	return t.words()
}

// words says what the token begins.
func (t token) words() string {
	switch t.kind {
	case objectToken:
		return "an object"
	case listToken:
		return "a list"
	case stringToken:
		return "a string"
	case numberToken:
		return "a number"
	case nullToken:
		return "null"
	default:
		return strconv.FormatBool(t.kind == trueToken)
	}
}
