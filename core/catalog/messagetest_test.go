package catalog_test

import (
	"strings"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

// The envelopes of messages in tests: what stands before and after the message itself, in input and body.
const (
	toInput = `{"touser":["zhangsan","lisi"],"agentid":7,`
	toBody  = `{"touser":"zhangsan|lisi","agentid":7,`
	sent    = `{"errcode":0,"errmsg":"ok","msgid":"m1"}`
)

// sendsMessage is a run of a message.*.send: its input and its body beside the envelope.
func sendsMessage(name, input, body string, warnings ...string) run {
	return run{
		name: name, input: toInput + input + `}`, call: "POST message/send", body: toBody + body + `}`, reply: sent,
		output: `{"msgid":"m1"}`, warnings: warnings,
	}
}

// sendsToChat is a run of a groupchat.*.send.
func sendsToChat(name, input, body string, warnings ...string) run {
	return run{
		name: name, input: `{"chatid":"ops-1",` + input + `}`, call: "POST appchat/send", body: `{"chatid":"ops-1",` + body + `}`,
		output: `{}`, warnings: warnings,
	}
}

// sendsByBot is a run of a chatbot.*.send.
func sendsByBot(name, input, body string, warnings ...string) run {
	return run{name: name, input: `{` + input + `}`, call: "POST webhook/send", body: `{` + body + `}`, output: `{}`, warnings: warnings}
}

// refusesMessage, refusesChat and refusesBot are runs whose message breaks rules.
func refusesMessage(name, input string, violations ...string) run {
	return run{name: name, input: toInput + input + `}`, kind: fault.InvalidInput, violations: violations}
}

func refusesChat(name, input string, violations ...string) run {
	return run{name: name, input: `{"chatid":"ops-1",` + input + `}`, kind: fault.InvalidInput, violations: violations}
}

func refusesBot(name, input string, violations ...string) run {
	return run{name: name, input: `{` + input + `}`, kind: fault.InvalidInput, violations: violations}
}

// han is n times a character of three bytes.
func han(n int) string { return strings.Repeat("汉", n) }
