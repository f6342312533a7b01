package action

import (
	"encoding/json"
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
func Decode(in Input, data []byte) *Report {
	report := &Report{}
	r, err := newReader(data)
	if err == nil {
		err = r.input(in, report)
	}
	if err == nil {
		err = r.end()
	}
	if err != nil {
		return &Report{Violations: []fault.Violation{{
			Rule: fault.RuleFormat, Limit: "one JSON object in UTF-8", Detail: err.Error(),
		}}}
	}
	return report
}

// input reads the outermost value.
func (r *reader) input(in Input, report *Report) error {
	token, err := r.next()
	if errors.Is(err, errNothing) {
		report.violate("", fault.RuleRequired, "one JSON object", "nothing", "Give the input as a JSON object; it may be {}.")
		return nil
	}
	if err != nil {
		return err
	}
	if token != json.Delim('{') {
		report.violate("", fault.RuleType, "one JSON object", typeOf(token), "The input must be a JSON object.")
		return r.skip(token)
	}
	return r.object(FieldsOf(in), report, "")
}

// object reads the members of an object whose opening brace was read, then checks its rules.
func (r *reader) object(fields *Fields, report *Report, path string) error {
	outer := *report
	report.fields, report.path = fields, path
	defer func() { report.fields, report.path = outer.fields, outer.path }()
	for {
		token, err := r.next()
		if err != nil {
			return err
		}
		if token == json.Delim('}') {
			break
		}
		if err := r.member(token.(string), report); err != nil {
			return err
		}
	}
	for _, field := range fields.list {
		field.verify(report)
	}
	for _, rule := range fields.across {
		rule(report)
	}
	return nil
}

// member reads the value of one key.
func (r *reader) member(key string, report *Report) error {
	token, err := r.next()
	if err != nil {
		return err
	}
	field := report.fields.Lookup(key)
	switch {
	case field == nil:
		report.Violate(key, fault.RuleUnknown, "", "", fmt.Sprintf("There is no field %q here.%s", shown(key), report.fields.suggest(key)))
		return r.skip(token)
	case field.seen:
		report.Violate(key, fault.RuleDuplicate, "once", "", fmt.Sprintf("%s stands twice in the object.", key))
		return r.skip(token)
	case token == nil:
		field.seen = true
		return nil
	}
	field.seen = true
	return r.value(field, token, report)
}

// value reads one value into the field's destination.
func (r *reader) value(field *Field, token json.Token, report *Report) error {
	switch field.Kind {
	case Object, Objects:
		return r.nested(field, token, report)
	case Strings, Integers:
		return r.list(field, token, report)
	}
	switch v := token.(type) {
	case string:
		field.setString(v, report)
	case json.Number:
		field.setNumber(v, report)
	case bool:
		field.setBool(v, report)
	default:
		field.wrongType(report, token)
		return r.skip(token)
	}
	return nil
}

func (r *reader) nested(field *Field, token json.Token, report *Report) error {
	path := report.pointer(field.Name)
	switch {
	case field.Kind == Object && token == json.Delim('{'):
		field.given = true
		return r.object(FieldsOf(field.item()), report, path)
	case field.Kind == Objects && token == json.Delim('['):
		return r.objects(field, report, path)
	default:
		field.wrongType(report, token)
		return r.skip(token)
	}
}

func (r *reader) objects(field *Field, report *Report, path string) error {
	count := int64(0)
	for ; ; count++ {
		token, err := r.next()
		if err != nil {
			return err
		}
		if token == json.Delim(']') {
			break
		}
		at := path + "/" + strconv.FormatInt(count, 10)
		if token != json.Delim('{') {
			report.violate(at, fault.RuleType, "an object", typeOf(token), fmt.Sprintf("Each item of %s must be an object.", field.Name))
			if err := r.skip(token); err != nil {
				return err
			}
			continue
		}
		if err := r.object(FieldsOf(field.item()), report, at); err != nil {
			return err
		}
	}
	field.given = count > 0
	field.verifyCount(report, count)
	return nil
}

// list reads a JSON list, or one string of joined items.
func (r *reader) list(field *Field, token json.Token, report *Report) error {
	if joined, ok := token.(string); ok {
		if items := field.split(joined); len(items) > 0 {
			field.setList(items, report)
		}
		return nil
	}
	if token != json.Delim('[') {
		if number, ok := token.(json.Number); ok && field.Kind == Integers {
			field.setList([]string{number.String()}, report)
			return nil
		}
		field.wrongType(report, token)
		return r.skip(token)
	}
	var items []string
	for at := 0; ; at++ {
		token, err := r.next()
		if err != nil {
			return err
		}
		switch v := token.(type) {
		case string:
			items = append(items, v)
		case json.Number:
			if field.Kind == Strings {
				field.wrongItem(report, at, token)
				continue
			}
			items = append(items, v.String())
		default:
			if token == json.Delim(']') {
				field.setList(items, report)
				return nil
			}
			field.wrongItem(report, at, token)
			if err := r.skip(token); err != nil {
				return err
			}
		}
	}
}

// split takes a joined list apart. Where the separator is a comma, the full-width comma separates too. Nothing but
// white space and separators is the empty box of a form: no list at all.
func (f *Field) split(joined string) []string {
	if f.Separator == "," {
		joined = strings.ReplaceAll(joined, "，", ",")
	}
	if strings.Trim(joined, f.Separator+" \t\r\n") == "" {
		return nil
	}
	return strings.Split(joined, f.Separator)
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
	case Object:
		return "an object"
	case Objects:
		return "a list of objects"
	default:
		return "a list of " + string(k)
	}
}

func (f *Field) wrongType(report *Report, token json.Token) {
	want := f.Kind.words()
	report.Violate(f.Name, fault.RuleType, want, f.shownToken(token), fmt.Sprintf("%s must be %s.", f.Name, want))
}

func (f *Field) wrongItem(report *Report, at int, token json.Token) {
	want := "a string"
	if f.Kind == Integers {
		want = "an integer"
	}
	report.violate(f.itemPointer(report, at), fault.RuleType, want, f.shownToken(token),
		fmt.Sprintf("Each item of %s must be %s.", f.Name, want))
}

func (f *Field) itemPointer(report *Report, at int) string {
	return report.pointer(f.Name) + "/" + strconv.Itoa(at)
}

func (f *Field) shownToken(token json.Token) string {
	switch v := token.(type) {
	case string:
		return f.shownValue(v)
	case json.Number:
		return f.shownValue(v.String())
	default:
		return typeOf(token)
	}
}

func typeOf(token json.Token) string {
	switch v := token.(type) {
	case nil:
		return "null"
	case bool:
		return strconv.FormatBool(v)
	case json.Number:
		return "a number"
	case string:
		return "a string"
	default:
		if v == json.Delim('{') {
			return "an object"
		}
		return "a list"
	}
}
