package action

import (
	"fmt"
	"strings"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

// Rules across fields run after every field was checked.

// AnyOf demands at least one of the fields.
func (f *Fields) AnyOf(names ...string) {
	f.Check(func(r *Report) {
		for _, name := range names {
			if r.Given(name) || r.has(name) {
				return
			}
		}
		list := strings.Join(names, ", ")
		r.Violate("", fault.RuleAnyOf, list, "none", "Give at least one of "+list+".")
	})
}

// SameLength demands that each of the lists, where it is given, has as many items as the first, which must then be
// given too.
func (f *Fields) SameLength(first string, others ...string) {
	f.Check(func(r *Report) {
		want := f.Lookup(first)
		for _, name := range others {
			field := f.Lookup(name)
			if !field.given || r.has(first) || r.has(name) {
				continue
			}
			if have, need := field.count(), want.count(); have != need {
				r.Violate(name, fault.RuleSameLength, fmt.Sprintf("as many as %s: %d", first, need), fmt.Sprintf("%d items", have),
					fmt.Sprintf("%s must have one item for each of %s: %d, not %d.", name, first, need, have))
			}
		}
	})
}

// Exclusive refuses any of the others beside the first.
func (f *Fields) Exclusive(first string, others ...string) {
	f.Check(func(r *Report) {
		if !r.Given(first) {
			return
		}
		for _, name := range others {
			if r.Given(name) {
				r.Violate(name, fault.RuleExclusive, "not beside "+first, "", fmt.Sprintf("Give either %s or %s, not both.", first, name))
			}
		}
	})
}

// Check adds a rule of the action's own. It may also change the input, with a warning.
func (f *Fields) Check(rule func(*Report)) { f.across = append(f.across, rule) }

func (f *Field) count() int {
	switch to := f.to.(type) {
	case *[]int64:
		return len(*to)
	case *[]string:
		return len(*to)
	}
	return 0
}
