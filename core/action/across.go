package action

import (
	"fmt"
	"strings"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

// Rules across fields run after every field was checked.

// Group is a rule across fields that a schema can show.
type Group struct {
	// Rule is RuleAnyOf, RuleSameLength or RuleExclusive.
	Rule fault.Rule
	// First is the field that Names relate to; "" for RuleAnyOf.
	First string
	Names []string
}

// across is a Group, or a rule that code alone can say.
type across struct {
	group Group
	check func(*Report)
}

// Groups are the rules across fields that a schema can show, in order.
func (f *Fields) Groups() []Group {
	var groups []Group
	for _, rule := range f.across {
		if rule.check == nil {
			groups = append(groups, rule.group)
		}
	}
	return groups
}

// AnyOf demands at least one of the fields.
func (f *Fields) AnyOf(names ...string) { f.group(fault.RuleAnyOf, "", names) }

// SameLength demands that each of the lists, where it is given, has as many items as the first, which must then be
// given too.
func (f *Fields) SameLength(first string, others ...string) {
	f.group(fault.RuleSameLength, first, others)
}

// Exclusive refuses any of the others beside the first.
func (f *Fields) Exclusive(first string, others ...string) {
	f.group(fault.RuleExclusive, first, others)
}

// Check adds a rule of the action's own. It may also change the input, with a warning.
func (f *Fields) Check(rule func(*Report)) { f.across = append(f.across, across{check: rule}) }

func (f *Fields) group(rule fault.Rule, first string, names []string) {
	f.across = append(f.across, across{group: Group{Rule: rule, First: first, Names: names}})
}

// verify runs the rule on the fields of the report.
func (a across) verify(r *Report) {
	switch {
	case a.check != nil:
		a.check(r)
	case a.group.Rule == fault.RuleAnyOf:
		a.group.anyOf(r)
	case a.group.Rule == fault.RuleSameLength:
		a.group.sameLength(r)
	default:
		a.group.exclusive(r)
	}
}

func (g Group) anyOf(r *Report) {
	for _, name := range g.Names {
		if r.tried(name) {
			return
		}
	}
	list := strings.Join(g.Names, ", ")
	r.Violate("", fault.RuleAnyOf, list, "none", "Give at least one of "+list+".")
}

func (g Group) sameLength(r *Report) {
	want := r.fields.Lookup(g.First)
	for _, name := range g.Names {
		field := r.fields.Lookup(name)
		if !field.given || r.has(g.First) || r.has(name) {
			continue
		}
		if have, need := field.count(), want.count(); have != need {
			r.Violate(name, fault.RuleSameLength, fmt.Sprintf("as many as %s: %d", g.First, need), fmt.Sprintf("%d items", have),
				fmt.Sprintf("%s must have one item for each of %s: %d, not %d.", name, g.First, need, have))
		}
	}
}

func (g Group) exclusive(r *Report) {
	if !r.Given(g.First) {
		return
	}
	for _, name := range g.Names {
		if r.Given(name) {
			r.Violate(name, fault.RuleExclusive, "not beside "+g.First, "both", fmt.Sprintf("Give either %s or %s, not both.", g.First, name))
		}
	}
}

func (f *Field) count() int {
	switch to := f.to.(type) {
	case *[]int64:
		return len(*to)
	case *[]string:
		return len(*to)
	}
	return 0
}
