package catalog_test

import (
	"strings"
	"testing"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

func TestMessageRecall(t *testing.T) {
	t.Parallel()
	const call = "POST message/recall"
	runAll(t, "message.recall", []run{
		{name: "a message", input: `{"msgid":" R1mD3mo-_ "}`, call: call, body: `{"msgid":"R1mD3mo-_"}`, output: `{}`},
		{name: "older than 24 hours", input: `{"msgid":"m1"}`, call: call, reply: `{"errcode":42052,"errmsg":"x"}`, kind: fault.Conflict},
		{name: "another app's message", input: `{"msgid":"m1"}`, call: call, reply: `{"errcode":40058,"errmsg":"x"}`, kind: fault.InvalidInput},
		{name: "a lost answer: sent again", input: `{"msgid":"m1"}`, calls: []string{call, call}, replies: []string{lost, ok}, output: `{}`},
		{name: "no Message ID", input: `{"msgid":""}`, kind: fault.InvalidInput, violations: []string{"/msgid required"}},
		{name: "a Message ID of 10 KB", input: `{"msgid":"` + strings.Repeat("m", 10_000) + `"}`, kind: fault.InvalidInput, violations: []string{"/msgid bytes"}},
		{name: "a Message ID with a line break", input: `{"msgid":"a\r\nb"}`, kind: fault.InvalidInput, violations: []string{"/msgid forbidden_chars"}},
	})
}
