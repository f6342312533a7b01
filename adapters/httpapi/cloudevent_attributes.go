package httpapi

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

const specVersion = "1.0"

// required are the attributes that every event has.
var required = []string{"specversion", "id", "source", "type"}

// The other members of an event in structured mode that matter here.
const (
	dataType   = "datacontenttype"
	dataPlain  = "data"
	dataBase64 = "data_base64"
)

// readEvent reads an event, in binary mode or in structured mode. It returns the id even of one that is broken.
func readEvent(header http.Header, body []byte) (Event, *fault.Error) {
	if !hasPrefixFold(header.Get("Content-Type"), anyEvent) {
		a := binaryAttributes(header)
		return Event{RequestID: a.values["id"], Type: a.values["type"], Data: body}, a.check()
	}
	a := attributes{form: "%s", values: make(map[string]string, 8)}
	members, ok := a.members(body)
	if !ok {
		return Event{}, fault.Invalid(fault.Violation{
			Rule: fault.RuleFormat, Limit: "one JSON object in UTF-8", Given: fmt.Sprintf("%d bytes", len(body)),
			Detail: "The CloudEvent is not a JSON object in UTF-8, which its Content-Type says it is.",
		})
	}
	data := a.readStructured(members)
	e := a.check()
	if contentType, given := a.values[dataType]; e == nil && given && !isUTF8(contentType, isJSON) {
		e = notJSON()
	}
	return Event{RequestID: a.values["id"], Type: a.values["type"], Data: data}, e
}

// attributes are what an event says of itself, and what is wrong with that.
type attributes struct {
	form       string // how an attribute is called where it stands
	values     map[string]string
	violations []fault.Violation
}

// binaryAttributes reads the headers of an event in binary mode.
func binaryAttributes(header http.Header) *attributes {
	a := &attributes{form: "The header ce-%s", values: make(map[string]string, len(required))}
	for _, name := range required {
		given := header[http.CanonicalHeaderKey("ce-"+name)]
		switch {
		case len(given) > 1:
			a.broken(name, fault.RuleDuplicate, "once", fmt.Sprintf("%d times", len(given)), "stands more than once; send it once")
		case len(given) == 1:
			value, ok := headerText(given[0])
			if !ok {
				a.broken(name, fault.RuleFormat, "UTF-8, percent-encoded", fmt.Sprintf("%d bytes", len(given[0])), "is not percent-encoded UTF-8")
				continue
			}
			a.values[name] = value
		}
	}
	return a
}

// headerText is the text of an attribute in a header: percent-encoded, and by older producers between double quotes.
func headerText(s string) (string, bool) {
	if len(s) > 1 && s[0] == '"' && s[len(s)-1] == '"' {
		s = unquoted(s[1 : len(s)-1])
	}
	value, err := url.PathUnescape(s)
	return value, err == nil && utf8.ValidString(value)
}

// unquoted takes off the backslashes within double quotes.
func unquoted(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// members finds the members of an event in structured mode that matter; ok is false for what is no JSON object.
// encoding/json alone would take keys in any case, and hide that one stands twice.
func (a *attributes) members(raw []byte) (given map[string]json.RawMessage, ok bool) {
	if !utf8.Valid(raw) || !json.Valid(raw) {
		return nil, false
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	if first, _ := decoder.Token(); first != json.Delim('{') {
		return nil, false
	}
	given = make(map[string]json.RawMessage, 8)
	for decoder.More() {
		token, _ := decoder.Token() // valid, as was checked
		name, _ := token.(string)
		var value json.RawMessage
		_ = decoder.Decode(&value)
		if name != dataPlain && name != dataBase64 && name != dataType && !slices.Contains(required, name) {
			continue
		}
		if _, twice := given[name]; twice {
			a.broken(name, fault.RuleDuplicate, "once", "twice", "stands twice; give it once")
		}
		given[name] = value
	}
	return given, true
}

// readStructured reads the members of an event in structured mode, and returns its data.
func (a *attributes) readStructured(given map[string]json.RawMessage) []byte {
	for _, name := range slices.Concat(required, []string{dataType, dataBase64}) {
		a.readText(name, given[name])
	}
	encoded, isBase64 := a.values[dataBase64]
	if !isBase64 {
		return given[dataPlain]
	}
	if given[dataPlain] != nil {
		a.broken(dataBase64, fault.RuleExclusive, "data or data_base64", "both", "and data exclude each other; give one")
	}
	data, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		a.broken(dataBase64, fault.RuleFormat, "base64", fmt.Sprintf("%d characters", len(encoded)), "is not base64")
	}
	return data
}

// readText takes a member that must be a string. One that is null is absent.
func (a *attributes) readText(name string, value json.RawMessage) {
	var text *string
	switch {
	case value == nil:
	case json.Unmarshal(value, &text) != nil:
		a.broken(name, fault.RuleType, "a string", fmt.Sprintf("%d bytes of another type", len(value)), "must be a string")
	case text != nil:
		a.values[name] = *text
	}
}

func (a *attributes) broken(name string, rule fault.Rule, limit, given, what string) {
	a.violations = append(a.violations, fault.Violation{
		Field: "/" + name, Rule: rule, Limit: limit, Given: given, Detail: fmt.Sprintf(a.form, name) + " " + what + ".",
	})
}

// check says all that is wrong; nil if nothing is.
func (a *attributes) check() *fault.Error {
	for _, name := range required {
		told := slices.ContainsFunc(a.violations, func(v fault.Violation) bool { return v.Field == "/"+name })
		switch value := a.values[name]; {
		case told:
		case value == "":
			a.broken(name, fault.RuleRequired, "a text", "nothing", "is required: every CloudEvent has it")
		case name == "specversion" && value != specVersion:
			a.broken(name, fault.RuleOneOf, specVersion, Shown(value), "must be "+specVersion)
		}
	}
	if len(a.violations) == 0 {
		return nil
	}
	return fault.Invalid(a.violations...)
}
