package action

import (
	"fmt"
	"strings"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

// UnknownKey is the violation of a key that the object at path (a JSON Pointer) has and should not, with the nearest of
// the names that it may have.
func UnknownKey(path, key string, names []string) fault.Violation {
	detail := fmt.Sprintf("There is no field %q here.", shown(key))
	if near := Nearest(key, names); near != "" {
		detail += fmt.Sprintf(" Did you mean %q?", near)
	}
	return fault.Violation{
		Field: path + "/" + referenceToken(key), Rule: fault.RuleUnknown, Limit: "a field of this object", Given: shown(key), Detail: detail,
	}
}

func (f *Fields) names() []string {
	names := make([]string, len(f.list))
	for i, field := range f.list {
		names[i] = field.Name
	}
	return names
}

// Nearest returns the name most like a misspelt one: equal but for case, or at most two edits away; "" if none is.
func Nearest(given string, names []string) string {
	const far = 3
	best, distance := "", far
	if len(given) > maxShown {
		return ""
	}
	given = strings.ToLower(given)
	for _, name := range names {
		d := edits(given, strings.ToLower(name))
		if d < distance && d < len(name) {
			best, distance = name, d
		}
	}
	return best
}

// edits is the Levenshtein distance in bytes.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			diagonal, row[j] = row[j], min(row[j]+1, row[j-1]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
