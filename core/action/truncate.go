package action

import (
	"strings"
	"unicode/utf8"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

// cut shortens a text that is over its limit, at a character boundary, and says so in a warning.
func (f *Field) cut(report *Report, s string) string {
	short := s
	if f.Chars.set() {
		short = cutRunes(short, int(f.Chars.Max))
	}
	if f.Bytes.set() {
		short = cutBytes(short, int(f.Bytes.Max))
	}
	if len(short) == len(s) {
		return s
	}
	if f.WholeTags {
		short = outsideTag(s, len(short))
	}
	if short == "" { // one tag is longer than the limit: nothing would be left, so the length is a violation
		return s
	}
	unit, from, to := "bytes", len(s), len(short)
	if f.Chars.set() {
		unit, from, to = "characters", utf8.RuneCountInString(s), utf8.RuneCountInString(short)
	}
	report.Warn(f.Name, fault.RuleTruncated, "cut from %s to %s %s", fault.Grouped(int64(from)), fault.Grouped(int64(to)), unit)
	return short
}

// cutRunes keeps the first n characters.
func cutRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// cutBytes keeps at most n bytes without splitting a character.
func cutBytes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// outsideTag shortens s[:n] to before a tag that the cut at n would open and not close: "<a hre" or "<@zhang".
// A lone "<" of a comparison is no tag.
func outsideTag(s string, n int) string {
	open := strings.LastIndexByte(s[:n], '<')
	end := strings.IndexAny(s[n:], "<>")
	inside := open > strings.LastIndexByte(s[:n], '>') && end >= 0 && s[n+end] == '>'
	if inside && beginsTag(s[open+1:]) {
		return s[:open]
	}
	return s[:n]
}

func beginsTag(s string) bool {
	return s != "" && (s[0] == '/' || s[0] == '@' || 'a' <= s[0]|0x20 && s[0]|0x20 <= 'z')
}
