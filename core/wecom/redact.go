package wecom

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"strings"
	"unicode"
)

const (
	maxErrmsg  = 512      // characters that are shown
	maxLooked  = 16 << 10 // bytes that are looked at: what is beyond them is cut anyway
	minSecret  = 8        // bytes: shorter pieces of a secret tell nothing
	hiddenText = "[redacted]"
)

// clean makes a text of WeCom fit to be shown: without the secrets of the call, without control characters, cut.
func clean(s string, secrets []string) string {
	s = redact(s[:min(len(s), maxLooked)], secrets)
	return cut(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s))
}

// redact hides every piece of a secret, in whatever spelling it comes back: WeCom and the gateways before it may repeat
// a part of it only, or in other letters.
func redact(s string, secrets []string) string {
	known, folded := fold(spellings(secrets)), fold(s)
	if known == "" {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		n := secretAt(folded[i:], known)
		if n == 0 {
			b.WriteByte(s[i])
			i++
			continue
		}
		b.WriteString(hiddenText)
		i += n
	}
	return b.String()
}

// secretAt is the length of the piece of a secret that the text begins with; 0 if it begins with none.
func secretAt(text, known string) int {
	n := minSecret
	if n > len(text) || !strings.Contains(known, text[:n]) {
		return 0
	}
	for n < len(text) && strings.Contains(known, text[:n+1]) {
		n++
	}
	return n
}

// spellings are the forms in which a secret can come back, in one text.
func spellings(secrets []string) string {
	var all strings.Builder
	for _, s := range secrets {
		for _, spelling := range []string{
			s, url.QueryEscape(s), url.PathEscape(s), hex.EncodeToString([]byte(s)), base64.StdEncoding.EncodeToString([]byte(s)),
		} {
			all.WriteString(spelling + "\n")
		}
	}
	return all.String()
}

// fold makes ASCII letters small and leaves every byte in its place.
func fold(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// cut leaves maxErrmsg characters, the last one of which says that there were more.
func cut(s string) string {
	n, last := 0, 0
	for i := range s {
		switch n++; n {
		case maxErrmsg:
			last = i
		case maxErrmsg + 1:
			return s[:last] + "…"
		}
	}
	return s
}
