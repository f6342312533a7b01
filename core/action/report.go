package action

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

// Report collects what is wrong with an input, and what is worth a warning.
type Report struct {
	Violations []fault.Violation
	Warnings   []fault.Warning

	fields *Fields
	path   string // JSON Pointer of the object that the fields belong to
}

// Given tells whether a field was given: not absent, not null, and not empty where empty means absent.
func (r *Report) Given(name string) bool {
	field := r.fields.Lookup(name)
	return field != nil && field.given
}

// Violate reports a broken rule of a field; "" is the object itself.
func (r *Report) Violate(name string, rule fault.Rule, limit, given, detail string) {
	r.violate(r.pointer(name), rule, limit, given, detail)
}

// Warn reports something that the caller should know of a field.
func (r *Report) Warn(name string, rule fault.Rule, format string, args ...any) {
	r.Warnings = append(r.Warnings, fault.Warning{
		Field: r.pointer(name), Rule: rule, Detail: fmt.Sprintf(format, args...),
	})
}

func (r *Report) violate(pointer string, rule fault.Rule, limit, given, detail string) {
	r.Violations = append(r.Violations, fault.Violation{
		Field: pointer, Rule: rule, Limit: limit, Given: given, Detail: detail,
	})
}

func (r *Report) pointer(name string) string {
	if name == "" {
		return r.path
	}
	return r.path + "/" + pointerEscaper.Replace(shown(name))
}

// pointerEscaper writes a key as a reference token of a JSON Pointer (RFC 6901).
var pointerEscaper = strings.NewReplacer("~", "~0", "/", "~1")

// maxShown bounds how much of a value an error repeats, in characters.
const maxShown = 64

// shown cuts a value to what an error may repeat.
func shown(s string) string {
	if utf8.RuneCountInString(s) <= maxShown {
		return s
	}
	return cutRunes(s, maxShown) + "…"
}

// shownValue is what a violation says of a string: the value or, if it is long or secret, its length.
func (f *Field) shownValue(s string) string {
	switch n := utf8.RuneCountInString(s); {
	case f.Secret:
		return "[redacted]"
	case n > maxShown:
		return fmt.Sprintf("%s characters, %s bytes", grouped(int64(n)), grouped(int64(len(s))))
	default:
		return s
	}
}

// grouped writes a number with separators: 2,048.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func (l Limits) String() string {
	if l.Min == l.Max {
		return grouped(l.Min)
	}
	return grouped(l.Min) + ".." + grouped(l.Max)
}
