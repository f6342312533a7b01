package describe

import "strings"

// Row is what the table of actions says of one.
type Row struct {
	ID         string
	Title      string
	Connection string
	Call       string
}

// ActionsTable is the table of the actions in Markdown.
func ActionsTable(rows []Row) string {
	var b strings.Builder
	b.WriteString("| Action | What it does | Connection | WeCom call |\n| --- | --- | --- | --- |\n")
	for _, row := range rows {
		b.WriteString("| `" + row.ID + "` | " + cell(row.Title) + " | " + cell(row.Connection) + " | `" + row.Call + "` |\n")
	}
	return b.String()
}

// cell keeps a text within its cell.
func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
