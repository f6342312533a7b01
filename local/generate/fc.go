package main

import (
	"fmt"
	"strings"

	"github.com/wecom-functions/wecom-functions/core/catalog"
	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/core/describe"
	"github.com/wecom-functions/wecom-functions/local/generate/marked"
)

// fc is what functions/fc/s.yaml repeats of the catalogue: a resource for each action.
func fc() []marked.Section {
	var b strings.Builder
	for _, a := range catalog.Actions() {
		fmt.Fprintf(&b, "%s:\n  component: fc3\n  extend: {name: %s}\n  props:\n    functionName: %s\n    description: %s\n"+
			"    environmentVariables: {WECOM_ACTION: %s}\n", describe.Tool(a.ID), fcTemplate(a), describe.Function(a.ID), a.Title, a.ID)
	}
	return []marked.Section{{Name: "functions", Text: b.String()}}
}

// fcTemplate is the template that has what the action needs.
func fcTemplate(a *catalog.Action) string {
	switch {
	case a.Connection == connection.Chatbot:
		return "chatbot"
	case writesContacts(a.ID):
		return "contacts"
	default:
		return "application"
	}
}
