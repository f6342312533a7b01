package describe_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/describe"
)

// input declares fields by a function, so that each test shows the declaration beside what becomes of it.
type input func(f *action.Fields)

func (in input) Bind(f *action.Fields) { in(f) }

// schemaOf is the schema of the one field that bind declares.
func schemaOf(t *testing.T, bind input) string {
	t.Helper()
	properties := describe.InputSchema(bind).Properties
	require.Len(t, *properties, 1)
	return asJSON(t, (*properties)[0].Schema)
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	require.NoError(t, err)
	return string(text)
}

func TestAFieldIsDescribedByItsDeclaration(t *testing.T) {
	t.Parallel()
	var (
		text    string
		opt     *string
		number  int64
		flag    *bool
		strings []string
		numbers []int64
	)
	digits := &action.Format{Name: "digits", Pattern: `^[0-9]+$`}
	address := &action.Format{Name: "an address"}
	for _, test := range []struct {
		name string
		bind input
		want string
	}{
		{
			"characters",
			func(f *action.Fields) { f.String("a", &text).Chars(1, 64).Title("A").Doc("Text.") },
			`{"title":"A","description":"Text.","type":"string","minLength":1,"maxLength":64}`,
		},
		{
			"bytes, in x-max-bytes and in words",
			func(f *action.Fields) { f.String("a", &text).Bytes(6, 2048).Doc("Text.") },
			`{"description":"Text. 6 to 2,048 bytes of UTF-8.","type":"string","minLength":1,"x-max-bytes":2048}`,
		},
		{
			"a text that is cut has no longest length, but says so",
			func(f *action.Fields) { f.String("a", &text).Chars(0, 50).Truncate().Doc("Text.") },
			`{"description":"Text. What exceeds 50 characters is cut.","type":"string","x-truncate":true}`,
		},
		{
			"a doc that says the cut itself is not repeated",
			func(f *action.Fields) {
				f.String("a", &text).MaxBytes(128).Truncate().Doc("What exceeds 128 bytes is cut. Text.")
			},
			`{"description":"What exceeds 128 bytes is cut. Text.","type":"string","x-max-bytes":128,"x-truncate":true}`,
		},
		{
			"a form with a pattern",
			func(f *action.Fields) { f.String("a", &text).Is(digits).Doc("Text.") },
			`{"description":"Text.","type":"string","pattern":"^[0-9]+$"}`,
		},
		{
			"a form without one is said in words, and a sentence is ended",
			func(f *action.Fields) { f.String("a", &text).Is(address).Doc("Text, such as x@y") },
			`{"description":"Text, such as x@y. It is an address.","type":"string"}`,
		},
		{
			"what may be cleared may be empty",
			func(f *action.Fields) { f.OptString("a", &opt).Clears().Chars(1, 9).Is(digits) },
			`{"description":"Empty clears what WeCom has.","type":"string","maxLength":9,"pattern":"^$|^[0-9]+$"}`,
		},
		{
			"forbidden characters",
			func(f *action.Fields) { f.String("a", &text).Without(`\]^-`) },
			`{"type":"string","pattern":"^[^\\\\\\]\\^\\-]*$"}`,
		},
		{
			"a range, a default and an example",
			func(f *action.Fields) { f.Int("a", &number).Range(1, 9).Default(5).Example(7) },
			`{"type":"integer","default":5,"examples":[7],"minimum":1,"maximum":9}`,
		},
		{
			"a choice",
			func(f *action.Fields) { f.Int("a", &number).OneOf(0, 1) },
			`{"type":"integer","enum":[0,1]}`,
		},
		{
			"a flag",
			func(f *action.Fields) { f.OptBool("a", &flag).Default(true) },
			`{"type":"boolean","default":true}`,
		},
		{
			"a list of texts is advertised as a list alone",
			func(f *action.Fields) { f.Strings("a", &strings).Items(2, 2000).Each(digits) },
			`{"type":"array","items":{"type":"string","minLength":1,"pattern":"^[0-9]+$"},"minItems":2,"maxItems":2000}`,
		},
		{
			"a list of different numbers that must not be empty",
			func(f *action.Fields) { f.Ints("a", &numbers).Unique().NotEmpty().MaxItems(100).Range(1, 9) },
			`{"type":"array","items":{"type":"integer","minimum":1,"maximum":9},"minItems":1,"maxItems":100,"uniqueItems":true}`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, schemaOf(t, test.bind))
		})
	}
}

func TestRulesAcrossFieldsAreShown(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		rules func(f *action.Fields)
		want  string
	}{
		{"none", func(*action.Fields) {}, ``},
		{
			"at least one", func(f *action.Fields) { f.AnyOf("a", "b") },
			`,"anyOf":[{"required":["a"]},{"required":["b"]}]`,
		},
		{
			"either or", func(f *action.Fields) { f.Exclusive("a", "b", "c") },
			`,"not":{"required":["a"],"anyOf":[{"required":["b"]},{"required":["c"]}]}`,
		},
		{
			"lists of the same length need the first", func(f *action.Fields) { f.SameLength("a", "c", "b") },
			`,"dependentRequired":{"b":["a"],"c":["a"]}`,
		},
		{
			"several", func(f *action.Fields) { f.AnyOf("a", "b"); f.Exclusive("a", "b") },
			`,"allOf":[{"anyOf":[{"required":["a"]},{"required":["b"]}]},{"not":{"required":["a"],"anyOf":[{"required":["b"]}]}}]`,
		},
		{"what code alone can say is not", func(f *action.Fields) { f.Check(func(*action.Report) {}) }, ``},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			schema := describe.InputSchema(input(func(f *action.Fields) {
				var numbers []int64
				for _, name := range []string{"a", "b", "c"} {
					f.Ints(name, &numbers)
				}
				test.rules(f)
			}))
			schema.Dialect, schema.Properties = "", nil
			closed := `"additionalProperties":false`
			have := asJSON(t, schema)
			assert.JSONEq(t, `{"type":"object",`+closed+test.want+`}`, have)
		})
	}
}

func TestAFieldThatAnotherReplacesIsRequiredWithoutIt(t *testing.T) {
	t.Parallel()
	var text string
	schema := describe.InputSchema(input(func(f *action.Fields) {
		f.String("title", &text).RequiredUnless("articles")
		f.String("url", &text).RequiredUnless("articles")
		f.String("articles", &text)
		f.String("chatid", &text).Required()
	}))
	assert.Equal(t, []string{"chatid"}, schema.Required)
	assert.Equal(t, `[{"required":["title","url"]},{"required":["articles"]}]`, asJSON(t, schema.AnyOf))
}

type status struct {
	Errcode int64 `json:"errcode"`
}

type names []string

func (*names) UnmarshalJSON([]byte) error { return nil }

func TestAnOutputIsDescribedByItsType(t *testing.T) {
	t.Parallel()
	type row struct {
		ID int64 `json:"id" doc:"The id."`
	}
	type out struct {
		status
		Name    string `json:"name" doc:"The name."`
		Refused names  `json:"refused,omitempty" doc:"Who was refused."`
		Rows    []row  `json:"rows" doc:"The rows."`
		Done    bool   `json:"done,omitzero" doc:"Whether it is done."`
		One     *row   `json:"one,omitempty" doc:"One row."`
	}
	rowSchema := `{"type":"object","properties":{"id":{"description":"The id.","type":"integer"}},"required":["id"]`
	assert.Equal(t, `{"$schema":"`+describe.Dialect+`","type":"object","properties":{`+
		`"name":{"description":"The name.","type":"string"},`+
		`"refused":{"description":"Who was refused.","type":"array","items":{"type":"string"}},`+
		`"rows":{"description":"The rows.","type":"array","items":`+rowSchema+`}},`+
		`"done":{"description":"Whether it is done.","type":"boolean"},`+
		`"one":{"description":"One row.",`+rowSchema[1:]+`}},`+
		`"required":["name","rows"]}`, asJSON(t, describe.OutputSchema((*out)(nil))))
}

func TestAnOutputOfAnUnknownTypePanics(t *testing.T) {
	t.Parallel()
	assert.Panics(t, func() { describe.OutputSchema(struct{ X float64 }{}) })
}
