package describe

import (
	"reflect"
	"strings"
)

// output describes a value as encoding/json writes it. What a struct embeds is left out: the errcode and errmsg that
// every answer of WeCom begins with are never part of an output.
func output(v any) *Schema { return typeSchema(reflect.TypeOf(v)) }

func typeSchema(t reflect.Type) *Schema {
	switch t.Kind() {
	case reflect.Pointer:
		return typeSchema(t.Elem())
	case reflect.Struct:
		return structSchema(t)
	case reflect.Slice:
		return &Schema{Type: "array", Items: typeSchema(t.Elem())}
	case reflect.Int64:
		return &Schema{Type: "integer"}
	case reflect.Bool:
		return &Schema{Type: "boolean"}
	case reflect.String:
		return &Schema{Type: "string"}
	default:
		panic("describe: an output has a member of type " + t.String() + ", which no schema is known for")
	}
}

func structSchema(t reflect.Type) *Schema {
	s := &Schema{Type: "object", Properties: &Properties{}}
	for i := range t.NumField() {
		field := t.Field(i)
		if field.Anonymous {
			continue
		}
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		member := typeSchema(field.Type)
		member.Description = field.Tag.Get("doc")
		*s.Properties = append(*s.Properties, Property{name, member})
		if !strings.Contains(options, "omit") {
			s.Required = append(s.Required, name)
		}
	}
	return s
}
