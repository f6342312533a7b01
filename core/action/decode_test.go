package action_test

import (
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/fault"
)

func TestDecodeRefusesWhatIsNotOneStrictJSONObject(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, input string
		rule        fault.Rule
		detail      string
	}{
		{"B01 nothing", "", fault.RuleRequired, "Give the input as a JSON object; it may be {}."},
		{"B01 white space alone", " \t\r\n", fault.RuleRequired, "Give the input as a JSON object; it may be {}."},
		{"B02 null", "null", fault.RuleType, "The input must be a JSON object."},
		{"B02 a list", "[]", fault.RuleType, "The input must be a JSON object."},
		{"B02 a list of objects", `[{"id":"x"}]`, fault.RuleType, "The input must be a JSON object."},
		{"B02 a string", `"x"`, fault.RuleType, "The input must be a JSON object."},
		{"B02 a number", "1", fault.RuleType, "The input must be a JSON object."},
		{"B03 cut in a string", `{"id":"x`, fault.RuleFormat, "after byte 8"},
		{"B03 cut after a value", `{"id":"x"`, fault.RuleFormat, "after byte 9"},
		{"B03 single quotes", `{'id':'x'}`, fault.RuleFormat, "byte"},
		{"B03 a comment", "{/* x */}", fault.RuleFormat, "byte"},
		{"B03 a trailing comma", `{"id":"x",}`, fault.RuleFormat, "byte"},
		{"B03 a trailing comma in a list", `{"users":["x",]}`, fault.RuleFormat, "byte"},
		{"B03 no colon", `{"id" "x"}`, fault.RuleFormat, "byte"},
		{"B03 a raw line break in a string", "{\"body\":\"a\nb\"}", fault.RuleFormat, "byte 10"},
		{"B03 a raw tab behind an escape", "{\"body\":\"\\n\tb\"}", fault.RuleFormat, "byte 11"},
		{"B03 an unknown escape", `{"body":"\x41"}`, fault.RuleFormat, "byte"},
		{"B03 half an escape", `{"body":"\u12`, fault.RuleFormat, "byte"},
		{"B03 a number without digits", `{"count":-}`, fault.RuleFormat, "byte"},
		{"B03 half a word", `{"flag":tru}`, fault.RuleFormat, "byte"},
		{"B04 two objects", `{"instead":"x"}{}`, fault.RuleFormat, "goes on after the JSON object, at byte 15"},
		{"B04 garbage after the object", `{"instead":"x"} x`, fault.RuleFormat, "goes on after the JSON object"},
		{"B10 NaN", `{"count":NaN}`, fault.RuleFormat, "byte"},
		{"B10 Infinity", `{"count":Infinity}`, fault.RuleFormat, "byte"},
		{"B10 hexadecimal", `{"count":0x10}`, fault.RuleFormat, "byte"},
		{"B10 a leading zero", `{"count":01}`, fault.RuleFormat, "byte"},
		{"B10 a plus sign", `{"count":+1}`, fault.RuleFormat, "byte"},
		{"B12 UTF-16", "\xff\xfe{\x00}\x00", fault.RuleFormat, "not valid UTF-8 at byte 0"},
		{"B12 GBK", "{\"body\":\"\xc4\xe3\"}", fault.RuleFormat, "not valid UTF-8 at byte 9"},
		{"B12 Latin-1", "{\"body\":\"caf\xe9\"}", fault.RuleFormat, "not valid UTF-8 at byte 12"},
		{"B20 an overlong form", "{\"body\":\"\xc0\xaf\"}", fault.RuleFormat, "not valid UTF-8"},
		{"B20 CESU", "{\"body\":\"\xed\xa0\xbd\xed\xb8\x80\"}", fault.RuleFormat, "not valid UTF-8"},
		{"B20 a lone high surrogate", `{"body":"\ud83d"}`, fault.RuleFormat, "surrogate"},
		{"B20 a lone low surrogate", `{"body":"\ude00"}`, fault.RuleFormat, "surrogate"},
		{"B20 a high surrogate before a letter", `{"body":"\ud83d\u0041"}`, fault.RuleFormat, "surrogate"},
		{"B20 two low surrogates", `{"body":"\ude00\ude00"}`, fault.RuleFormat, "surrogate"},
		{"B20 a lone surrogate at the end", `{"body":"\\\ud83d`, fault.RuleFormat, "surrogate"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			report := action.Decode(&form{}, []byte(c.input))
			require.Len(t, report.Violations, 1)
			v := report.Violations[0]
			assert.Empty(t, v.Field)
			assert.Equal(t, c.rule, v.Rule)
			assert.Contains(t, v.Limit, "one JSON object")
			assert.NotEmpty(t, v.Given)
			assert.Contains(t, v.Detail, c.detail)
		})
	}
}

func TestDecodeAcceptsAllOfJSONsWritings(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ input, want string }{
		"B11 a byte order mark":         {"\ufeff" + `{"instead":"x","body":"a"}`, "a"},
		"white space around":            {"\n {\"instead\":\"x\", \"body\" : \"a\" }\r\n", "a"},
		"a surrogate pair":              {`{"instead":"x","body":"\ud83d\ude00"}`, "😀"},
		"an escaped backslash before u": {`{"instead":"x","body":"\\ud83d"}`, `\ud83d`},
		"an escaped key":                {`{"instead":"x","\u0062ody":"a"}`, "a"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := &form{}
			require.Empty(t, action.Decode(in, []byte(c.input)).Violations)
			assert.Equal(t, c.want, in.Body)
		})
	}
}

func TestDecodeRefusesUnknownAndDuplicateKeys(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, input, field string
		rule               fault.Rule
		detail             string
	}{
		{"B05 the same value twice", `{"id":"x","id":"x"}`, "/id", fault.RuleDuplicate, "id stands twice in the object; give it once."},
		{"B05 another value", `{"id":"x","id":"y"}`, "/id", fault.RuleDuplicate, "twice"},
		{"B05 null and a value", `{"id":null,"id":"y"}`, "/id", fault.RuleDuplicate, "twice"},
		{"B05 a list twice", `{"users":["x"],"users":[["y"],{"z":1}]}`, "/users", fault.RuleDuplicate, "twice"},
		{"B06 upper case", `{"COUNT":1}`, "/COUNT", fault.RuleUnknown, `There is no field "COUNT" here. Did you mean "count"?`},
		{"B06 camel case", `{"isCount":1}`, "/isCount", fault.RuleUnknown, `Did you mean "count"?`},
		{"B07 a near miss", `{"contt":1}`, "/contt", fault.RuleUnknown, `Did you mean "count"?`},
		{"B07 __proto__", `{"__proto__":{"count":1}}`, "/__proto__", fault.RuleUnknown, `There is no field "__proto__" here.`},
		{"B07 constructor", `{"constructor":[[1]]}`, "/constructor", fault.RuleUnknown, `"constructor"`},
		{"B07 prototype", `{"prototype":null}`, "/prototype", fault.RuleUnknown, `"prototype"`},
		{"B07 an empty key", `{"":1}`, "/", fault.RuleUnknown, `There is no field "" here.`},
		{"B07 a key with slash and tilde", `{"a/b~c":1}`, "/a~1b~0c", fault.RuleUnknown, `"a/b~c"`},
		{"B07 a key of 10 KB", `{"` + strings.Repeat("k", 10_000) + `":1}`, "/" + strings.Repeat("k", 64) + "…", fault.RuleUnknown, "There is no field"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, report := decode(c.input)
			require.Len(t, report.Violations, 1)
			v := report.Violations[0]
			assert.Equal(t, c.field, v.Field)
			assert.Equal(t, c.rule, v.Rule)
			assert.NotEmpty(t, v.Limit)
			assert.Contains(t, v.Detail, c.detail)
			assert.Less(t, len(v.Detail), 300)
		})
	}
}

// Not parallel: it measures what the whole process allocates.
func TestDecodeBoundsWhatAHostileInputCosts(t *testing.T) {
	const million = 1_000_000
	for _, c := range []struct{ name, input, detail string }{
		{"B08 nested 33 deep", `{"x":` + strings.Repeat("[", 32) + strings.Repeat("]", 32) + "}", "nested deeper than 32 levels"},
		{"B08 nested 10,000 deep", `{"x":` + strings.Repeat("[", 10_000), "nested deeper than 32 levels"},
		{"B08 nested 1,000,000 deep", strings.Repeat(`{"child":`, million), "nested deeper than 32 levels"},
		{"B09 a list of 5,000,000 items", `{"numbers":[` + strings.Repeat("1,", 5*million) + "1]}", "more than 20,000 values"},
		{"B09 1,000,000 keys", "{" + strings.Repeat(`"a":1,`, million) + `"b":1}`, "more than 20,000 values"},
		{"B09 1,000,000 joined items", `{"numbers":"` + strings.Repeat("1|", million) + `1"}`, "more than 20,000 values"},
		{"B09 1,000,000 joined empty items", `{"depts":"` + strings.Repeat(",", million) + `1"}`, "more than 20,000 values"},
	} {
		t.Run(c.name, func(t *testing.T) {
			data := []byte(c.input)
			report, allocated := decodeMeasured(data)
			require.Len(t, report.Violations, 1)
			assert.Contains(t, report.Violations[0].Detail, c.detail)
			if strings.HasPrefix(c.name, "B08") {
				assert.Less(t, allocated, 64<<10, "bytes")
			}
			assert.Less(t, allocated, 16<<20, "bytes")
		})
	}
	t.Run("B08 nested 32 deep is read", func(t *testing.T) {
		v := violated(t, `{"x":`+strings.Repeat("[", 31)+strings.Repeat("]", 31)+"}")
		assert.Equal(t, fault.RuleUnknown, v.Rule)
	})
	t.Run("B56 1 MB of separators is no list", func(t *testing.T) {
		assert.Nil(t, accepted(t, `{"users":"`+strings.Repeat("|", million)+`"}`).Users)
		assert.Equal(t, []string{"a", "b"}, accepted(t, `{"users":"a`+strings.Repeat("|", million)+`b"}`).Users)
	})
}

func decodeMeasured(data []byte) (report *action.Report, allocated int) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	report = action.Decode(&form{}, data)
	runtime.ReadMemStats(&after)
	return report, int(after.TotalAlloc - before.TotalAlloc)
}

// crowd is a list of objects that need a lot.
type crowd struct{ items []*needy }

func (c *crowd) Bind(f *action.Fields) { action.ObjectsField(f, "items", &c.items) }

type needy struct{ members [8]string }

func (n *needy) Bind(f *action.Fields) {
	for i := range n.members {
		f.String("m"+strconv.Itoa(i), &n.members[i]).Required()
	}
}

// Thousands of broken items must not be compared with each other: what takes a tenth of a second here would then take
// many seconds.
func TestDecodeOfManyViolationsTakesLinearTime(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		in    action.Input
		input string
	}{
		"objects without what they need": {&crowd{}, `{"items":[` + strings.Repeat("{},", 5_000) + "{}]}"},
		"unknown keys":                   {&form{}, `{` + manyKeys(9_000) + `"count":1}`},
		"wrong items":                    {&form{}, `{"numbers":[` + strings.Repeat("true,", 15_000) + "1]}"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			started := time.Now()
			report := action.Decode(c.in, []byte(c.input))
			assert.Greater(t, len(report.Violations), 9_000)
			assert.Less(t, time.Since(started), 5*time.Second)
		})
	}
}

func manyKeys(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"%s%d":1,`, strings.Repeat("k", 50), i)
	}
	return b.String()
}

func TestDecodeCoercesWhatIsDocumentedAndNothingElse(t *testing.T) {
	t.Parallel()
	two := int64(2)
	for name, c := range map[string]struct {
		input string
		want  form
	}{
		"B18 an integer as a string":              {`{"count":"7"}`, form{Count: 7}},
		"B18 an integer as a string with spaces":  {`{"count":" 7 "}`, form{Count: 7}},
		"B18 an empty string is no integer":       {`{"count":"","order":""}`, form{}},
		"B18 zero is given where it differs":      {`{"order":0,"level":"2"}`, form{Order: new(int64), Level: &two}},
		"B18 a joined list":                       {`{"users":" a | b ||"}`, form{Users: []string{"a", "b"}}},
		"B18 a joined list of integers":           {`{"numbers":"7| 8"}`, form{Numbers: []int64{7, 8}}},
		"B18 a list of integers as strings":       {`{"numbers":["7",8]}`, form{Numbers: []int64{7, 8}}},
		"B18 a full-width comma separates":        {`{"depts":"7，8"}`, form{Depts: []int64{7, 8}}},
		"B19 null is as absent":                   {`{"id":null,"users":null,"order":null,"child":null,"flag":null,"note":null,"leaders":null,"depts":null}`, form{}},
		"B37 duplicates, also in another case":    {`{"numbers":[7,7],"users":["a","b","a"]}`, form{Numbers: []int64{7}, Users: []string{"a", "b"}}},
		"B56 empty elements":                      {`{"users":"a||b|","numbers":"|7"}`, form{Users: []string{"a", "b"}, Numbers: []int64{7}}},
		"B56 empty elements of a list":            {`{"users":["a",""," "]}`, form{Users: []string{"a"}}},
		"B56 nothing but separators is as absent": {`{"users":" | |","numbers":"||","depts":" , ","leaders":","}`, form{}},
		"B56 an empty list is as absent":          {`{"users":[],"numbers":[],"orders":[]}`, form{Numbers: []int64{}, Orders: []int64{}}},
		"equal integers stay where places count":  {`{"depts":[7,8],"orders":"1,1"}`, form{Depts: []int64{7, 8}, Orders: []int64{1, 1}}},
		"an empty list that clears is kept":       {`{"leaders":[]}`, form{Leaders: []string{}}},
		"an empty text that clears is kept":       {`{"note":""}`, form{Note: new(string)}},
		"an empty optional text is as absent":     {`{"kept":""}`, form{}},
		"false is given":                          {`{"flag":false}`, form{Flag: new(bool)}},
		"B35 ids are trimmed":                     {`{"id":" x "}`, form{ID: "x"}},
		"text is not trimmed":                     {`{"body":" x "}`, form{Body: " x "}},
		"B34 line ends become LF":                 {`{"body":"a\r\nb\rc\nd"}`, form{Body: "a\nb\nc\nd"}},
		"B34 line ends are counted as LF":         {`{"title":"abc\r\ndefg"}`, form{Title: "abc\ndefg"}},
		"escapes are read":                        {`{"body":"\u4f60\u2028\t\"\\\/"}`, form{Body: "你\u2028\t\"\\/"}},
		"the largest 32-bit number":               {`{"order":4294967295}`, form{Order: ptr(int64(4294967295))}},
		"objects are read at any depth":           {`{"child":{"name":"a","inner":{"name":"b","value":0}}}`, form{Child: &child{Name: "a", Inner: &child{Name: "b", Value: new(int64)}}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.want.Instead = "x"
			assert.Equal(t, &c.want, accepted(t, c.input))
		})
	}
	for _, c := range []struct{ name, input, field, limit, given string }{
		{"B18 a string for an object", `{"child":"x"}`, "/child", "an object", "x"},
		{"B18 an object for a string", `{"id":{"x":1}}`, "/id", "a string", "an object"},
		{"B18 a list for a string", `{"id":["x"]}`, "/id", "a string", "a list"},
		{"B18 a number for a string", `{"id":7}`, "/id", "a string", "7"},
		{"B18 a number for a list of strings", `{"users":7}`, "/users", "a list of strings", "7"},
		{"B18 a number for a list of integers", `{"numbers":7}`, "/numbers", "a list of integers", "7"},
		{"B18 an object for a list", `{"users":{"a":1}}`, "/users", "a list of strings", "an object"},
		{"B18 an object for a list of objects", `{"children":{"name":"a"}}`, "/children", "a list of objects", "an object"},
		{"B18 true for a list", `{"numbers":true}`, "/numbers", "a list of integers", "true"},
		{"B18 a number in a list of strings", `{"users":["a",7]}`, "/users/1", "a string", "7"},
		{"B18 null in a list", `{"users":["a",null]}`, "/users/1", "a string", "null"},
		{"B18 a list in a list", `{"users":["a",["b"]]}`, "/users/1", "a string", "a list"},
		{"B18 true in a list of integers", `{"numbers":[1,true]}`, "/numbers/1", "an integer", "true"},
		{"B18 a string in a list of objects", `{"children":["a"]}`, "/children/0", "an object", "a"},
		{"B18 null in a list of objects", `{"children":[null]}`, "/children/0", "an object", "null"},
		{"B18 1.0 for an integer", `{"count":1.0}`, "/count", "an integer", "1.0"},
		{"B18 1e3 for an integer", `{"count":1e3}`, "/count", "an integer", "1e3"},
		{"B18 1.0 as a string", `{"count":"1.0"}`, "/count", "an integer", "1.0"},
		{"B18 +1 as a string", `{"count":"+1"}`, "/count", "an integer", "+1"},
		{"B18 01 as a string", `{"count":"01"}`, "/count", "an integer", "01"},
		{"B18 1_000 as a string", `{"count":"1_000"}`, "/count", "an integer", "1_000"},
		{"B18 full-width digits", `{"count":"７"}`, "/count", "an integer", "７"},
		{"B18 true for 1", `{"count":true}`, "/count", "an integer", "true"},
		{"B18 1 for true", `{"flag":1}`, "/flag", "true or false", "1"},
		{"B18 a string for true", `{"flag":"true"}`, "/flag", "true or false", "true"},
		{"B10 -0", `{"count":-0}`, "/count", "an integer", "-0"},
		{"B10 1e400", `{"count":1e400}`, "/count", "an integer", "1e400"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := violated(t, c.input)
			assert.Equal(t, fault.RuleType, v.Rule)
			assert.Equal(t, c.field, v.Field)
			assert.Equal(t, c.limit, v.Limit)
			assert.Equal(t, c.given, v.Given)
		})
	}
}

func ptr[T any](v T) *T { return &v }

func TestViolationsPointIntoObjectsAndLists(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, input string
		want        []string
	}{
		{"B19 what an object needs", `{"child":{}}`, []string{"/child/name required"}},
		{"B19 null is not enough", `{"child":{"name":null}}`, []string{"/child/name required"}},
		{"an object in an object", `{"child":{"name":"a","inner":{"name":"abcde"}}}`, []string{"/child/inner/name chars"}},
		{"an item of a list of objects", `{"children":[{"name":"a"},{"name":"abcde","value":"x"}]}`, []string{"/children/1/value type", "/children/1/name chars"}},
		{"an unknown key in an item", `{"children":[{"name":"a","nam":1}]}`, []string{"/children/0/nam unknown"}},
		{"too many items", `{"children":[{"name":"a"},{"name":"b"},{"name":"c"}]}`, []string{"/children items"}},
		{"no items", `{"children":[]}`, []string{"/children items"}},
		{"the place in the list as it was given", `{"users":["","a","A B","a"]}`, []string{"/users/2 format"}},
		{"the place in a joined list", `{"users":"a||A B"}`, []string{"/users/2 format"}},
		{"the place of a number", `{"numbers":[5,5,"",0,"x"]}`, []string{"/numbers/3 range", "/numbers/4 type"}},
		{"the place after an item of a wrong type", `{"numbers":[true,101]}`, []string{"/numbers/0 type", "/numbers/1 range"}},
		{"every field at once", `{"id":"A B","count":0,"users":["B"],"level":9,"nope":1}`, []string{"/nope unknown", "/users/0 format", "/id format", "/count range", "/level one_of"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, report := decode(c.input)
			assert.ElementsMatch(t, c.want, summary(report))
		})
	}
	t.Run("warnings point there too", func(t *testing.T) {
		t.Parallel()
		_, report := decode(`{"children":[{"name":"a"},{"name":"warn"}]}`)
		assert.Equal(t, []fault.Warning{{Field: "/children/1/name", Rule: fault.RuleUnsupported, Detail: "is odd"}}, report.Warnings)
	})
}

// summary lists pointer and rule of every violation.
func summary(report *action.Report) []string {
	list := []string{}
	for _, v := range report.Violations {
		list = append(list, v.Field+" "+string(v.Rule))
	}
	return list
}
