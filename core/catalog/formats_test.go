package catalog_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/catalog"
)

// What is wrong with an id reads well of a field, of an item of a list, and before another sentence.
func TestWrongUserIDsAreToldInWholeSentences(t *testing.T) {
	t.Parallel()
	const form = " must be a userid that has only letters, digits and the characters . _ - @."
	for _, c := range []struct {
		name   string
		in     action.Input
		input  string
		detail string
	}{
		{"a field", &catalog.MemberDelete{}, `{"userid":"a b"}`, "userid" + form},
		{"an item", &catalog.ChatbotTextSend{}, `{"content":"hi","mentioned_list":["amy","a b"]}`, "Each item of mentioned_list" + form},
		{
			"several items in one", &catalog.ChatbotTextSend{}, `{"content":"hi","mentioned_list":["a;b"]}`,
			"Each item of mentioned_list" + form + ` Give each item by itself in a list, or join them all with "," in one string.`,
		},
		{
			"everybody in upper case", &catalog.ChatbotTextSend{}, `{"content":"hi","mentioned_list":["@ALL"]}`,
			"Each item of mentioned_list must be a userid, or @all in lower case to mean everybody.",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			violations := action.Decode(c.in, []byte(c.input)).Violations
			require.Len(t, violations, 1)
			assert.Equal(t, c.detail, violations[0].Detail)
		})
	}
}
