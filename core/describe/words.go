package describe

import (
	"strings"

	"github.com/wecom-functions/wecom-functions/core/action"
)

// What a schema has no keyword for is said in sentences after the field's own.

// lengthWords says limits in bytes, and limits that are met by cutting.
func lengthWords(f *action.Field) string {
	limits, unit := f.Chars, "characters"
	if f.Bytes.Max != 0 {
		limits, unit = f.Bytes, "bytes of UTF-8"
	}
	if f.Kind == action.Base64 {
		unit = "bytes before base64"
	}
	switch {
	case limits.Max == 0:
		return ""
	case f.Truncate:
		most := action.Limits{Min: limits.Max, Max: limits.Max}
		return "What exceeds " + most.String() + " " + strings.TrimSuffix(unit, " of UTF-8") + " is cut."
	case f.Bytes.Max != 0:
		return capital(limits.Words()) + " " + unit + "."
	default:
		return "" // minLength and maxLength say it
	}
}

// formWords says a form that no pattern shows.
func formWords(f *action.Field) string {
	if f.Format == nil || f.Format.Pattern != "" {
		return ""
	}
	if f.Kind == action.Strings {
		return "Each is " + f.Format.Name + "."
	}
	return "It is " + f.Format.Name + "."
}

// emptyWords says that an empty value is one.
func emptyWords(f *action.Field) string {
	if f.Empty == action.EmptyClears {
		return "Empty clears what WeCom has."
	}
	return ""
}

// sentences joins sentences and leaves out what was said before.
func sentences(all ...string) string {
	said := ""
	for _, one := range all {
		switch {
		case one == "" || strings.Contains(said, one):
		case said == "":
			said = one
		default:
			said += ending(said) + " " + one
		}
	}
	return said
}

// ending ends a sentence that has no end, such as one that ends with an example.
func ending(s string) string {
	if strings.HasSuffix(s, ".") || strings.HasSuffix(s, "?") {
		return ""
	}
	return "."
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
