package wecomsim

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// encodeJSON writes a value the way WeCom does: raw UTF-8, without \u003c for "<" and without \u2028 for the line
// separator.
func encodeJSON(value any) json.RawMessage {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic("wecomsim: a value of the emulator is no JSON: " + err.Error()) // only our own types come here
	}
	encoded := unescapeSeparators(bytes.TrimSuffix(out.Bytes(), []byte("\n")))
	if !utf8.Valid(encoded) {
		encoded = bytes.ToValidUTF8(encoded, []byte("\uFFFD"))
	}
	return encoded
}

// unescapeSeparators puts back the two characters that encoding/json always escapes.
func unescapeSeparators(encoded []byte) []byte {
	if !bytes.Contains(encoded, []byte(`\u202`)) {
		return encoded
	}
	out := make([]byte, 0, len(encoded))
	for i := 0; i < len(encoded); i++ {
		switch rest := encoded[i:]; {
		case bytes.HasPrefix(rest, []byte(`\u2028`)):
			out = append(out, "\u2028"...)
			i += len(`\u2028`) - 1
		case bytes.HasPrefix(rest, []byte(`\u2029`)):
			out = append(out, "\u2029"...)
			i += len(`\u2029`) - 1
		case rest[0] == '\\': // another escape: its second byte must not be taken for the start of one
			out = append(out, rest[:2]...)
			i++
		default:
			out = append(out, rest[0])
		}
	}
	return out
}

// cutBytes shortens s to at most limit bytes without splitting a character.
func cutBytes(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}

// cutRunes shortens s to at most limit characters.
func cutRunes(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return string([]rune(s)[:limit])
}
