package action

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

// setString stores a JSON string. An integer may be given as the string of its digits; an empty one is as absent.
func (f *Field) setString(s string, report *Report) {
	switch f.Kind {
	case Integer:
		if s = strings.TrimSpace(s); s != "" {
			f.setNumber(json.Number(s), report)
		}
		return
	case Boolean:
		f.wrongType(report, s)
		return
	}
	switch {
	case f.Multiline:
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

func (f *Field) setNumber(number json.Number, report *Report) {
	if f.Kind != Integer {
		f.wrongType(report, number)
		return
	}
	n, ok := f.integer(report, report.pointer(f.Name), number.String())
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

func (f *Field) setBool(b bool, report *Report) {
	to, ok := f.to.(**bool)
	if !ok {
		f.wrongType(report, b)
		return
	}
	f.given, *to = true, &b
}

// integer reads a decimal integer in JSON's own form: no plus sign, leading zeros, fraction or exponent.
func (f *Field) integer(report *Report, pointer, s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	if errors.Is(err, strconv.ErrRange) {
		report.violate(pointer, fault.RuleRange, f.rangeLimit(), f.shownValue(s), fmt.Sprintf("%s is out of range.", f.Name))
		return 0, false
	}
	if err != nil || strconv.FormatInt(n, 10) != s {
		report.violate(pointer, fault.RuleType, "an integer", f.shownValue(s),
			fmt.Sprintf("%s must be an integer in decimal digits, such as 7.", f.Name))
		return 0, false
	}
	return n, true
}

func (f *Field) rangeLimit() string {
	if f.Range.set() {
		return f.Range.String()
	}
	return "64 bits"
}

// setList stores the items of a list, trimmed, without the empty ones and without duplicates; a parallel or unique
// list keeps every position, and says what is wrong with it.
func (f *Field) setList(items []string, report *Report) {
	switch to := f.to.(type) {
	case *[]string:
		*to = distinct(items)
		f.given = len(*to) > 0 || f.Empty != EmptyIsAbsent
		if !f.given {
			*to = nil
		}
	case *[]int64:
		*to = f.integers(items, report)
		f.given = len(*to) > 0 || f.Empty != EmptyIsAbsent
	}
}

func (f *Field) integers(items []string, report *Report) []int64 {
	list := make([]int64, 0, len(items))
	seen := make(map[int64]bool, len(items))
	for at, item := range items {
		item = strings.TrimSpace(item)
		pointer := f.itemPointer(report, at)
		if item == "" {
			if f.Parallel {
				report.violate(pointer, fault.RuleRequired, "", "", fmt.Sprintf("%s has an empty item; positions count here.", f.Name))
			}
			continue
		}
		n, ok := f.integer(report, pointer, item)
		if !ok {
			continue
		}
		if seen[n] && f.Unique {
			report.violate(pointer, fault.RuleDuplicate, "once", item, fmt.Sprintf("%s has %d twice.", f.Name, n))
		}
		if !seen[n] || f.Parallel {
			list = append(list, n)
		}
		seen[n] = true
	}
	return list
}

// distinct trims items and drops empty ones and later duplicates. WeCom's ids do not differ by case.
func distinct(items []string) []string {
	out := make([]string, 0, len(items))
	seen := make(map[string]bool, len(items))
	for _, item := range items {
		item = strings.TrimSpace(item)
		key := strings.ToLower(item)
		if item == "" || seen[key] {
			continue
		}
		seen[key] = true
		out = append(out, item)
	}
	return out
}
