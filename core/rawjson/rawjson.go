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
	return rawSeparators(bytes.TrimSuffix(out, []byte("\n"))), nil
}

// exact keeps what the encoder writes, in one write of the whole value, with one allocation of that size.
type exact []byte

func (e *exact) Write(p []byte) (int, error) {
	*e = append(*e, p...)
	return len(p), nil
}

// rawSeparators replaces the escapes of U+2028 and U+2029, which encoding/json writes for the sake of JavaScript.
func rawSeparators(b []byte) []byte {
	if !bytes.Contains(b, []byte(`\u202`)) {
		return b
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] != '\\' {
			out = append(out, b[i])
			continue
		}
		switch {
		case bytes.HasPrefix(b[i:], []byte(`\u2028`)):
			out = append(out, "\u2028"...)
			i += len(`\u2028`) - 1
		case bytes.HasPrefix(b[i:], []byte(`\u2029`)):
			out = append(out, "\u2029"...)
			i += len(`\u2029`) - 1
		default: // another escape: its second byte may be a backslash and must not start a new one
			out = append(out, b[i], b[i+1])
			i++
		}
	}
	return out
}
