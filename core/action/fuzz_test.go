package action_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/fault"
)

// object writes an object with one string member.
func object(t testing.TB, name, value string) string {
	t.Helper()
	data, err := json.Marshal(map[string]string{name: value})
	require.NoError(t, err)
	return string(data)
}

// FuzzDecode: the decoder never panics, takes nothing that is not JSON, and loses no value that it takes.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"instead":"x"}`, `{"instead":"x","body":"a\r\nb","users":"a|b","numbers":["7",8]}`, `{"children":[{"name":"a"}]}`,
		`{"instead":"\ud83d\ude00","child":{"name":"a","inner":{"name":"b","value":0}},"flag":true,"leaders":[]}`,
		"\ufeff{\"instead\":\"x\"} ", `{"instead":"x","instead":"x"}`, `{"count":1e3}`, `[1,2`, `{"x":[[[[[]]]]]}`, `{"depts":"1,2","orders":"0,1"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		in := &form{}
		report := action.Decode(in, data)
		requireSameAgain(t, data, in, report)
		for _, v := range report.Violations {
			require.NotEmpty(t, v.Rule)
			require.NotEmpty(t, v.Detail)
			require.True(t, utf8.ValidString(v.Field+v.Given+v.Detail+v.Limit))
			require.LessOrEqual(t, utf8.RuneCountInString(v.Given), 65)
		}
		plain := bytes.TrimPrefix(data, []byte("\ufeff"))
		if len(report.Violations) > 0 {
			requireReason(t, plain, report)
			return
		}
		require.True(t, json.Valid(plain), "what is taken is JSON")
		var given map[string]any
		require.NoError(t, json.Unmarshal(plain, &given), "what is taken is an object")
		requireKept(t, given, in)
	})
}

// requireReason: JSON is refused as no JSON only for what encoding/json lets pass.
func requireReason(t *testing.T, data []byte, report *action.Report) {
	t.Helper()
	if v := report.Violations[0]; v.Rule == fault.RuleFormat && v.Field == "" && json.Valid(data) && utf8.Valid(data) {
		require.Regexp(t, `surrogate pair|nested deeper|more than 20,000 values`, v.Detail)
	}
}

// requireSameAgain: a form that was used before reads the same as a new input.
func requireSameAgain(t *testing.T, data []byte, in *form, report *action.Report) {
	t.Helper()
	used := action.NewForm(&form{})
	used.Decode([]byte(`{"instead":"x","note":"","users":["a"],"depts":[1],"orders":[1],"child":{"name":"a"},"flag":true,"nope":1}`))
	used.Clear()
	require.Equal(t, &form{}, used.Input)
	again := used.Decode(data)
	require.Equal(t, in, used.Input)
	require.Equal(t, report.Violations, again.Violations)
	require.Equal(t, report.Warnings, again.Warnings)
}

// requireKept compares what was given with what was read, in the fields whose values are kept as they are.
func requireKept(t *testing.T, given map[string]any, in *form) {
	t.Helper()
	lines := strings.NewReplacer("\r\n", "\n", "\r", "\n")
	for name, have := range map[string]string{"instead": in.Instead, "key": in.Key} {
		if text, ok := given[name].(string); ok {
			require.Equal(t, text, have, name)
		}
	}
	if text, ok := given["body"].(string); ok {
		require.Equal(t, lines.Replace(text), in.Body)
	}
	if text, ok := given["id"].(string); ok {
		require.Equal(t, strings.TrimSpace(text), in.ID)
	}
	for name, have := range map[string][]string{"users": in.Users, "leaders": in.Leaders} {
		items, _ := given[name].([]any)
		for _, item := range items {
			text := strings.TrimSpace(item.(string))
			require.True(t, text == "" || slices.ContainsFunc(have, func(s string) bool { return strings.EqualFold(s, text) }), name)
		}
	}
	if children, ok := given["children"].([]any); ok {
		require.Len(t, in.Children, len(children))
		for i, one := range children {
			require.Equal(t, one.(map[string]any)["name"], in.Children[i].Name)
		}
	}
}

// limited is an input whose limit the fuzzer chooses.
type limited struct {
	limit int64
	tags  bool
	text  string
}

func (l *limited) Bind(f *action.Fields) {
	text := f.String("text", &l.text).Bytes(1, l.limit).Truncate()
	if l.tags {
		text.WholeTags()
	}
}

var tag = regexp.MustCompile(`<[/@A-Za-z][^<>]*>`)

// FuzzTruncate: what is cut is a prefix within the limit, is whole characters, and ends in no tag.
func FuzzTruncate(f *testing.F) {
	f.Add("汉字汉", uint16(8), false)
	f.Add("text <a href=\"https://example.com\">link</a> 1 < 2 > 0", uint16(12), true)
	f.Add("a\r\nb\rc", uint16(4), false)
	f.Add("<@zhangsan> hello", uint16(5), true)
	f.Fuzz(func(t *testing.T, text string, limit uint16, tags bool) {
		if !utf8.ValidString(text) || limit == 0 {
			return
		}
		in := &limited{limit: int64(limit), tags: tags}
		report := action.Decode(in, []byte(object(t, "text", text)))
		whole := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
		if len(report.Violations) > 0 {
			return
		}
		require.LessOrEqual(t, len(in.text), int(limit))
		require.True(t, strings.HasPrefix(whole, in.text))
		require.True(t, utf8.ValidString(in.text))
		require.Equal(t, in.text != whole, slices.ContainsFunc(report.Warnings, func(w fault.Warning) bool { return w.Rule == fault.RuleTruncated }))
		if !tags {
			require.Greater(t, len(in.text)+utf8.UTFMax, min(len(whole), int(limit)), "no more is cut than must be")
			return
		}
		for _, span := range tag.FindAllStringIndex(whole, -1) {
			require.False(t, span[0] < len(in.text) && len(in.text) < span[1], "cut inside %q", whole[span[0]:span[1]])
		}
	})
}
