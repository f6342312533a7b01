package wecomsim

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
)

// object is a JSON object of a request, read as forgivingly as WeCom does: what can be understood is used, the rest
// counts as not sent, and the answer then carries "Warning: wrong json format.".
type object struct {
	source []byte // as received; nil once changed
	keys   []string
	values map[string]json.RawMessage
	warned *bool // shared with the objects inside
}

// parseObject keeps the fields that were complete before the first mistake.
func parseObject(source []byte) *object {
	return parseInto(source, new(bool))
}

func parseInto(source []byte, warned *bool) *object {
	o := &object{source: source, values: make(map[string]json.RawMessage), warned: warned}
	if !o.readFields(json.NewDecoder(bytes.NewReader(source))) {
		*warned = true
		o.source = nil
	}
	return o
}

func (o *object) readFields(d *json.Decoder) (complete bool) {
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		return false
	}
	for d.More() {
		key, err := d.Token()
		name, isString := key.(string)
		if err != nil || !isString {
			return false
		}
		var value json.RawMessage
		if d.Decode(&value) != nil {
			return false
		}
		o.put(name, value)
	}
	if _, err := d.Token(); err != nil {
		return false
	}
	_, err := d.Token()
	return errors.Is(err, io.EOF)
}

func (o *object) put(key string, value json.RawMessage) {
	if _, known := o.values[key]; !known {
		o.keys = append(o.keys, key)
	}
	o.values[key] = value
}

// raw is the value of a key; a null counts as not sent.
func (o *object) raw(key string) (json.RawMessage, bool) {
	value, ok := o.values[key]
	if !ok || string(value) == "null" {
		return nil, false
	}
	return value, true
}

// text reads a string. A number is taken as its digits (observed for gender, our choice for the others).
func (o *object) text(key string) (value string, given bool) {
	raw, ok := o.raw(key)
	if !ok {
		return "", false
	}
	value, ok = textOf(raw)
	if !ok {
		*o.warned = true
	}
	return value, ok
}

// str reads a string that may as well be missing.
func (o *object) str(key string) string {
	value, _ := o.text(key)
	return value
}

func textOf(raw json.RawMessage) (string, bool) {
	var value string
	if json.Unmarshal(raw, &value) == nil {
		return value, true
	}
	var digits json.Number
	if json.Unmarshal(raw, &digits) == nil {
		return digits.String(), true
	}
	return "", false
}

// number is what an integer field turned out to be.
type number struct {
	value int
	given bool
	valid bool // given, and an integer
}

// integer reads a whole number. Digits in a string are tolerated (observed for parentid, our choice for the others).
func (o *object) integer(key string) number {
	raw, ok := o.raw(key)
	if !ok {
		return number{}
	}
	value, valid := integerOf(raw)
	return number{value: value, given: true, valid: valid}
}

func integerOf(raw json.RawMessage) (int, bool) {
	digits, ok := textOf(raw)
	if !ok {
		return 0, false
	}
	value, err := strconv.Atoi(digits)
	return value, err == nil
}

// flag reads an integer that may be missing; anything else is a wrong type.
func (o *object) flag(key string) int {
	n := o.integer(key)
	if n.given && !n.valid {
		*o.warned = true
	}
	return n.value
}

// list reads an array with one reader per element. A value that is no such array counts as not sent.
func list[T any](o *object, key string, read func(json.RawMessage) (T, bool)) (values []T, given bool) {
	raw, ok := o.raw(key)
	if !ok {
		return nil, false
	}
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil {
		*o.warned = true
		return nil, false
	}
	values = make([]T, 0, len(items))
	for _, item := range items {
		value, ok := read(item)
		if !ok {
			*o.warned = true
			return nil, false
		}
		values = append(values, value)
	}
	return values, true
}

func (o *object) texts(key string) ([]string, bool) { return list(o, key, textOf) }
func (o *object) integers(key string) ([]int, bool) { return list(o, key, integerOf) }
func (o *object) objects(key string) ([]*object, bool) {
	return list(o, key, func(raw json.RawMessage) (*object, bool) {
		if len(raw) == 0 || raw[0] != '{' {
			return nil, false
		}
		return parseInto(raw, o.warned), true
	})
}

// object reads a nested object; one that is missing or of another type is an empty one.
func (o *object) object(key string) *object {
	raw, ok := o.raw(key)
	if !ok {
		return parseInto([]byte("{}"), o.warned)
	}
	return parseInto(raw, o.warned)
}

// setText replaces a string.
func (o *object) setText(key, value string) { o.set(key, encodeJSON(value)) }

// setObjects replaces an array of objects.
func (o *object) setObjects(key string, items []*object) {
	raw := make([]json.RawMessage, len(items))
	for i, item := range items {
		raw[i] = item.encode()
	}
	o.set(key, encodeJSON(raw))
}

func (o *object) set(key string, value json.RawMessage) {
	o.put(key, value)
	o.source = nil
}

// encode is the object as JSON: byte for byte as received, unless something was replaced.
func (o *object) encode() json.RawMessage {
	if o.source != nil {
		return o.source
	}
	var out bytes.Buffer
	out.WriteByte('{')
	for i, key := range o.keys {
		if i > 0 {
			out.WriteByte(',')
		}
		out.Write(encodeJSON(key))
		out.WriteByte(':')
		out.Write(o.values[key])
	}
	out.WriteByte('}')
	return out.Bytes()
}
