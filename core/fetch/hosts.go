package fetch

import (
	"net/netip"
	"strings"
)

// CheckHost says what is wrong with an item of Settings.Hosts, as the end of a sentence; "" if nothing is.
func CheckHost(item string) string {
	name, wild := strings.CutPrefix(item, "*.")
	switch {
	case strings.Contains(name, "*"):
		return "has a * that is not in front of a whole name, as in *.example.com"
	case wild && !strings.Contains(strings.Trim(name, "."), "."):
		return "covers a whole top-level domain; name at least two labels, as in *.example.com"
	case wild && isAddress(name):
		return "has a * in front of an address"
	case isAddress(name), isName(name):
		return ""
	case strings.ContainsFunc(name, func(r rune) bool { return r > 0x7f }):
		return "is not in ASCII; give the form that begins with xn--"
	default:
		return "is not the name of a host; give it without scheme, port and path"
	}
}

func isAddress(s string) bool {
	_, err := netip.ParseAddr(s)
	return err == nil
}

// isName tells whether a text could be the name of a host.
func isName(s string) bool {
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 {
			return false
		}
	}
	return !strings.ContainsFunc(s, func(r rune) bool {
		return r != '-' && r != '.' && r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
}

// listed tells whether the list has the host: by its name, or below a name with "*." in front.
func listed(list []string, host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	for _, item := range list {
		item = strings.ToLower(item)
		if below, wild := strings.CutPrefix(item, "*"); wild && strings.HasSuffix(host, below) && len(host) > len(below) || host == item {
			return true
		}
	}
	return false
}
