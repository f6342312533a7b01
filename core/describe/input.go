package describe

import (
	"slices"
	"strings"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/fault"
)

// object describes the fields of an object, and the rules across them.
func object(fields *action.Fields) *Schema {
	closed := false
	s := &Schema{Type: "object", Properties: &Properties{}, AdditionalProperties: &closed}
	for _, field := range fields.List() {
		*s.Properties = append(*s.Properties, Property{field.Name, property(field)})
		if field.Required && len(field.Unless) == 0 {
			s.Required = append(s.Required, field.Name)
		}
	}
	s.add(unlessRules(fields))
	for _, group := range fields.Groups() {
		if group.Rule == fault.RuleSameLength {
			s.depend(group)
			continue
		}
		s.add([]*Schema{rule(group)})
	}
	if len(s.AllOf) == 1 { // one rule needs no list of rules
		s.AnyOf, s.Not, s.AllOf = s.AllOf[0].AnyOf, s.AllOf[0].Not, nil
	}
	return s
}

func (s *Schema) add(rules []*Schema) { s.AllOf = append(s.AllOf, rules...) }

// unlessRules say of the fields that are required unless others are given: either one of those, or all of them.
func unlessRules(fields *action.Fields) []*Schema {
	var alternatives [][]string
	var rules []*Schema
	for _, field := range fields.List() {
		if len(field.Unless) == 0 {
			continue
		}
		same := func(others []string) bool { return slices.Equal(others, field.Unless) }
		at := slices.IndexFunc(alternatives, same)
		if at < 0 {
			at = len(rules)
			alternatives = append(alternatives, field.Unless)
			rules = append(rules, &Schema{AnyOf: []*Schema{{}}})
			for _, other := range field.Unless {
				rules[at].AnyOf = append(rules[at].AnyOf, &Schema{Required: []string{other}})
			}
		}
		demanded := rules[at].AnyOf[0]
		demanded.Required = append(demanded.Required, field.Name)
	}
	return rules
}

// rule describes a rule across fields by the presence of their keys.
func rule(group action.Group) *Schema {
	each := make([]*Schema, len(group.Names))
	for i, name := range group.Names {
		each[i] = &Schema{Required: []string{name}}
	}
	if group.Rule == fault.RuleExclusive {
		return &Schema{Not: &Schema{Required: []string{group.First}, AnyOf: each}}
	}
	return &Schema{AnyOf: each}
}

// depend says of lists of the same length what a schema can say: that the one needs the other.
func (s *Schema) depend(group action.Group) {
	if s.DependentRequired == nil {
		s.DependentRequired = make(map[string][]string)
	}
	for _, name := range group.Names {
		s.DependentRequired[name] = []string{group.First}
	}
}

// property describes a field.
func property(f *action.Field) *Schema {
	s := value(f)
	s.Title, s.Default = f.Title, f.Default
	s.Description = sentences(f.Doc, lengthWords(f), formWords(f), emptyWords(f))
	if f.Example != nil {
		s.Examples = []any{f.Example}
	}
	return s
}

func value(f *action.Field) *Schema {
	switch f.Kind {
	case action.String:
		return text(f)
	case action.Integer:
		return integer(f)
	case action.Boolean:
		return &Schema{Type: "boolean"}
	case action.Base64:
		return &Schema{Type: "string", ContentEncoding: "base64", MinLength: min(f.Bytes.Min, 1)}
	case action.Object:
		return object(f.Nested())
	case action.Objects:
		return list(f, object(f.Nested()))
	case action.Strings:
		item := &Schema{Type: "string", MinLength: 1}
		if f.Format != nil {
			item.Pattern = f.Format.Pattern
		}
		return list(f, item)
	default: // action.Integers
		return list(f, integer(f))
	}
}

func text(f *action.Field) *Schema {
	s := &Schema{Type: "string", MaxBytes: f.Bytes.Max, Truncate: f.Truncate}
	if !f.Truncate {
		s.MaxLength = f.Chars.Max
	}
	if f.Required || f.Empty == action.EmptyRefused || f.Chars.Min > 0 || f.Bytes.Min > 0 {
		s.MinLength = max(f.Chars.Min, 1)
	}
	switch {
	case f.Format != nil:
		s.Pattern = f.Format.Pattern
	case f.Forbidden != "":
		s.Pattern = "^[^" + classEscaper.Replace(f.Forbidden) + "]*$"
	}
	if f.Empty == action.EmptyClears {
		s.MinLength = 0
		if s.Pattern != "" {
			s.Pattern = "^$|" + s.Pattern
		}
	}
	return s
}

// classEscaper writes characters for a class of a regular expression.
var classEscaper = strings.NewReplacer(`\`, `\\`, `]`, `\]`, `^`, `\^`, `-`, `\-`)

func integer(f *action.Field) *Schema {
	s := &Schema{Type: "integer", Enum: f.OneOf}
	if f.Range.Max != 0 {
		s.Minimum, s.Maximum = &f.Range.Min, &f.Range.Max
	}
	return s
}

func list(f *action.Field, item *Schema) *Schema {
	s := &Schema{Type: "array", Items: item, MinItems: f.Items.Min, MaxItems: f.Items.Max, UniqueItems: f.Unique}
	if f.Required || f.Empty == action.EmptyRefused {
		s.MinItems = max(s.MinItems, 1)
	}
	return s
}
