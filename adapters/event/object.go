package event

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// object is a JSON object taken apart, one level deep: its members in their order, each value as it stands.
//
// encoding/json would do for the values alone. But it takes keys in any case, and "eventSource" and "EventSource" are
// two kinds of event; it hides that a key stands twice; and it would read a large body once for each level above it.
type object []member

type member struct {
	key   string
	value []byte
}

// parse takes an object apart. ok is false for what is not JSON in UTF-8, or no object.
func parse(raw []byte) (o object, ok bool) {
	if !utf8.Valid(raw) || !json.Valid(raw) {
		return nil, false
	}
	return members(raw)
}

// members takes apart a value that is known to be valid JSON.
func members(raw []byte) (object, bool) {
	s := scanner{raw: raw}
	if s.peek() != '{' {
		return nil, false
	}
	o := make(object, 0, 16)
	for s.at++; s.peek() != '}'; {
		key, _ := text(s.value())
		s.peek() // the colon
		s.at++
		o = append(o, member{key, s.value()})
		if s.peek() == ',' {
			s.at++
		}
	}
	return o, true
}

// elements takes apart a list that is known to be valid JSON; nil for what is no list.
func elements(raw []byte) [][]byte {
	s := scanner{raw: raw}
	if s.peek() != '[' {
		return nil
	}
	list := make([][]byte, 0, 10)
	for s.at++; s.peek() != ']'; {
		list = append(list, s.value())
		if s.peek() == ',' {
			s.at++
		}
	}
	return list
}

// text is the value of a JSON string; ok is false for everything else.
func text(raw []byte) (value string, ok bool) {
	if len(raw) < 2 || raw[0] != '"' {
		return "", false
	}
	if inner := raw[1 : len(raw)-1]; bytes.IndexByte(inner, '\\') < 0 {
		return string(inner), true
	}
	return value, json.Unmarshal(raw, &value) == nil
}

// get is the value of a key, the last one where it stands twice; nil if there is none.
func (o object) get(key string) []byte {
	for i := len(o) - 1; i >= 0; i-- {
		if o[i].key == key {
			return o[i].value
		}
	}
	return nil
}

func (o object) has(key string) bool { return o.get(key) != nil }

// text is the string of a key; "" if it is none.
func (o object) text(key string) string {
	value, _ := text(o.get(key))
	return value
}

// object is the object of a key; nil if it is none.
func (o object) object(key string) object {
	value := o.get(key)
	if value == nil {
		return nil
	}
	inner, _ := members(value)
	return inner
}

// scanner walks over valid JSON.
type scanner struct {
	raw []byte
	at  int
}

// peek skips white space and returns the byte that follows; 0 at the end.
func (s *scanner) peek() byte {
	for s.at < len(s.raw) {
		switch c := s.raw[s.at]; c {
		case ' ', '\t', '\r', '\n':
			s.at++
		default:
			return c
		}
	}
	return 0
}

// value returns the value that follows and goes past it.
func (s *scanner) value() []byte {
	first := s.peek()
	begin := s.at
	switch first {
	case '"':
		s.string()
	case '{', '[':
		s.nested()
	default:
		s.literal()
	}
	return s.raw[begin:s.at]
}

func (s *scanner) string() {
	for s.at++; s.raw[s.at] != '"'; s.at++ {
		if s.raw[s.at] == '\\' {
			s.at++
		}
	}
	s.at++
}

func (s *scanner) nested() {
	for depth := 0; ; {
		switch s.raw[s.at] {
		case '"':
			s.string()
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		if s.at++; depth == 0 {
			return
		}
	}
}

// literal goes past a number, true, false or null.
func (s *scanner) literal() {
	for s.at < len(s.raw) && bytes.IndexByte([]byte(",]} \t\r\n"), s.raw[s.at]) < 0 {
		s.at++
	}
}
