package action

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"
)

// What one input may hold, so that a hostile one is refused before it costs much.
const (
	maxDepth  = 32
	maxTokens = 20_000
)

// reader hands out the tokens of one JSON value and stops at the first thing that is not strict JSON.
//
// encoding/json alone is lenient where a caller deserves to be told: it replaces invalid UTF-8 and lone surrogates
// without a word, and stops reading after the first value.
type reader struct {
	dec    *json.Decoder
	depth  int
	tokens int
}

// syntaxError is a fault of the JSON itself: nothing after it can be read.
type syntaxError struct{ detail string }

func (e *syntaxError) Error() string { return e.detail }

// errNothing means that there was no value at all: no bytes, or white space alone.
var errNothing = errors.New("nothing given")

var byteOrderMark = []byte("\ufeff")

func newReader(data []byte) (*reader, error) {
	data = bytes.TrimPrefix(data, byteOrderMark)
	if at := invalidUTF8(data); at >= 0 {
		return nil, &syntaxError{fmt.Sprintf("The input is not valid UTF-8 at byte %d.", at)}
	}
	if at := loneSurrogate(data); at >= 0 {
		return nil, &syntaxError{fmt.Sprintf("The input has half of a surrogate pair (\\ud800 to \\udfff alone) at byte %d.", at)}
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	return &reader{dec: dec}, nil
}

// next returns the next token: json.Delim, bool, json.Number, string or nil.
func (r *reader) next() (json.Token, error) {
	token, err := r.dec.Token()
	if err != nil {
		return nil, r.explain(err)
	}
	if r.tokens++; r.tokens > maxTokens {
		return nil, &syntaxError{fmt.Sprintf("The input has more than %s values and keys.", grouped(maxTokens))}
	}
	switch token {
	case json.Delim('{'), json.Delim('['):
		if r.depth++; r.depth > maxDepth {
			return nil, &syntaxError{fmt.Sprintf("The input is nested deeper than %d levels.", maxDepth)}
		}
	case json.Delim('}'), json.Delim(']'):
		r.depth--
	}
	return token, nil
}

func (r *reader) explain(err error) error {
	if err == io.EOF && r.tokens == 0 {
		return errNothing
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &syntaxError{fmt.Sprintf("The input is not complete JSON: it ends after byte %d.", r.dec.InputOffset())}
	}
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return &syntaxError{fmt.Sprintf("The input is not valid JSON: %s (near byte %d).", syntax.Error(), syntax.Offset)}
	}
	return &syntaxError{fmt.Sprintf("The input is not valid JSON near byte %d.", r.dec.InputOffset())}
}

// skip reads past the value that token begins.
func (r *reader) skip(token json.Token) error {
	if token != json.Delim('{') && token != json.Delim('[') {
		return nil
	}
	for outside := r.depth - 1; r.depth > outside; {
		if _, err := r.next(); err != nil {
			return err
		}
	}
	return nil
}

// end demands that nothing follows.
func (r *reader) end() error {
	if _, err := r.dec.Token(); !errors.Is(err, io.EOF) {
		return &syntaxError{fmt.Sprintf("The input goes on after the JSON object, at byte %d.", r.dec.InputOffset())}
	}
	return nil
}

func invalidUTF8(data []byte) int {
	if utf8.Valid(data) {
		return -1
	}
	for at := 0; ; {
		r, size := utf8.DecodeRune(data[at:])
		if r == utf8.RuneError && size <= 1 {
			return at
		}
		at += size
	}
}

// loneSurrogate finds an escape \uD800 to \uDFFF that is not half of a pair; -1 if there is none.
func loneSurrogate(data []byte) int {
	for at := 0; ; {
		next := bytes.IndexByte(data[at:], '\\')
		if next < 0 {
			return -1
		}
		at += next
		switch unit := escapedUnit(data[at:]); {
		case unit < 0xd800 || unit > 0xdfff:
			at += 2
		case unit < 0xdc00 && isLowSurrogate(escapedUnit(data[min(at+6, len(data)):])):
			at += 12
		default:
			return at
		}
		if at >= len(data) {
			return -1
		}
	}
}

func isLowSurrogate(unit int64) bool { return 0xdc00 <= unit && unit <= 0xdfff }

// escapedUnit is the UTF-16 unit of the escape \uXXXX that data begins with; -1 if it begins with none.
func escapedUnit(data []byte) int64 {
	if len(data) < 6 || data[0] != '\\' || data[1] != 'u' {
		return -1
	}
	unit, err := strconv.ParseUint(string(data[2:6]), 16, 32)
	if err != nil {
		return -1
	}
	return int64(unit)
}
