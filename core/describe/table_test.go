package describe_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/wecom-functions/wecom-functions/core/describe"
)

func TestTheTableHasOneRowForEachAction(t *testing.T) {
	t.Parallel()
	table := describe.ActionsTable([]describe.Row{
		{ID: "department.list", Title: "Obtaining department IDs", Connection: "application", Call: "GET department/simplelist"},
		{ID: "chatbot.text.send", Title: "This | that", Connection: "chatbot", Call: "POST webhook/send"},
	})
	assert.Equal(t, "| Action | What it does | Connection | WeCom call |\n"+
		"| --- | --- | --- | --- |\n"+
		"| `department.list` | Obtaining department IDs | application | `GET department/simplelist` |\n"+
		"| `chatbot.text.send` | This \\| that | chatbot | `POST webhook/send` |\n", table)
}
