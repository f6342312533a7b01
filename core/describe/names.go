package describe

import (
	"strings"
	"unicode"
)

// Every other name of an action follows from its id, mechanically.

// Function is the name of the deployed function: wecom-message-text-send.
func Function(id string) string { return "wecom-" + strings.ReplaceAll(id, ".", "-") }

// Tool is the name as a tool of a language model, and of the action's file: message_text_send.
func Tool(id string) string { return strings.ReplaceAll(id, ".", "_") }

// GoType is the name of the Go type, and of a Google function's entry point: MessageTextSend.
func GoType(id string) string {
	var b strings.Builder
	for segment := range strings.SplitSeq(id, ".") {
		b.WriteString(strings.ToUpper(segment[:1]) + segment[1:])
	}
	return b.String()
}

// Route is the path that an action is called at over HTTP.
func Route(id string) string { return "/actions/" + id }

// Selects tells whether a selector (a setting such as WECOM_ACTION, or a platform's own variable) names the action in
// any of its spellings. "*" stands for one or more whole segments: "message.*", "groupchat.*.send", "*".
func Selects(selector, id string) bool {
	return matches(segments(selector), strings.Split(id, "."))
}

// segments takes a selector in any spelling apart, in lower case.
func segments(selector string) []string {
	selector = strings.TrimPrefix(strings.TrimSpace(selector), "wecom-")
	if !strings.ContainsAny(selector, ".-_") {
		selector = splitCapitals(selector)
	}
	return strings.FieldsFunc(strings.ToLower(selector), func(r rune) bool { return strings.ContainsRune(".-_", r) })
}

// splitCapitals turns MessageTextSend into Message.Text.Send.
func splitCapitals(s string) string {
	var b strings.Builder
	for i, r := range s {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('.')
		}
		b.WriteRune(r)
	}
	return b.String()
}

func matches(pattern, id []string) bool {
	switch {
	case len(pattern) == 0:
		return len(id) == 0
	case len(id) == 0:
		return false
	case pattern[0] == "*":
		return matches(pattern[1:], id[1:]) || matches(pattern, id[1:])
	default:
		return pattern[0] == id[0] && matches(pattern[1:], id[1:])
	}
}
