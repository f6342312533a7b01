package faas

import (
	"net/url"
	"strings"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

// target is what a path below Prefix names.
type target struct {
	platform, function string
	event              string   // "" for the platform's first
	inner              *url.URL // what is left for the function
}

// readTarget takes /fn/{platform}/{function}/{rest}?event={event} apart.
func readTarget(u *url.URL) (target, *fault.Error) {
	_, path, _ := strings.Cut(u.EscapedPath(), Prefix)
	segments := strings.SplitN(path, "/", 3)
	for len(segments) < 3 {
		segments = append(segments, "")
	}
	trigger, query, err := cutEvent(u.RawQuery)
	if err != nil {
		return target{}, err
	}
	inner := &url.URL{Path: "/" + unescaped(segments[2]), RawQuery: query}
	if sent := "/" + segments[2]; inner.EscapedPath() != sent {
		inner.RawPath = sent // as net/url has it
	}
	return target{platform: unescaped(segments[0]), function: unescaped(segments[1]), event: trigger, inner: inner}, nil
}

// unescaped is a part of a path that net/url has taken apart before, and found right.
func unescaped(part string) string {
	plain, err := url.PathUnescape(part)
	if err != nil {
		return part
	}
	return plain
}

// cutEvent takes the event out of a query. The rest stays as it was sent.
func cutEvent(query string) (trigger, rest string, _ *fault.Error) {
	var kept []string
	for part := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(part, "=")
		if name != "event" {
			kept = append(kept, part)
			continue
		}
		plain, err := url.QueryUnescape(value)
		if err != nil || trigger != "" {
			return "", "", fault.New(fault.InvalidInput, "The parameter event must be the name of one event.").Because("query")
		}
		trigger = plain
	}
	return trigger, strings.Join(kept, "&"), nil
}
