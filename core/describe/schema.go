package describe

import (
	"bytes"
	"encoding/json"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/rawjson"
)

// Dialect is the JSON Schema that the schemas are written in.
const Dialect = "https://json-schema.org/draft/2020-12/schema"

// Schema is a JSON Schema: what this package needs of it, in the order that it is written in.
//
// The keywords with x- are ours: JSON Schema knows no lengths in bytes, and none that are met by cutting.
type Schema struct {
	Dialect     string `json:"$schema,omitempty"`
	Title       string `json:"title,omitempty"`
	Description string `json:"description,omitempty"`
	Type        string `json:"type,omitempty"`

	Enum     []int64 `json:"enum,omitempty"`
	Default  any     `json:"default,omitempty"`
	Examples []any   `json:"examples,omitempty"`

	Minimum   *int64 `json:"minimum,omitempty"`
	Maximum   *int64 `json:"maximum,omitempty"`
	MinLength int64  `json:"minLength,omitempty"`
	MaxLength int64  `json:"maxLength,omitempty"`
	MaxBytes  int64  `json:"x-max-bytes,omitempty"`
	Truncate  bool   `json:"x-truncate,omitempty"`
	Pattern   string `json:"pattern,omitempty"`

	ContentEncoding string `json:"contentEncoding,omitempty"`

	Items       *Schema `json:"items,omitempty"`
	MinItems    int64   `json:"minItems,omitempty"`
	MaxItems    int64   `json:"maxItems,omitempty"`
	UniqueItems bool    `json:"uniqueItems,omitempty"`

	Properties        *Properties         `json:"properties,omitempty"`
	Required          []string            `json:"required,omitempty"`
	DependentRequired map[string][]string `json:"dependentRequired,omitempty"`
	// AdditionalProperties is false of what we take, and not said of what we answer: WeCom may add to that.
	AdditionalProperties *bool `json:"additionalProperties,omitempty"`

	AnyOf []*Schema `json:"anyOf,omitempty"`
	AllOf []*Schema `json:"allOf,omitempty"`
	Not   *Schema   `json:"not,omitempty"`
}

// Property is a member of an object.
type Property struct {
	Name   string
	Schema *Schema
}

// Properties are the members of an object in the order of their declaration, which is that of importance.
type Properties []Property

// MarshalJSON writes an object.
func (p Properties) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, property := range p {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(property.Name)
		if err != nil {
			return nil, err
		}
		value, err := rawjson.Marshal(property.Schema)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// InputSchema describes the input of an action as it is advertised: lists as lists and integers as integers, though
// Decode takes some of them as strings too. What code alone can check is in the descriptions.
func InputSchema(in action.Input) *Schema {
	s := object(action.FieldsOf(in))
	s.Dialect = Dialect
	return s
}

// OutputSchema describes the output of an action, given a value of its type.
func OutputSchema(out any) *Schema {
	s := output(out)
	s.Dialect = Dialect
	return s
}
