package action

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

// What one input may hold, so that a hostile one is refused before it costs much.
const (
	maxDepth  = 32
	maxTokens = 20_000
)

// reader takes strict JSON (RFC 8259) apart, from left to right, and stops at the first thing that is not.
//
// encoding/json is not used for this: it replaces invalid UTF-8 and lone surrogates without a word, keeps the last of
// two equal keys, and its tokens cost more than all the rest of a call's work in this process.
type reader struct {
	data   []byte
	at     int
	depth  int
	tokens int
}

// token is a scalar value, or the bracket that opens an object or list.
type token struct {
	kind tokenKind
	text string // of a string or number
}

type tokenKind byte

const (
	objectToken tokenKind = iota
	listToken
	stringToken
	numberToken
	trueToken
	falseToken
	nullToken
)

// syntaxError is a fault of the JSON itself: nothing after it can be read.
type syntaxError struct{ detail string }

func (e *syntaxError) Error() string { return e.detail }

// errNothing means that there was no value at all: no bytes, or white space alone.
var errNothing = errors.New("nothing given")

const byteOrderMark = "\ufeff"

func newReader(data []byte) (*reader, error) {
	if !utf8.Valid(data) {
		return nil, &syntaxError{fmt.Sprintf("The input is not valid UTF-8 at byte %d.", invalidUTF8(data))}
	}
	r := &reader{data: data}
	if len(data) >= len(byteOrderMark) && string(data[:len(byteOrderMark)]) == byteOrderMark {
		r.at = len(byteOrderMark)
	}
	if r.space(); r.at == len(data) {
		return nil, errNothing
	}
	return r, nil
}

// value reads a scalar, or the opening bracket of an object or list.
func (r *reader) value() (token, error) {
	if err := r.count(); err != nil {
		return token{}, err
	}
	switch c := r.peek(); {
	case c == '{':
		return token{kind: objectToken}, r.open()
	case c == '[':
		return token{kind: listToken}, r.open()
	case c == '"':
		text, err := r.str()
		return token{stringToken, text}, err
	case c == '-' || '0' <= c && c <= '9':
		return r.number()
	case c == 't':
		return token{kind: trueToken}, r.word("true")
	case c == 'f':
		return token{kind: falseToken}, r.word("false")
	case c == 'n':
		return token{kind: nullToken}, r.word("null")
	default:
		return token{}, r.unexpected("a value")
	}
}

// more tells whether the object or list, which the bracket closes, has another member, and reads the comma before it.
func (r *reader) more(closing byte, first bool) (bool, error) {
	switch c := r.peek(); {
	case c == closing:
		r.at++
		r.depth--
		return false, nil
	case first:
		return true, nil
	case c == ',':
		r.at++
		return true, nil
	default:
		return false, r.unexpected("a comma or " + string(closing))
	}
}

// key reads a member's key and the colon behind it.
func (r *reader) key() (string, error) {
	if err := r.count(); err != nil {
		return "", err
	}
	if r.peek() != '"' {
		return "", r.unexpected("a key in double quotes")
	}
	key, err := r.str()
	if err != nil {
		return "", err
	}
	if r.peek() != ':' {
		return "", r.unexpected("a colon")
	}
	r.at++
	return key, nil
}

// skip reads past the value that the token begins.
func (r *reader) skip(t token) error {
	if t.kind != objectToken && t.kind != listToken {
		return nil
	}
	closing := byte('}')
	if t.kind == listToken {
		closing = ']'
	}
	for first := true; ; first = false {
		if more, err := r.more(closing, first); err != nil || !more {
			return err
		}
		if t.kind == objectToken {
			if _, err := r.key(); err != nil {
				return err
			}
		}
		inner, err := r.value()
		if err == nil {
			err = r.skip(inner)
		}
		if err != nil {
			return err
		}
	}
}

// end demands that nothing follows.
func (r *reader) end() error {
	if r.space(); r.at < len(r.data) {
		return &syntaxError{fmt.Sprintf("The input goes on after the JSON object, at byte %d.", r.at)}
	}
	return nil
}

func (r *reader) open() error {
	r.at++
	if r.depth++; r.depth > maxDepth {
		return &syntaxError{fmt.Sprintf("The input is nested deeper than %d levels.", maxDepth)}
	}
	return nil
}

// count counts a value or a key.
func (r *reader) count() error {
	if r.tokens++; r.tokens > maxTokens {
		return &syntaxError{fmt.Sprintf("The input has more than %s values and keys.", fault.Grouped(maxTokens))}
	}
	return nil
}

// space skips white space.
func (r *reader) space() {
	for r.at < len(r.data) {
		switch r.data[r.at] {
		case ' ', '\t', '\r', '\n':
			r.at++
		default:
			return
		}
	}
}

// peek is the next byte that is not white space; 0, which no JSON has, at the end.
func (r *reader) peek() byte {
	if r.space(); r.at < len(r.data) {
		return r.data[r.at]
	}
	return 0
}

func (r *reader) unexpected(wanted string) error {
	if r.at >= len(r.data) {
		return &syntaxError{fmt.Sprintf("The input is not complete JSON: it ends after byte %d, where %s is expected.", r.at, wanted)}
	}
	found, _ := utf8.DecodeRune(r.data[r.at:])
	return &syntaxError{fmt.Sprintf("The input is not valid JSON at byte %d: %s is expected, not %q.", r.at, wanted, found)}
}

func (r *reader) word(word string) error {
	for i := range len(word) {
		if r.at == len(r.data) || r.data[r.at] != word[i] {
			return r.unexpected(word)
		}
		r.at++
	}
	return nil
}

// number reads a number in JSON's grammar and keeps it as text.
func (r *reader) number() (token, error) {
	start := r.at
	if r.data[r.at] == '-' {
		r.at++
	}
	leadingZero := r.at < len(r.data) && r.data[r.at] == '0'
	if n := r.digits(); n == 0 || n > 1 && leadingZero {
		r.at = start
		return token{}, r.unexpected("a number without a leading zero or sign")
	}
	if r.at < len(r.data) && r.data[r.at] == '.' {
		r.at++
		if r.digits() == 0 {
			return token{}, r.unexpected("a digit")
		}
	}
	if r.at < len(r.data) && r.data[r.at]|0x20 == 'e' {
		r.at++
		if r.at < len(r.data) && (r.data[r.at] == '+' || r.data[r.at] == '-') {
			r.at++
		}
		if r.digits() == 0 {
			return token{}, r.unexpected("a digit")
		}
	}
	return token{numberToken, string(r.data[start:r.at])}, nil
}

// digits skips digits and counts them.
func (r *reader) digits() int {
	start := r.at
	for r.at < len(r.data) && '0' <= r.data[r.at] && r.data[r.at] <= '9' {
		r.at++
	}
	return r.at - start
}

// str reads a string. One without escapes is taken as it stands.
func (r *reader) str() (string, error) {
	r.at++
	start := r.at
	stop, err := r.plain()
	if err != nil {
		return "", err
	}
	if stop == '"' {
		return string(r.data[start : r.at-1]), nil
	}
	return r.escaped(start)
}

// plain skips to the next quote, which it skips too, or backslash, and returns that.
func (r *reader) plain() (byte, error) {
	for r.at+wordSize <= len(r.data) && !special(binary.LittleEndian.Uint64(r.data[r.at:])) {
		r.at += wordSize
	}
	for ; r.at < len(r.data); r.at++ {
		switch c := r.data[r.at]; {
		case c == '"':
			r.at++
			return c, nil
		case c == '\\':
			return c, nil
		case c < ' ':
			return 0, r.unexpected("no control character in a string, or its escape,")
		}
	}
	return 0, r.unexpected("the end of a string")
}

// wordSize is how many bytes special looks at.
const wordSize = 8

// special tells whether one of eight bytes is a quote, a backslash or a control character. A file in base64 has millions
// of bytes that are none.
func special(word uint64) bool {
	const each, high = 0x0101010101010101, 0x8080808080808080
	quote, backslash := word^each*'"', word^each*'\\'
	return ((word-each*' ')&^word|(quote-each)&^quote|(backslash-each)&^backslash)&high != 0
}

// escaped reads a string that began at start, from its first escape on.
func (r *reader) escaped(start int) (string, error) {
	text := make([]byte, r.at-start, r.longest()-start)
	copy(text, r.data[start:])
	for {
		char, err := r.escape()
		if err != nil {
			return "", err
		}
		text = utf8.AppendRune(text, char)
		from := r.at
		stop, err := r.plain()
		if err != nil {
			return "", err
		}
		if stop == '"' {
			return string(append(text, r.data[from:r.at-1]...)), nil
		}
		text = append(text, r.data[from:r.at]...)
	}
}

// longest is where the string that is being read ends at the latest, which its text is no longer than.
func (r *reader) longest() int {
	for at := r.at; at < len(r.data); at++ {
		switch r.data[at] {
		case '"':
			return at
		case '\\':
			at++
		}
	}
	return len(r.data)
}

// escape reads one escape, or the two of a surrogate pair.
func (r *reader) escape() (rune, error) {
	start := r.at
	if r.at++; r.at == len(r.data) {
		return 0, r.unexpected("an escape")
	}
	c := r.data[r.at]
	if c != 'u' {
		return r.short(c)
	}
	r.at--
	unit, ok := r.unit()
	if !ok {
		return 0, r.unexpected(`\u and four hexadecimal digits`)
	}
	if !utf16.IsSurrogate(unit) {
		return unit, nil
	}
	low, ok := r.unit()
	if pair := utf16.DecodeRune(unit, low); ok && pair != utf8.RuneError {
		return pair, nil
	}
	return 0, &syntaxError{fmt.Sprintf("The input has half of a surrogate pair (\\ud800 to \\udfff alone) at byte %d.", start)}
}

// short reads an escape of one character.
func (r *reader) short(c byte) (rune, error) {
	const from, to = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	for i := range len(from) {
		if from[i] == c {
			r.at++
			return rune(to[i]), nil
		}
	}
	return 0, r.unexpected("an escape of JSON")
}

// unit reads the escape \uXXXX of one UTF-16 unit, if one stands here.
func (r *reader) unit() (rune, bool) {
	const length = len(`\uXXXX`)
	if len(r.data)-r.at < length || r.data[r.at] != '\\' || r.data[r.at+1] != 'u' {
		return 0, false
	}
	unit, err := strconv.ParseUint(string(r.data[r.at+2:r.at+length]), 16, 16)
	if err != nil {
		return 0, false
	}
	r.at += length
	return rune(unit), true
}

// invalidUTF8 finds the first byte that is not of UTF-8.
func invalidUTF8(data []byte) int {
	for at := 0; ; {
		char, size := utf8.DecodeRune(data[at:])
		if char == utf8.RuneError && size <= 1 {
			return at
		}
		at += size
	}
}
