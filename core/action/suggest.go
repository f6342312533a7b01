package action

import (
	"fmt"
	"strings"
)

// suggest names the declared field that is nearest to a key that is none.
func (f *Fields) suggest(key string) string {
	names := make([]string, len(f.list))
	for i, field := range f.list {
		names[i] = field.Name
	}
	if near := Nearest(key, names); near != "" {
		return fmt.Sprintf(" Did you mean %q?", near)
	}
	return ""
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
