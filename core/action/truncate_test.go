package action_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

func TestTruncation(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, field, given, want, warning string }{
		{"at the limit", "title", "12345678", "12345678", ""},
		{"a byte over", "title", "123456789", "12345678", "cut from 9 to 8 bytes"},
		{"never inside a character", "title", "汉字汉", "汉字", "cut from 9 to 6 bytes"},
		{"never inside a character of four bytes", "title", "12345😀😀", "12345", "cut from 13 to 5 bytes"},
		{"CRLF counts as one", "title", "1234\r\n567", "1234\n567", ""},
		{"characters are runes", "button", "四个字符", "四个字符", ""},
		{"a character over", "button", "查看更多！", "查看更多", "cut from 5 to 4 characters"},
		{"four emoji", "button", "😀😁😂🤣", "😀😁😂🤣", ""},
		{"combining sequences are several characters", "button", "e\u0301e\u0301e\u0301", "e\u0301e\u0301", "cut from 6 to 4 characters"},
		{"a tag that ends at the limit", "markup", "text<a b='c'>x", "text", "cut from 14 to 4 bytes"},
		{"a tag that ends before the limit", "markup", "a<b>c</b>defghi", "a<b>c</b>def", "cut from 15 to 12 bytes"},
		{"cut right behind the opening bracket", "markup", "01234567890<b>x</b>", "01234567890", "cut from 19 to 11 bytes"},
		{"cut right before the opening bracket", "markup", "012345678901<b>x</b>", "012345678901", "cut from 20 to 12 bytes"},
		{"cut right before the closing bracket", "markup", "0123456789<b>x</b>", "0123456789", "cut from 18 to 10 bytes"},
		{"a closing tag", "markup", "<b>01234567</b>", "<b>01234567", "cut from 15 to 11 bytes"},
		{"a mention", "markup", "0123456<@zhangsan>", "0123456", "cut from 18 to 7 bytes"},
		{"a comparison is no tag", "markup", "if a < b, then c > d", "if a < b, th", "cut from 20 to 12 bytes"},
		{"a tag that never ends is no tag", "markup", "0123456<a href=x", "0123456<a hr", "cut from 16 to 12 bytes"},
		{"an opening bracket before the next tag", "markup", "0123456<y zzzz <b>", "0123456<y zz", "cut from 18 to 12 bytes"},
		{"tags are text where they do not count", "title", "0123<b>x</b>", "0123<b>x", "cut from 12 to 8 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			in, report := decode(object(t, c.field, c.given))
			require.Empty(t, report.Violations)
			assert.Equal(t, c.want, in.Title+in.Button+in.Markup)
			if c.warning == "" {
				assert.Empty(t, report.Warnings)
				return
			}
			assert.Equal(t, []fault.Warning{{Field: "/" + c.field, Rule: fault.RuleTruncated, Detail: c.warning}}, report.Warnings)
		})
	}
}

func TestOneTagThatIsLongerThanTheLimitIsAViolation(t *testing.T) {
	t.Parallel()
	v := violated(t, object(t, "markup", "<a href='https://example.com'>x</a>"))
	assert.Equal(t, fault.Violation{
		Field: "/markup", Rule: fault.RuleBytes, Limit: "1..12 bytes", Given: "35 bytes",
		Detail: "markup must have 1 to 12 bytes of UTF-8; it has 35.",
	}, v)
}
