package wecom

import (
	"net/url"
	"strings"
	"unicode"
)

const maxErrmsg = 512 // characters

// clean makes a text of WeCom fit to be shown: without the secrets of the call, without control characters, cut.
func clean(s string, secrets []string) string {
	for _, secret := range secrets {
		if secret != "" {
			s = strings.ReplaceAll(s, secret, "[redacted]")
			s = strings.ReplaceAll(s, url.QueryEscape(secret), "[redacted]")
		}
	}
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
	for i := range s {
		if i >= maxErrmsg*4 || i >= maxErrmsg && len([]rune(s[:i])) >= maxErrmsg {
			return s[:i] + "…"
		}
	}
	return s
}
