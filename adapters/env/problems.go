package env

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is a variable that breaks a rule. It never holds the variable's value.
type Problem struct {
	// Variable is the name of the variable.
	Variable string
	// Detail says the rule and what to do, as the end of a sentence that begins with the variable's name.
	Detail string
}

func (p Problem) String() string { return p.Variable + " " + p.Detail }

// Problems are all that is wrong with the environment, sorted by variable.
type Problems []Problem

// Error lists every problem, one a line.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.String()
	}
	return strings.Join(lines, "\n")
}

func (p *Problems) add(variable, format string, args ...any) {
	*p = append(*p, Problem{variable, fmt.Sprintf(format, args...)})
}

// err is the sorted problems; nil if there are none.
func (p Problems) err() error {
	if len(p) == 0 {
		return nil
	}
	slices.SortStableFunc(p, func(a, b Problem) int { return cmp.Compare(a.Variable, b.Variable) })
	return p
}
