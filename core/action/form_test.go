package action_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/fault"
)

// form has a field of every kind and with every rule.
type form struct {
	Title    string
	Body     string
	Markup   string
	Button   string
	ID       string
	Dept     *string
	Note     *string
	Kept     *string
	Key      string
	Count    int64
	Order    *int64
	Level    *int64
	Flag     *bool
	Users    []string
	Leaders  []string
	Numbers  []int64
	Depts    []int64
	Orders   []int64
	Child    *child
	Children []*child
	Instead  string
}

var lower = &action.Format{
	Name: "lower-case letters",
	Check: func(s string) string {
		if strings.ToLower(s) != s || strings.ContainsAny(s, ",;| ") {
			return "must be lower-case letters"
		}
		return ""
	},
	Warn: func(s string) string {
		if s == "root" {
			return "is everybody"
		}
		return ""
	},
}

func (m *form) Bind(f *action.Fields) {
	f.String("title", &m.Title).Bytes(1, 8).Truncate()
	f.String("body", &m.Body).Lines()
	f.String("markup", &m.Markup).Bytes(1, 12).Truncate().WholeTags()
	f.String("button", &m.Button).Chars(1, 4).Truncate()
	f.String("id", &m.ID).ID().Is(lower)
	f.OptString("dept", &m.Dept).Chars(1, 4).Without(`:*`).Name().NotEmpty()
	f.OptString("note", &m.Note).Bytes(2, 4).Clears()
	f.OptString("kept", &m.Kept)
	f.String("key", &m.Key).MaxBytes(4)
	f.Int("count", &m.Count).Range(1, 10_000)
	f.OptInt("order", &m.Order).Range(0, 1<<32-1)
	f.OptInt("level", &m.Level).OneOf(0, 1, 2)
	f.OptBool("flag", &m.Flag)
	f.Strings("users", &m.Users).Sep("|").MaxItems(3).Each(lower)
	f.Strings("leaders", &m.Leaders).MaxItems(2).Clears()
	f.Ints("numbers", &m.Numbers).Sep("|").MaxItems(3).Range(1, 100)
	f.Ints("depts", &m.Depts).Parallel().Unique().NotEmpty().MaxItems(3).Range(1, 100)
	f.Ints("orders", &m.Orders).Parallel().OneOf(0, 1, 7)
	action.ObjectField(f, "child", &m.Child)
	action.ObjectsField(f, "children", &m.Children).Items(1, 2)
	f.String("instead", &m.Instead).RequiredUnless("children")
	f.SameLength("depts", "orders")
	f.Exclusive("children", "title", "child")
}

type child struct {
	Name  string
	Value *int64
	Inner *child
}

func (c *child) Bind(f *action.Fields) {
	f.String("name", &c.Name).Required().Chars(1, 4)
	f.OptInt("value", &c.Value)
	action.ObjectField(f, "inner", &c.Inner)
	f.Check(func(r *action.Report) {
		if c.Name == "warn" {
			r.Warn("name", fault.RuleUnsupported, "is odd")
		}
	})
}

// decode reads an input whose required field is given.
func decode(input string) (*form, *action.Report) {
	in := &form{}
	report := action.Decode(in, []byte(`{"instead":"x",`+strings.TrimPrefix(input, "{")))
	return in, report
}

// accepted demands that nothing is wrong with the input.
func accepted(t *testing.T, input string) *form {
	t.Helper()
	in, report := decode(input)
	require.Empty(t, report.Violations)
	return in
}

// violated demands that exactly one rule is broken, and that the report says everything about it.
func violated(t *testing.T, input string) fault.Violation {
	t.Helper()
	_, report := decode(input)
	require.Len(t, report.Violations, 1)
	v := report.Violations[0]
	assert.NotEmpty(t, v.Given)
	assert.NotEmpty(t, v.Detail)
	return v
}
