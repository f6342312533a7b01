package action

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

// verify checks the field's own rules, once its object was read. The items of a list were checked as they were read,
// while their places were known.
func (f *Field) verify(report *Report) {
	if f.beside {
		return
	}
	if !f.given {
		if f.Required && !report.triedAny(f.Unless) && !report.has(f.Name) {
			report.Violate(f.Name, fault.RuleRequired, f.limit(), "nothing",
				fmt.Sprintf("%s is required.", strings.Join(append([]string{f.Name}, f.Unless...), " or ")))
		}
		return
	}
	switch to := f.to.(type) {
	case *string:
		*to = f.verifyText(report, *to)
	case **string:
		**to = f.verifyText(report, **to)
	case *int64:
		f.verifyNumber(report, itself, *to)
	case **int64:
		f.verifyNumber(report, itself, **to)
	case *[]byte:
		f.verifyData(report, len(*to))
	case *[]string, *[]int64:
		f.verifyCount(report, int64(f.count()))
	}
}

// has tells whether a violation of the field, or of something in it, stands already. It looks at the present object
// alone: a list may hold thousands of broken ones.
func (r *Report) has(name string) bool {
	pointer := r.pointer(name)
	return slices.ContainsFunc(r.Violations[r.begin:], func(v fault.Violation) bool {
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

// verifyData checks the length of bytes, unless there is a worse fault in them.
func (f *Field) verifyData(report *Report, n int) {
	if f.Bytes.set() && !f.Bytes.contain(int64(n)) && !report.has(f.Name) {
		f.wrongLength(report, fault.RuleBytes, f.Bytes, n, "bytes", " before base64")
	}
}

func (f *Field) verifyText(report *Report, s string) string {
	if s == "" && f.Empty == EmptyClears {
		return s
	}
	if f.Truncate {
		s = f.cut(report, s)
	}
	if strings.TrimSpace(s) == "" && (f.Required || f.Named || f.Empty == EmptyRefused) {
		f.refuseBlank(report, s)
		return s
	}
	if f.verifyLength(report, s) {
		f.verifyForm(report, itself, s)
	} else {
		f.verifyCharacters(report, itself, s)
	}
	return s
}

func (f *Field) refuseBlank(report *Report, s string) {
	given, advice := "only white space", ""
	if s == "" {
		given = "empty"
	}
	if !f.Required {
		advice = " Leave it out instead."
	}
	report.Violate(f.Name, fault.RuleRequired, f.limit(), given, fmt.Sprintf("%s must not be %s.%s", f.Name, given, advice))
}

// verifyLength tells whether the length is right.
func (f *Field) verifyLength(report *Report, s string) bool {
	if f.Bytes.set() && !f.Bytes.contain(int64(len(s))) {
		f.wrongLength(report, fault.RuleBytes, f.Bytes, len(s), "bytes", " of UTF-8")
		return false
	}
	if f.Chars.set() && !f.Chars.contain(int64(utf8.RuneCountInString(s))) {
		f.wrongLength(report, fault.RuleChars, f.Chars, utf8.RuneCountInString(s), "characters", "")
		return false
	}
	return true
}

func (f *Field) wrongLength(report *Report, rule fault.Rule, limits Limits, n int, unit, of string) {
	given := fault.Grouped(int64(n))
	report.Violate(f.Name, rule, limits.String()+" "+unit, given+" "+unit,
		fmt.Sprintf("%s must have %s %s%s; it has %s.", f.Name, limits.Words(), unit, of, given))
}

// verifyForm checks one string whose length is right: its characters and its form.
func (f *Field) verifyForm(report *Report, at int, s string) {
	if !f.verifyCharacters(report, at, s) {
		return
	}
	if f.Format != nil {
		f.complain(report, at, s)
		if warning := f.Format.warning(s); warning != "" {
			report.Warn(f.Name, fault.RuleUnsupported, "%s", warning)
		}
	}
	if f.Named && strings.ContainsAny(s, bidiControls) {
		report.Warn(f.Name, fault.RuleForbiddenChars, "contains a bidirectional control character, which can show it in another order")
	}
}

// verifyCharacters tells whether the string has no character that it must not have.
func (f *Field) verifyCharacters(report *Report, at int, s string) bool {
	if i := f.controlCharacter(s); i >= 0 {
		report.violate(f.pointer(report, at), fault.RuleForbiddenChars, "no control characters", fmt.Sprintf("%+q", s[i]),
			fmt.Sprintf("%s contains a control character at byte %d; remove it.", f.Name, i))
		return false
	}
	if i := strings.IndexAny(s, f.Forbidden); i >= 0 {
		char, _ := utf8.DecodeRuneInString(s[i:])
		report.violate(f.pointer(report, at), fault.RuleForbiddenChars, "none of "+f.Forbidden, string(char),
			fmt.Sprintf("%s must not contain any of %s", f.Name, f.Forbidden))
		return false
	}
	return true
}

// bidiControls reorder the text around them: embeddings, overrides and isolates.
const bidiControls = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

// complain says what is wrong with the string's form, if anything is.
func (f *Field) complain(report *Report, at int, s string) {
	if wrong := f.Format.Check(s); wrong != "" {
		given := shownValue(s)
		if f.Secret {
			given = fault.Grouped(int64(utf8.RuneCountInString(s))) + " characters"
		}
		report.violate(f.pointer(report, at), fault.RuleFormat, f.Format.Name, given,
			fmt.Sprintf("%s %s.%s", f.subject(at), wrong, f.separatorHint(s)))
	}
}

// separatorHint says how to give several items, where one looks like several that are joined otherwise.
func (f *Field) separatorHint(s string) string {
	if f.Separator == "" || !strings.ContainsAny(s, ",;|，；") {
		return ""
	}
	return fmt.Sprintf(" Give each item by itself in a list, or join them all with %q in one string.", f.Separator)
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

func (f *Field) verifyNumber(report *Report, at int, n int64) {
	if f.Range.set() && !f.Range.contain(n) {
		report.violate(f.pointer(report, at), fault.RuleRange, f.Range.String(), strconv.FormatInt(n, 10),
			fmt.Sprintf("%s must be within %s.", f.subject(at), f.Range))
	}
	if len(f.OneOf) > 0 && !slices.Contains(f.OneOf, n) {
		choice := orList(f.OneOf)
		report.violate(f.pointer(report, at), fault.RuleOneOf, choice, strconv.FormatInt(n, 10),
			fmt.Sprintf("%s must be %s.", f.subject(at), choice))
	}
}

func (f *Field) verifyCount(report *Report, n int64) {
	switch {
	case n == 0 && f.Empty == EmptyClears:
	case n == 0 && f.Empty == EmptyRefused:
		if !report.has(f.Name) {
			report.Violate(f.Name, fault.RuleItems, f.limit(), "no items", fmt.Sprintf("%s must not be empty. Leave it out instead.", f.Name))
		}
	case f.Items.set() && !f.Items.contain(n):
		report.Violate(f.Name, fault.RuleItems, f.Items.String()+" items", fault.Grouped(n)+" items",
			fmt.Sprintf("%s must have %s items; it has %s%s.", f.Name, f.Items.Words(), fault.Grouped(n), f.counted()))
	}
}

// counted says how a list is counted of which not every item is kept.
func (f *Field) counted() string {
	if f.Parallel || f.Kind == Objects {
		return ""
	}
	return ", counted without empty ones and duplicates"
}

// Words says bounds in a sentence: "at most 2,048", "1 to 64".
func (l Limits) Words() string {
	switch {
	case l.Min == l.Max:
		return "exactly " + fault.Grouped(l.Min)
	case l.Min == 0:
		return "at most " + fault.Grouped(l.Max)
	default:
		return fault.Grouped(l.Min) + " to " + fault.Grouped(l.Max)
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
