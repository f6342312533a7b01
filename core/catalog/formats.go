package catalog

import (
	"net/mail"
	"net/url"
	"strings"
	"unicode"

	"github.com/wecom-functions/wecom-functions/core/action"
)

// The forms that strings have in WeCom's contacts and messages. They are checked by hand: compiling a table of regular
// expressions costs more than the rest of a cold start.
var (
	userID = &action.Format{
		Name: "1..64 bytes of letters, digits, _ - @ . beginning with a letter or digit", Pattern: `^[0-9A-Za-z][0-9A-Za-z_@.\-]{0,63}$`,
		Check: checkUserID,
	}
	// receiver is a userid, or @all where it stands alone (see Recipients).
	receiver  = &action.Format{Name: userID.Name + ", or @all", Check: checkReceiver}
	email     = &action.Format{Name: "an e-mail address", Check: checkEmail}
	mailAlias = &action.Format{Name: "an e-mail address of 6..63 bytes", Check: checkMailAlias}
	mobile    = &action.Format{Name: "at most 32 digits, + and -", Pattern: `^[0-9+\-]{1,32}$`, Check: checkMobile}
	// mentionedMobile is a mobile number, or @all.
	mentionedMobile = &action.Format{Name: mobile.Name + ", or @all", Pattern: `^([0-9+\-]{1,32}|@all)$`, Check: checkMentionedMobile}
	telephone       = &action.Format{Name: "digits, - + and ,", Pattern: `^[0-9+,\-]*$`, Check: checkTelephone}
	newChatID       = &action.Format{Name: "1..32 letters and digits", Pattern: `^[0-9A-Za-z]{1,32}$`, Check: checkNewChatID}
	mediaID         = &action.Format{Name: "a media_id as an upload returned it", Check: checkMediaID}
	link            = &action.Format{Name: "a URL that begins with http:// or https://", Check: checkLink, Warn: warnOfCredentials}
	// hostLink is a link whose scheme may be missing, as in WeCom's own sample for chatbots (document 91770).
	hostLink = &action.Format{Name: "a URL; its scheme, if it has one, http or https", Check: checkHostLink, Warn: warnOfCredentials}
	md5Sum   = &action.Format{Name: "32 hexadecimal digits", Pattern: `^[0-9A-Fa-f]{32}$`, Check: checkMD5}
)

const all = "@all"

func alphanumeric(r rune) bool {
	return '0' <= r && r <= '9' || 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z'
}

// only tells whether s has nothing but letters, digits and the given characters.
func only(s, others string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return !alphanumeric(r) && !strings.ContainsRune(others, r) })
}

func digitsAnd(s, others string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return (r < '0' || r > '9') && !strings.ContainsRune(others, r) })
}

func checkUserID(s string) string {
	switch {
	case s == "" || len(s) > 64:
		return "must be a userid of 1 to 64 bytes"
	case !only(s, "_-@."):
		return "must be a userid that has only letters, digits and the characters . _ - @"
	case !alphanumeric(rune(s[0])):
		return "must be a userid that begins with a letter or digit"
	}
	return ""
}

func checkReceiver(s string) string {
	switch {
	case s == all:
		return ""
	case strings.EqualFold(s, all):
		return "must be a userid, or @all in lower case to mean everybody"
	default:
		return checkUserID(s)
	}
}

func checkEmail(s string) string {
	if address, err := mail.ParseAddress(s); err != nil || address.Address != s || address.Name != "" {
		return "must be one plain e-mail address such as zhangsan@example.com"
	}
	return ""
}

func checkMailAlias(s string) string {
	if len(s) < 6 || len(s) > 63 {
		return "must be an e-mail address of 6 to 63 bytes"
	}
	return checkEmail(s)
}

func checkMobile(s string) string {
	if len(s) > 32 || !digitsAnd(s, "+-") {
		return "must be at most 32 digits, + and -, without spaces, such as 13800000001 or +85251234567"
	}
	return ""
}

func checkMentionedMobile(s string) string {
	if s == all {
		return ""
	}
	return checkMobile(s)
}

func checkTelephone(s string) string {
	if !digitsAnd(s, "-+,") {
		return "must be digits, hyphens (-), plus signs (+) and commas (,)"
	}
	return ""
}

func checkNewChatID(s string) string {
	if len(s) > 32 || !only(s, "") {
		return "must be 1 to 32 letters and digits"
	}
	return ""
}

func checkMediaID(s string) string {
	if strings.ContainsAny(s, `/\: `) {
		return "must be the media_id that an upload returned, not a path or URL"
	}
	return ""
}

func checkLink(s string) string {
	u, err := url.Parse(s)
	switch {
	case strings.ContainsFunc(s, unicode.IsSpace):
		return "must be a URL without white space"
	case !hasWebScheme(s):
		return "must begin with http:// or https://"
	case err != nil || u.Hostname() == "":
		return "must be a valid URL with a host"
	}
	return ""
}

func hasWebScheme(s string) bool {
	scheme, _, found := strings.Cut(s, "://")
	return found && (strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https"))
}

// checkHostLink takes a host and path without a scheme too. That the host has a dot and no user name in front tells
// it from a link of another scheme, such as "javascript:" and "mailto:".
func checkHostLink(s string) string {
	if hasWebScheme(s) {
		return checkLink(s)
	}
	u, err := url.Parse("http://" + s)
	if err != nil || u.User != nil || !strings.Contains(u.Hostname(), ".") || strings.ContainsFunc(s, unicode.IsSpace) {
		return "must be a URL such as https://example.com/page, or a host and path without a scheme"
	}
	return ""
}

func checkMD5(s string) string {
	hex := func(r rune) bool { return '0' <= r && r <= '9' || 'A' <= r && r <= 'F' || 'a' <= r && r <= 'f' }
	if len(s) != 32 || strings.ContainsFunc(s, func(r rune) bool { return !hex(r) }) {
		return "must be 32 hexadecimal digits"
	}
	return ""
}

// warnOfCredentials tells of a link that shows its password to everybody who gets it.
func warnOfCredentials(s string) string {
	if u, err := url.Parse(s); err == nil && u.User != nil {
		return "carries a user name or password, which every receiver can read"
	}
	return ""
}
