package action

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

// setString stores a JSON string. An integer may be given as the string of its digits; an empty one is as absent.
func (f *Field) setString(t token, report *Report) {
	s := t.text
	switch f.Kind {
	case Integer:
		if s = strings.TrimSpace(s); s != "" {
			f.setNumber(token{numberToken, s}, report)
		}
		return
	case Boolean:
		f.wrongType(report, t)
		return
	}
	switch {
	case f.Multiline || f.Truncate:
		s = unixLines(s)
	case f.Token:
		s = strings.TrimSpace(s)
	}
	if s == "" && f.Empty == EmptyIsAbsent {
		return
	}
	f.given = true
	switch to := f.to.(type) {
	case *string:
		*to = s
	case **string:
		*to = &s
	}
}

var lineBreaks = strings.NewReplacer("\r\n", "\n", "\r", "\n")

func unixLines(s string) string {
	if !strings.Contains(s, "\r") {
		return s
	}
	return lineBreaks.Replace(s)
}

func (f *Field) setNumber(t token, report *Report) {
	if f.Kind != Integer {
		f.wrongType(report, t)
		return
	}
	n, ok := f.integer(report, itself, t.text)
	if !ok {
		return
	}
	f.given = true
	switch to := f.to.(type) {
	case *int64:
		*to = n
	case **int64:
		*to = &n
	}
}

func (f *Field) setBool(t token, report *Report) {
	to, ok := f.to.(**bool)
	if !ok {
		f.wrongType(report, t)
		return
	}
	b := t.kind == trueToken
	f.given, *to = true, &b
}

// integer reads a decimal integer in JSON's own form: no plus sign, leading zeros, fraction or exponent.
func (f *Field) integer(report *Report, at int, s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	if errors.Is(err, strconv.ErrRange) {
		limit := f.rangeLimit()
		report.violate(f.pointer(report, at), fault.RuleRange, limit, shownValue(s), fmt.Sprintf("%s must be within %s.", f.subject(at), limit))
		return 0, false
	}
	if err != nil || !canonical(s) {
		report.violate(f.pointer(report, at), fault.RuleType, "an integer", shownValue(s),
			fmt.Sprintf("%s must be an integer in decimal digits, such as 7.%s", f.subject(at), f.separatorHint(s)))
		return 0, false
	}
	return n, true
}

// canonical tells whether a number that strconv could read has no plus sign, leading zero or minus zero.
func canonical(s string) bool {
	digits := strings.TrimPrefix(s, "-")
	return s == "0" || digits[0] != '0' && digits[0] != '+'
}

func (f *Field) rangeLimit() string {
	if f.Range.set() {
		return f.Range.String()
	}
	return "64 bits"
}

// setList stores the items of a list.
func (f *Field) setList(items []item, report *Report) {
	switch to := f.to.(type) {
	case *[]string:
		*to = f.texts(items, report)
	case *[]int64:
		*to = f.integers(items, report)
	}
	f.given = f.count() > 0 || f.Empty != EmptyIsAbsent
}

// texts trims the items and drops empty ones and later duplicates: WeCom's ids do not differ by case. Where an empty
// list means nothing, it is nil.
func (f *Field) texts(items []item, report *Report) []string {
	var list []string
	if f.Empty != EmptyIsAbsent {
		list = []string{}
	}
	seen := make(map[string]bool, len(items))
	for _, item := range items {
		text := strings.TrimSpace(item.text)
		key := strings.ToLower(text)
		if text == "" || seen[key] {
			continue
		}
		seen[key] = true
		list = append(list, text)
		f.verifyForm(report, item.at, text)
	}
	return list
}

// integers drops empty items and later duplicates; of a parallel list it keeps every position, and of a parallel or
// unique one it says what is wrong with them.
func (f *Field) integers(items []item, report *Report) []int64 {
	list := make([]int64, 0, len(items))
	seen := make(map[int64]bool, len(items))
	for _, item := range items {
		text := strings.TrimSpace(item.text)
		if text == "" {
			if f.Parallel {
				report.violate(f.pointer(report, item.at), fault.RuleRequired, "an integer", "nothing",
					fmt.Sprintf("%s has an empty item; positions count here, so give each one.", f.Name))
			}
			continue
		}
		n, ok := f.integer(report, item.at, text)
		if !ok {
			continue
		}
		if seen[n] && f.Unique {
			report.violate(f.pointer(report, item.at), fault.RuleDuplicate, "once", text, fmt.Sprintf("%s has %d twice; give it once.", f.Name, n))
		}
		if !seen[n] || f.Parallel {
			list = append(list, n)
			f.verifyNumber(report, item.at, n)
		}
		seen[n] = true
	}
	return list
}
