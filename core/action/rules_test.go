package action_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/fault"
)

// Every violation says the field, the rule, its limit, what was given and what to do.
func TestEachRuleSaysWhatIsWrongAndWhatToDo(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("键", 65)
	for _, c := range []struct {
		name, input string
		want        fault.Violation
	}{
		{"a number below the range", `{"count":0}`, fault.Violation{
			Field: "/count", Rule: fault.RuleRange, Limit: "1..10,000", Given: "0", Detail: "count must be within 1..10,000.",
		}},
		{"a number above the range", `{"count":"10001"}`, fault.Violation{
			Field: "/count", Rule: fault.RuleRange, Limit: "1..10,000", Given: "10001", Detail: "count must be within 1..10,000.",
		}},
		{"a number above 64 bits", `{"count":9223372036854775808}`, fault.Violation{
			Field: "/count", Rule: fault.RuleRange, Limit: "1..10,000", Given: "9223372036854775808", Detail: "count must be within 1..10,000.",
		}},
		{"a number above 64 bits without a range", `{"level":9223372036854775808}`, fault.Violation{
			Field: "/level", Rule: fault.RuleRange, Limit: "64 bits", Given: "9223372036854775808", Detail: "level must be within 64 bits.",
		}},
		{"none of the choices", `{"level":3}`, fault.Violation{
			Field: "/level", Rule: fault.RuleOneOf, Limit: "0, 1 or 2", Given: "3", Detail: "level must be 0, 1 or 2.",
		}},
		{"an item that is none of the choices", `{"depts":[1,2],"orders":[1,3]}`, fault.Violation{
			Field: "/orders/1", Rule: fault.RuleOneOf, Limit: "0, 1 or 7", Given: "3", Detail: "Each item of orders must be 0, 1 or 7.",
		}},
		{"an item outside the range", `{"numbers":[1,101]}`, fault.Violation{
			Field: "/numbers/1", Rule: fault.RuleRange, Limit: "1..100", Given: "101", Detail: "Each item of numbers must be within 1..100.",
		}},
		{"an item above 64 bits", `{"numbers":[9223372036854775808]}`, fault.Violation{
			Field: "/numbers/0", Rule: fault.RuleRange, Limit: "1..100", Given: "9223372036854775808", Detail: "Each item of numbers must be within 1..100.",
		}},
		{"too many characters", `{"dept":"五个字符啊"}`, fault.Violation{
			Field: "/dept", Rule: fault.RuleChars, Limit: "1..4 characters", Given: "5 characters", Detail: "dept must have 1 to 4 characters; it has 5.",
		}},
		{"too few bytes", `{"note":"x"}`, fault.Violation{
			Field: "/note", Rule: fault.RuleBytes, Limit: "2..4 bytes", Given: "1 bytes", Detail: "note must have 2 to 4 bytes of UTF-8; it has 1.",
		}},
		{"too many bytes", `{"note":"汉字"}`, fault.Violation{
			Field: "/note", Rule: fault.RuleBytes, Limit: "2..4 bytes", Given: "6 bytes", Detail: "note must have 2 to 4 bytes of UTF-8; it has 6.",
		}},
		{"too many bytes where none are too few", `{"key":"tell nobody"}`, fault.Violation{
			Field: "/key", Rule: fault.RuleBytes, Limit: "0..4 bytes", Given: "11 bytes", Detail: "key must have at most 4 bytes of UTF-8; it has 11.",
		}},
		{"a forbidden character", `{"dept":"a:*"}`, fault.Violation{
			Field: "/dept", Rule: fault.RuleForbiddenChars, Limit: "none of :*", Given: ":", Detail: "dept must not contain any of :*",
		}},
		{"a control character", `{"body":"ab\u0000"}`, fault.Violation{
			Field: "/body", Rule: fault.RuleForbiddenChars, Limit: "no control characters", Given: `'\x00'`, Detail: "body contains a control character at byte 2; remove it.",
		}},
		{"a line break in an id", `{"id":"a\nb"}`, fault.Violation{
			Field: "/id", Rule: fault.RuleForbiddenChars, Limit: "no control characters", Given: `'\n'`, Detail: "id contains a control character at byte 1; remove it.",
		}},
		{"a wrong form", `{"id":"X"}`, fault.Violation{
			Field: "/id", Rule: fault.RuleFormat, Limit: "lower-case letters", Given: "X", Detail: "id must be lower-case letters.",
		}},
		{"a wrong form that is long is told by its length", `{"id":"` + long + `A"}`, fault.Violation{
			Field: "/id", Rule: fault.RuleFormat, Limit: "lower-case letters", Given: "66 characters, 196 bytes", Detail: "id must be lower-case letters.",
		}},
		{"B57 a wrong separator", `{"users":"a,b"}`, fault.Violation{
			Field: "/users/0", Rule: fault.RuleFormat, Limit: "lower-case letters", Given: "a,b",
			Detail: `Each item of users must be lower-case letters. Give each item by itself in a list, or join them all with "|" in one string.`,
		}},
		{"B57 a wrong separator of integers", `{"numbers":"7;8"}`, fault.Violation{
			Field: "/numbers/0", Rule: fault.RuleType, Limit: "an integer", Given: "7;8",
			Detail: `Each item of numbers must be an integer in decimal digits, such as 7. Give each item by itself in a list, or join them all with "|" in one string.`,
		}},
		{"empty where that clears nothing", `{"dept":""}`, fault.Violation{
			Field: "/dept", Rule: fault.RuleRequired, Limit: "1..4 characters", Given: "empty", Detail: "dept must not be empty. Leave it out instead.",
		}},
		{"a name of white space", `{"dept":" \u3000"}`, fault.Violation{
			Field: "/dept", Rule: fault.RuleRequired, Limit: "1..4 characters", Given: "only white space", Detail: "dept must not be only white space. Leave it out instead.",
		}},
		{"too many items", `{"users":["a","b","c","d"]}`, fault.Violation{
			Field: "/users", Rule: fault.RuleItems, Limit: "0..3 items", Given: "4 items",
			Detail: "users must have at most 3 items; it has 4, counted without empty ones and duplicates.",
		}},
		{"too many items where places count", `{"depts":[1,2,3,4]}`, fault.Violation{
			Field: "/depts", Rule: fault.RuleItems, Limit: "0..3 items", Given: "4 items", Detail: "depts must have at most 3 items; it has 4.",
		}},
		{"an empty list where that clears nothing", `{"depts":[]}`, fault.Violation{
			Field: "/depts", Rule: fault.RuleItems, Limit: "0..3 items", Given: "no items", Detail: "depts must not be empty. Leave it out instead.",
		}},
		{"an empty item where places count", `{"depts":"1,,2"}`, fault.Violation{
			Field: "/depts/1", Rule: fault.RuleRequired, Limit: "an integer", Given: "nothing", Detail: "depts has an empty item; positions count here, so give each one.",
		}},
		{"nothing but an empty item where places count", `{"depts":[""]}`, fault.Violation{
			Field: "/depts/0", Rule: fault.RuleRequired, Limit: "an integer", Given: "nothing", Detail: "depts has an empty item; positions count here, so give each one.",
		}},
		{"an item twice where that is wrong", `{"depts":[7,7]}`, fault.Violation{
			Field: "/depts/1", Rule: fault.RuleDuplicate, Limit: "once", Given: "7", Detail: "depts has 7 twice; give it once.",
		}},
		{"a list of another length", `{"depts":[1,2],"orders":[1]}`, fault.Violation{
			Field: "/orders", Rule: fault.RuleSameLength, Limit: "as many as depts: 2", Given: "1 items", Detail: "orders must have one item for each of depts: 2, not 1.",
		}},
		{"a list beside none", `{"orders":[1]}`, fault.Violation{
			Field: "/orders", Rule: fault.RuleSameLength, Limit: "as many as depts: 0", Given: "1 items", Detail: "orders must have one item for each of depts: 0, not 1.",
		}},
		{"two that exclude each other", `{"title":"a","children":[{"name":"a"}]}`, fault.Violation{
			Field: "/title", Rule: fault.RuleExclusive, Limit: "not beside children", Given: "both", Detail: "Give either children or title, not both.",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, c.want, violated(t, c.input))
		})
	}
}

func TestRequiredUnlessAnotherIsGiven(t *testing.T) {
	t.Parallel()
	t.Run("neither", func(t *testing.T) {
		t.Parallel()
		report := action.Decode(&form{}, []byte(`{}`))
		assert.Equal(t, []fault.Violation{{Field: "/instead", Rule: fault.RuleRequired, Given: "nothing", Detail: "instead or children is required."}}, report.Violations)
	})
	t.Run("the other", func(t *testing.T) {
		t.Parallel()
		assert.Empty(t, action.Decode(&form{}, []byte(`{"children":[{"name":"a"}]}`)).Violations)
	})
	t.Run("the other, broken", func(t *testing.T) {
		t.Parallel()
		report := action.Decode(&form{}, []byte(`{"children":[{}]}`))
		assert.Equal(t, []string{"/children/0/name required"}, summary(report))
	})
}

func TestB21ControlCharactersAreRefusedSaveTabAndLineBreaksInText(t *testing.T) {
	t.Parallel()
	for c := range rune(0x80) {
		if c >= 0x20 && c != 0x7f {
			continue
		}
		text := `{"body":"a` + escaped(c) + `b"}`
		if strings.ContainsRune("\n\r\t", c) {
			accepted(t, text)
		} else {
			assert.Equal(t, fault.RuleForbiddenChars, violated(t, text).Rule, "%U", c)
		}
		assert.Equal(t, fault.RuleForbiddenChars, violated(t, `{"id":"a`+escaped(c)+`b"}`).Rule, "%U in an id", c)
	}
}

func escaped(c rune) string {
	const digits = "0123456789abcdef"
	return `\u00` + string(digits[c>>4]) + string(digits[c&15])
}

func TestB22UnusualCharactersAreKept(t *testing.T) {
	t.Parallel()
	const text = "a\u2028b\u2029c\ufeffd\u202ee\u200df👩‍👩‍👧"
	assert.Equal(t, text, accepted(t, `{"body":"`+text+`"}`).Body)

	in, report := decode(`{"dept":"ab\u202e"}`)
	require.Empty(t, report.Violations)
	assert.Equal(t, "ab\u202e", *in.Dept)
	require.Len(t, report.Warnings, 1)
	assert.Equal(t, "/dept", report.Warnings[0].Field)
	assert.Contains(t, report.Warnings[0].Detail, "bidirectional")
}

func TestAFormatMayWarn(t *testing.T) {
	t.Parallel()
	_, report := decode(`{"id":"root"}`)
	require.Empty(t, report.Violations)
	assert.Equal(t, []fault.Warning{{Field: "/id", Rule: fault.RuleUnsupported, Detail: "is everybody"}}, report.Warnings)
}

// A text that is too long has its characters checked all the same, so that one report says everything.
func TestLengthAndCharactersAreToldTogether(t *testing.T) {
	t.Parallel()
	_, report := decode(`{"dept":"a:bcdef"}`)
	assert.Equal(t, []string{"/dept chars", "/dept forbidden_chars"}, summary(report))
}

type contact struct{ Mobile, Email string }

func (c *contact) Bind(f *action.Fields) {
	f.String("mobile", &c.Mobile).MaxBytes(4)
	f.String("email", &c.Email)
	f.AnyOf("mobile", "email")
}

func TestAnyOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, input string
		want        []fault.Violation
	}{
		{"one", `{"email":"a@b"}`, nil},
		{"both", `{"email":"a@b","mobile":"1"}`, nil},
		{"none", `{}`, []fault.Violation{{Rule: fault.RuleAnyOf, Limit: "mobile, email", Given: "none", Detail: "Give at least one of mobile, email."}}},
		{"empty ones", `{"email":"","mobile":null}`, []fault.Violation{{Rule: fault.RuleAnyOf, Limit: "mobile, email", Given: "none", Detail: "Give at least one of mobile, email."}}},
		{"a broken one is one", `{"mobile":true}`, []fault.Violation{{Field: "/mobile", Rule: fault.RuleType, Limit: "a string", Given: "true", Detail: "mobile must be a string."}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, c.want, action.Decode(&contact{}, []byte(c.input)).Violations)
		})
	}
}

func TestFieldsCanBeAskedFor(t *testing.T) {
	t.Parallel()
	fields := action.FieldsOf(&form{})
	assert.Nil(t, fields.Lookup("nope"))
	assert.Nil(t, fields.Lookup("id").Members())
	members := fields.Lookup("children").Members()
	require.Len(t, members, 3)
	assert.Equal(t, "name", members[0].Name)
	assert.True(t, members[0].Required)
	assert.Equal(t, []action.Group{
		{Rule: fault.RuleSameLength, First: "depts", Names: []string{"orders"}},
		{Rule: fault.RuleExclusive, First: "children", Names: []string{"title", "child"}},
	}, fields.Groups())
}

func TestNearest(t *testing.T) {
	t.Parallel()
	names := []string{"touser", "toparty", "totag", "content", "id"}
	for given, want := range map[string]string{
		"ToUser": "touser", "to_user": "touser", "touserr": "touser", "tuser": "touser", "party": "toparty",
		"contents": "content", "ID": "id", "i": "id", "xy": "", "": "", "message": "", strings.Repeat("touser", 11): "",
	} {
		assert.Equal(t, want, action.Nearest(given, names), given)
	}
	assert.Empty(t, action.Nearest("x", nil))
}
