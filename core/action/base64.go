package action

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strconv"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

// base64 reads a string of base64 into the field, without a copy of its text: that may have many megabytes. What white
// space stands in it, and a data:...;base64, in front, are no part of it.
func (r *reader) base64(field *Field, report *Report) error {
	if err := r.count(); err != nil {
		return err
	}
	text, escaped, err := r.rawString()
	if err != nil || len(text) == 0 {
		return err
	}
	data, ok := decodeBase64(text, escaped)
	if !ok {
		report.Violate(field.Name, fault.RuleFormat, "standard base64 with padding", fmt.Sprintf("%d characters", len(text)),
			fmt.Sprintf("%s must be standard base64 (A-Z a-z 0-9 + /) with its padding.", field.Name))
	}
	field.given = true
	*field.to.(*[]byte) = data
	return nil
}

// rawString reads a string and returns it as it stands in the input, with its escapes if it has any.
func (r *reader) rawString() (text []byte, escaped bool, err error) {
	r.at++
	start := r.at
	for {
		stop, err := r.plain()
		if err != nil {
			return nil, false, err
		}
		if stop == '"' {
			return r.data[start : r.at-1], escaped, nil
		}
		if _, err := r.escape(); err != nil {
			return nil, false, err
		}
		escaped = true
	}
}

var strictBase64 = base64.StdEncoding.Strict()

// decodeBase64 decodes the text of a JSON string.
func decodeBase64(text []byte, escaped bool) ([]byte, bool) {
	text, ok := withoutDataPrefix(text)
	if !ok {
		return nil, false
	}
	data := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	if !escaped {
		if n, err := strictBase64.Decode(data, text); err == nil {
			return data[:n], true
		}
	}
	return decodePieces(data, text)
}

// maxDataPrefix bounds what may stand in front of the base64 in a data URL.
const maxDataPrefix = 256

// withoutDataPrefix removes what stands in front of the base64 in a data URL; ok is false where that is something else.
func withoutDataPrefix(text []byte) (rest []byte, ok bool) {
	at := bytes.IndexByte(text[:min(len(text), maxDataPrefix)], ',')
	if at < 0 {
		return text, true
	}
	head := bytes.TrimSpace(text[:at])
	return text[at+1:], bytes.HasPrefix(head, []byte("data:")) && bytes.HasSuffix(head, []byte(";base64"))
}

// decodePieces decodes text that has white space or escapes in it, piece by piece, into data, which has room for it.
func decodePieces(data, text []byte) ([]byte, bool) {
	var piece [4096]byte // whose length is a multiple of 4
	n, size, ended := 0, 0, false
	for len(text) > 0 {
		c, length := plainByte(text)
		text = text[length:]
		switch c {
		case ' ', '\t', '\r', '\n':
			continue
		}
		if ended { // nothing may follow a piece with padding
			return nil, false
		}
		piece[n] = c
		if n++; n == len(piece) || len(text) == 0 {
			decoded, err := strictBase64.Decode(data[size:], piece[:n])
			if err != nil {
				return nil, false
			}
			size, ended, n = size+decoded, c == '=', 0
		}
	}
	if n > 0 { // white space came last
		decoded, err := strictBase64.Decode(data[size:], piece[:n])
		return data[:size+decoded], err == nil
	}
	return data[:size], true
}

// plainByte is the byte that the text of a JSON string begins with, and how many bytes say it. What base64 has not is 0.
func plainByte(text []byte) (c byte, length int) {
	if text[0] != '\\' {
		return text[0], 1
	}
	switch text[1] {
	case '/':
		return '/', 2
	case 'n', 'r', 't':
		return ' ', 2
	case 'u':
		code, err := strconv.ParseUint(string(text[2:6]), 16, 8)
		if err != nil {
			return 0, len(`\u0000`)
		}
		return byte(code), len(`\u0000`)
	default:
		return 0, 2
	}
}
