package describe_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/wecom-functions/wecom-functions/core/describe"
)

func TestEveryNameFollowsFromTheID(t *testing.T) {
	t.Parallel()
	const id = "message.text.send"
	assert.Equal(t, "wecom-message-text-send", describe.Function(id))
	assert.Equal(t, "message_text_send", describe.Tool(id))
	assert.Equal(t, "MessageTextSend", describe.GoType(id))
	assert.Equal(t, "/actions/message.text.send", describe.Route(id))
	assert.Equal(t, "MessageRecall", describe.GoType("message.recall"))
}

func TestASelectorNamesAnActionInAnySpelling(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		selector string
		id       string
		want     bool
	}{
		{"the id", "message.text.send", "message.text.send", true},
		{"the deployed function", "wecom-message-text-send", "message.text.send", true},
		{"the function without its prefix", "message-text-send", "message.text.send", true},
		{"the tool", "message_text_send", "message.text.send", true},
		{"the Go type", "MessageTextSend", "message.text.send", true},
		{"the Go type of two words", "DepartmentList", "department.list", true},
		{"in capitals", "MESSAGE.TEXT.SEND", "message.text.send", true},
		{"with space around it", "  message.text.send\n", "message.text.send", true},
		{"another action", "message.text.send", "message.file.send", false},
		{"a part of an id", "message.text", "message.text.send", false},
		{"more than an id", "message.text.send.now", "message.text.send", false},
		{"the beginning of a segment", "message.tex", "message.text.send", false},
		{"nothing", "", "message.text.send", false},
		{"white space", " \t", "message.text.send", false},
		{"the prefix alone", "wecom-", "message.text.send", false},

		{"a star for everything", "*", "message.text.send", true},
		{"a star for everything of two segments", "*", "department.list", true},
		{"a star at the end", "message.*", "message.text.send", true},
		{"a star at the end stands for one segment too", "message.*", "message.recall", true},
		{"a star at the end, of another resource", "message.*", "groupchat.text.send", false},
		{"a star needs something to stand for", "message.recall.*", "message.recall", false},
		{"a star in the middle", "groupchat.*.send", "groupchat.text.send", true},
		{"a star in the middle, another verb", "groupchat.*.send", "groupchat.create", false},
		{"a star in the middle needs something to stand for", "groupchat.*.send", "groupchat.send", false},
		{"a star in front", "*.send", "chatbot.news.send", true},
		{"a star in front, another verb", "*.send", "message.recall", false},
		{"two stars", "*.text.*", "message.text.send", true},
		{"a star as a function's name", "wecom-message-*", "message.text.send", true},
		{"a star is no part of a segment", "mess*", "message.text.send", false},

		{"full-width letters", "ｍessage.text.send", "message.text.send", false},
		{"full-width stops", "message．text．send", "message.text.send", false},
		{"a full-width star", "message.＊", "message.text.send", false},
		{"Chinese", "消息", "message.text.send", false},
		{"invalid UTF-8", "\xff\xfe", "message.text.send", false},
		{"a path", "../message.text.send", "message.text.send", false},
		{"a slash inside", "message/text/send", "message.text.send", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, describe.Selects(test.selector, test.id))
		})
	}
}

func FuzzASelectorNeverPanics(f *testing.F) {
	for _, seed := range []string{"message.text.send", "*", "groupchat.*.send", "MessageTextSend", "ＡＢ", "\xff", "****.*"} {
		f.Add(seed)
	}
	f.Fuzz(func(_ *testing.T, selector string) { describe.Selects(selector, "message.text.send") })
}
