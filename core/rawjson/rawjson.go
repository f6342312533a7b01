// Package rawjson writes JSON as raw UTF-8: no \u003c for "<", no \u2028 for a line separator.
//
// WeCom's error list (errcode 40033, document 90313) forbids \uXXXX sequences in requests, and its duplicate check
// compares request bodies byte by byte, so what goes out must be plain and the same each time. Answers to callers
// are written the same way.
//
// It imports the standard library only.
package rawjson

import (
	"bytes"
	"encoding/json"
)

// Marshal is json.Marshal without escapes for characters that JSON does not require to be escaped.
func Marshal(v any) ([]byte, error) {
	var out exact
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return unescape(bytes.TrimSuffix(out, []byte("\n"))), nil
}

// exact keeps what the encoder writes, in one write of the whole value, with one allocation of that size.
type exact []byte

func (e *exact) Write(p []byte) (int, error) {
	*e = append(*e, p...)
	return len(p), nil
}

const escapeLength = len(`\u2028`)

// raw is the character of an escape that encoding/json writes although JSON does not require it: for U+2028 and U+2029
// for the sake of JavaScript, and for what was no character at all. It is "" for every other text.
func raw(escape string) string {
	switch escape {
	case `\u2028`:
		return "\u2028"
	case `\u2029`:
		return "\u2029"
	case `\ufffd`:
		return "\ufffd"
	default:
		return ""
	}
}

func unescape(b []byte) []byte {
	if !bytes.Contains(b, []byte(`\u202`)) && !bytes.Contains(b, []byte(`\ufffd`)) {
		return b
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] != '\\' {
			out = append(out, b[i])
			continue
		}
		if character := raw(string(b[i:min(i+escapeLength, len(b))])); character != "" {
			out = append(out, character...)
			i += escapeLength - 1
			continue
		}
		out = append(out, b[i], b[i+1]) // the second byte may be a backslash, and must not begin another escape
		i++
	}
	return out
}
