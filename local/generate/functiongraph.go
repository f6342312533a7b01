package main

import (
	"fmt"
	"strings"

	"github.com/wecom-functions/wecom-functions/core/catalog"
	"github.com/wecom-functions/wecom-functions/local/generate/marked"
)

// functiongraph is what functions/functiongraph/main.tf repeats of the catalogue: the actions, and what each needs.
func functiongraph() []marked.Section {
	width := 0
	for _, id := range catalog.IDs() {
		width = max(width, len(id)+len(`""`))
	}
	var b strings.Builder
	for _, a := range catalog.Actions() {
		fmt.Fprintf(&b, "%-*s = %q\n", width, `"`+a.ID+`"`, fcTemplate(a)) // aligned, as terraform fmt wants it
	}
	return []marked.Section{{Name: "functions", Text: b.String()}}
}
