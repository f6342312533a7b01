package media

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Base is a file's name without the path in front of it, whatever the system it comes from.
func Base(name string) string {
	return strings.TrimSpace(name[strings.LastIndexAny(name, `/\`)+1:])
}

// CheckName says what is wrong with a file's name, as a clause that follows "filename"; "" if nothing is. A path in front
// of it is no fault; see Base.
func CheckName(name string) string {
	switch base := Base(name); {
	case !utf8.ValidString(name):
		return "must be UTF-8"
	case strings.ContainsFunc(name, unicode.IsControl):
		return "must not contain control characters"
	case strings.Trim(base, ". ") == "":
		return "must be the name of a file, such as report.pdf"
	case len(base) > MaxName:
		return "must have at most 255 bytes of UTF-8"
	case strings.Contains(base, ":"):
		return "must not contain a colon, which WeCom does not take in the name of a file"
	default:
		return ""
	}
}

// tame makes a name that nobody has chosen, such as one of a link, fit; "" if nothing is left of it.
func tame(name string) string {
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r): // these can show an .exe as a .pdf
			return -1
		case r == ':':
			return '_'
		default:
			return r
		}
	}, Base(strings.ToValidUTF8(name, "")))
	if len(name) > MaxName { // keep its end, which says its type
		name = name[len(name)-MaxName:]
		for !utf8.RuneStart(name[0]) {
			name = name[1:]
		}
	}
	if CheckName(name) != "" {
		return ""
	}
	return name
}

// NameOf chooses a file's name: the first of the candidates that is one; else a word, with the ending of a picture where
// the first bytes are one's.
func NameOf(head []byte, candidates ...string) string {
	for _, candidate := range candidates {
		if name := tame(candidate); name != "" {
			return name
		}
	}
	return "file" + extension(head)
}
