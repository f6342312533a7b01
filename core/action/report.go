package action

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

// Report collects what is wrong with an input, and what is worth a warning.
type Report struct {
	Violations []fault.Violation
	Warnings   []fault.Warning

	scope
}

// scope is the object that is being read.
type scope struct {
	fields *Fields
	path   string // JSON Pointer of the object that the fields belong to
	begin  int    // where the violations of that object begin
}

// Given tells whether a field was given: not absent, not null, and not empty where empty means absent.
func (r *Report) Given(name string) bool {
	field := r.fields.Lookup(name)
	return field != nil && field.given
}

// Fit tells whether a field was given and none of its own rules is broken, so that a rule across fields may look at it.
func (r *Report) Fit(name string) bool { return r.Given(name) && !r.has(name) }

// tried tells whether a field was given, if only in a broken form.
func (r *Report) tried(name string) bool { return name != "" && (r.Given(name) || r.has(name)) }

func (r *Report) triedAny(names []string) bool { return slices.ContainsFunc(names, r.tried) }

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

// unknown reports a key that no field has. Looking for the nearest name costs, so that ends where no more are shown.
func (r *Report) unknown(key string) {
	var names []string
	if len(r.Violations) < fault.MaxViolations {
		names = r.fields.names()
	}
	r.Violations = append(r.Violations, UnknownKey(r.path, key, names))
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
	return r.path + "/" + referenceToken(name)
}

// referenceToken writes a key as a reference token of a JSON Pointer (RFC 6901).
func referenceToken(key string) string { return pointerEscaper.Replace(shown(key)) }

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

// shownValue is what a violation says of a string: the value or, if it is long, its length.
func shownValue(s string) string {
	if n := utf8.RuneCountInString(s); n > maxShown {
		return fmt.Sprintf("%s characters, %s bytes", fault.Grouped(int64(n)), fault.Grouped(int64(len(s))))
	}
	return s
}

func (l Limits) String() string {
	if l.Min == l.Max {
		return fault.Grouped(l.Min)
	}
	return fault.Grouped(l.Min) + ".." + fault.Grouped(l.Max)
}
