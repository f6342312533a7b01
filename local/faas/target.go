package faas

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/wecom-functions/wecom-functions/adapters/httpapi"
	"github.com/wecom-functions/wecom-functions/core/action"
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

// checkQuery refuses what is left of the query where nobody would read it, and what was meant to be the event.
func (t target) checkQuery(trigger Event) *fault.Error {
	query, err := url.ParseQuery(t.inner.RawQuery)
	if err != nil && !trigger.HTTP {
		return fault.New(fault.InvalidInput, "The query cannot be read.").Because("query")
	}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		near := action.Nearest(name, []string{"event"})
		if trigger.HTTP && near == "" {
			continue // the function's own
		}
		e := fault.New(fault.InvalidInput, "With the event %s there is no parameter %q.", trigger.Name, httpapi.Shown(name)).Because("query").
			WithHint("The event carries no query. A connection is named in the body: " + envelopeText)
		if near != "" {
			e.Detail += " Did you mean event?"
			e = e.WithHint("GET " + Prefix + " lists the platforms, their events and the functions.")
		}
		return e
	}
	return nil
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
