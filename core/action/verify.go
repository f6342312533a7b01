package action

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

// verify checks the field's own rules, once its object was read.
func (f *Field) verify(report *Report) {
	if !f.given {
		if f.Required && !report.Given(f.Unless) && !report.has(f.Name) {
			report.Violate(f.Name, fault.RuleRequired, f.limit(), "", fmt.Sprintf("%s is required.", f.Name))
		}
		return
	}
	switch to := f.to.(type) {
	case *string:
		*to = f.verifyText(report, *to)
	case **string:
		**to = f.verifyText(report, **to)
	case *int64:
		f.verifyNumber(report, report.pointer(f.Name), *to)
	case **int64:
		f.verifyNumber(report, report.pointer(f.Name), **to)
	case *[]string:
		f.verifyCount(report, int64(len(*to)))
		for at, item := range *to {
			f.verifyForm(report, f.itemPointer(report, at), item)
		}
	case *[]int64:
		f.verifyCount(report, int64(len(*to)))
		for at, item := range *to {
			f.verifyNumber(report, f.itemPointer(report, at), item)
		}
	}
}

// has tells whether a violation of the field, or of something in it, stands already.
func (r *Report) has(name string) bool {
	pointer := r.pointer(name)
	return slices.ContainsFunc(r.Violations, func(v fault.Violation) bool {
		return v.Field == pointer || strings.HasPrefix(v.Field, pointer+"/")
	})
}

// limit says the field's main limit in words.
func (f *Field) limit() string {
	switch {
	case f.Bytes.set():
		return f.Bytes.String() + " bytes"
	case f.Chars.set():
		return f.Chars.String() + " characters"
	case f.Items.set():
		return f.Items.String() + " items"
	case f.Range.set():
		return f.Range.String()
	default:
		return ""
	}
}

func (f *Field) verifyText(report *Report, s string) string {
	if s == "" && f.Empty == EmptyClears {
		return s
	}
	if strings.TrimSpace(s) == "" && (f.Required || f.Empty == EmptyRefused) {
		report.Violate(f.Name, fault.RuleRequired, f.limit(), "only white space", f.blankDetail())
		return s
	}
	if f.Truncate {
		s = f.cut(report, s)
	}
	pointer := report.pointer(f.Name)
	f.verifyLength(report, pointer, s)
	f.verifyForm(report, pointer, s)
	return s
}

func (f *Field) blankDetail() string {
	if f.Required {
		return fmt.Sprintf("%s must not be empty.", f.Name)
	}
	return fmt.Sprintf("%s must not be empty; leave it out to keep what WeCom has.", f.Name)
}

func (f *Field) verifyLength(report *Report, pointer, s string) {
	if n := int64(len(s)); f.Bytes.set() && !f.Bytes.contain(n) {
		report.violate(pointer, fault.RuleBytes, f.Bytes.String()+" bytes", grouped(n)+" bytes",
			fmt.Sprintf("%s must have %s bytes of UTF-8; it has %s.", f.Name, f.Bytes.words(), grouped(n)))
	}
	if n := int64(utf8.RuneCountInString(s)); f.Chars.set() && !f.Chars.contain(n) {
		report.violate(pointer, fault.RuleChars, f.Chars.String()+" characters", grouped(n)+" characters",
			fmt.Sprintf("%s must have %s characters; it has %s.", f.Name, f.Chars.words(), grouped(n)))
	}
}

// verifyForm checks one string: its characters, its form and the field's further rule.
func (f *Field) verifyForm(report *Report, pointer, s string) {
	if at := f.controlCharacter(s); at >= 0 {
		report.violate(pointer, fault.RuleForbiddenChars, "no control characters", fmt.Sprintf("%+q", s[at]),
			fmt.Sprintf("%s contains a control character at byte %d; remove it.", f.Name, at))
		return
	}
	if at := strings.IndexAny(s, f.Forbidden); at >= 0 && f.Forbidden != "" {
		report.violate(pointer, fault.RuleForbiddenChars, "none of "+f.Forbidden, s[at:at+1],
			fmt.Sprintf("%s must not contain any of %s", f.Name, f.Forbidden))
	}
	if f.Format != nil {
		f.complain(report, pointer, s, f.Format.Name, f.Format.Check(s))
	}
	if f.check != nil {
		f.complain(report, pointer, s, "", f.check(s))
	}
	if f.Named && strings.ContainsAny(s, bidiControls) {
		report.Warn(f.Name, fault.RuleForbiddenChars, "%s contains a bidirectional control character, which can show it in another order.", f.Name)
	}
}

// bidiControls reorder the text around them: embeddings, overrides and isolates.
const bidiControls = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

func (f *Field) complain(report *Report, pointer, s, limit, wrong string) {
	if wrong != "" {
		report.violate(pointer, fault.RuleFormat, limit, f.shownValue(s), fmt.Sprintf("%s %s.", f.Name, wrong))
	}
}

// controlCharacter finds one that WeCom must not get: C0 and DEL, save tab and line breaks in what is not an id.
func (f *Field) controlCharacter(s string) int {
	text := !f.Token && f.Format == nil
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c > 0x1f && c != 0x7f:
		case text && (c == '\n' || c == '\r' || c == '\t'):
		default:
			return i
		}
	}
	return -1
}

func (f *Field) verifyNumber(report *Report, pointer string, n int64) {
	given := strconv.FormatInt(n, 10)
	if f.Range.set() && !f.Range.contain(n) {
		report.violate(pointer, fault.RuleRange, f.Range.String(), given,
			fmt.Sprintf("%s must be within %s.", f.Name, f.Range))
	}
	if len(f.OneOf) > 0 && !slices.Contains(f.OneOf, n) {
		choice := orList(f.OneOf)
		report.violate(pointer, fault.RuleOneOf, choice, given, fmt.Sprintf("%s must be %s.", f.Name, choice))
	}
}

func (f *Field) verifyCount(report *Report, n int64) {
	if f.Empty == EmptyClears && n == 0 {
		return
	}
	if f.Empty == EmptyRefused && n == 0 {
		report.Violate(f.Name, fault.RuleItems, f.limit(), "no items", fmt.Sprintf("%s must not be empty; leave it out to keep what WeCom has.", f.Name))
		return
	}
	if f.Items.set() && !f.Items.contain(n) {
		report.Violate(f.Name, fault.RuleItems, f.Items.String()+" items", grouped(n)+" items",
			fmt.Sprintf("%s must have %s items; it has %s, counted without empty ones and duplicates.", f.Name, f.Items.words(), grouped(n)))
	}
}

// words says bounds in a sentence: "at most 2,048", "1 to 64".
func (l Limits) words() string {
	switch {
	case l.Min == l.Max:
		return "exactly " + grouped(l.Min)
	case l.Min == 0:
		return "at most " + grouped(l.Max)
	default:
		return grouped(l.Min) + " to " + grouped(l.Max)
	}
}

func orList(values []int64) string {
	var b strings.Builder
	for i, v := range values {
		switch {
		case i == 0:
		case i == len(values)-1:
			b.WriteString(" or ")
		default:
			b.WriteString(", ")
		}
		b.WriteString(strconv.FormatInt(v, 10))
	}
	return b.String()
}
