package main

import (
	"github.com/wecom-functions/wecom-functions/adapters/env"
	"github.com/wecom-functions/wecom-functions/core/catalog"
	"github.com/wecom-functions/wecom-functions/core/describe"
	"github.com/wecom-functions/wecom-functions/local/generate/marked"
)

func readme() []marked.Section {
	return []marked.Section{
		{Name: "actions", Text: actionsTable()},
		{Name: "settings", Text: env.Markdown()},
	}
}

func actionsTable() string {
	rows := make([]describe.Row, 0, len(catalog.IDs()))
	for _, a := range catalog.Actions() {
		rows = append(rows, describe.Row{ID: a.ID, Title: a.Title, Connection: string(a.Connection), Call: a.Call})
	}
	return describe.ActionsTable(rows)
}
