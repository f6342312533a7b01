package rawjson_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/core/rawjson"
)

func TestMarshal(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, given, want string }{
		{"B22 line and paragraph separators go raw", "a\u2028b\u2029c", "\"a\u2028b\u2029c\""},
		{"B22 the escape of one, written out by the caller, stays text", `\u2028`, `"\\u2028"`},
		{"B22 a backslash before one stays a backslash", "\\\u2028", "\"\\\\\u2028\""},
		{"angle brackets and ampersands go raw", `<a href="x?a=1&b=2">`, `"<a href=\"x?a=1&b=2\">"`},
		{"bytes that are no character become one that is", "a\xffb", "\"a\ufffdb\""},
		{"control characters are escaped, as JSON requires", "a\x01\nb", `"a\u0001\nb"`},
		{"Chinese and emoji go raw", "值班 👩‍👧‍👦", `"值班 👩‍👧‍👦"`},
		{"an escape at the very end", "a\n", `"a\n"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := rawjson.Marshal(c.given)
			require.NoError(t, err)
			assert.Equal(t, c.want, string(got))
		})
	}
	t.Run("has no newline at its end", func(t *testing.T) {
		t.Parallel()
		got, err := rawjson.Marshal(map[string]any{"b": 1, "a": []int{}})
		require.NoError(t, err)
		assert.Equal(t, `{"a":[],"b":1}`, string(got))
	})
	t.Run("says what cannot be marshalled", func(t *testing.T) {
		t.Parallel()
		_, err := rawjson.Marshal(make(chan int))
		assert.Error(t, err)
	})
}

// needless are the escapes that JSON does not require: those of anything but control characters.
var needless = regexp.MustCompile(`(?:^|[^\\])(?:\\\\)*\\u(?:[^0]|0[^0]|00[^01]|001[^0-9a-f])`)

func FuzzMarshal(f *testing.F) {
	for _, seed := range []string{"", "a\u2028b", `\u2028`, "\\\u2029", "<&>", "\xff", "\x00\x1f\x7f", `\\\\u2028`, "\ufffd", "👩‍👧‍👦"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out, err := rawjson.Marshal(map[string]string{s: s})
		require.NoError(t, err)
		require.True(t, utf8.Valid(out))
		require.NotRegexp(t, needless, string(out))
		var back map[string]string
		require.NoError(t, json.Unmarshal(out, &back))
		valid := strings.ToValidUTF8(s, "\ufffd")
		if utf8.ValidString(s) {
			require.Equal(t, map[string]string{valid: valid}, back)
		}
		for _, raw := range []string{"\u2028", "\u2029", "<", ">", "&"} {
			require.Equal(t, 2*strings.Count(s, raw), strings.Count(string(out), raw))
		}
	})
}
