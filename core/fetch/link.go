package fetch

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/core/media"
)

// Setting is the name of the variable that lists the hosts, for hints.
const Setting = "WECOM_FETCH_HOSTS"

// CheckURL says what is wrong with a link, wherever it may be followed, as a clause; "" if nothing is.
func CheckURL(s string) string {
	u, err := url.Parse(s)
	switch {
	case err != nil || strings.ContainsAny(s, " \t\r\n"):
		return "must be a valid URL without white space"
	case u.Scheme != "https" && (u.Scheme != "http" || !connection.IsLoopback(u.Hostname())):
		return "must begin with https://"
	case u.Hostname() == "":
		return "must be a URL with a host"
	case u.User != nil:
		return "must not carry a user name or password; use a link that is signed in its query"
	case strings.ContainsFunc(u.Hostname(), func(r rune) bool { return r > 0x7f }):
		return "must have its host in ASCII, in the form that begins with xn--"
	default:
		return ""
	}
}

// Wanted is what a link is followed for.
type Wanted struct {
	media.Rules
	// Name is the file's name, where the caller has given one.
	Name string
	// Field is the JSON Pointer of the link, for violations.
	Field string
	// Loopback: links to this machine by plain http may be followed.
	Loopback bool
}

// Link is a file that is fetched anew for each try.
type Link struct {
	fetcher *Fetcher
	to      *url.URL
	wanted  Wanted
}

// Link makes a Link, or says why it may not be followed. Nothing is sent yet.
func (f *Fetcher) Link(raw string, wanted Wanted) (*Link, *fault.Error) {
	l := &Link{fetcher: f, wanted: wanted}
	if wrong := CheckURL(raw); wrong != "" {
		return nil, l.refused(fault.RuleFormat, "an https link", "url "+wrong+".")
	}
	l.to, _ = url.Parse(raw) // which CheckURL has done, too
	if len(f.hosts) == 0 {
		return nil, l.refused(fault.RuleUnsupported, "a host of "+Setting, "This deployment follows no links.").
			WithHint("Set " + Setting + " to the hosts that files may be fetched from, or give the file as content.")
	}
	if e := l.check(l.to); e != nil {
		return nil, e
	}
	return l, nil
}

// check tells whether a URL, the link's own or one that it redirects to, may be asked for.
func (l *Link) check(to *url.URL) *fault.Error {
	switch {
	case CheckURL(to.String()) != "":
		return l.refused(fault.RuleFormat, "an https link", "The link leads to another one, which "+CheckURL(to.String())+".")
	case to.Scheme != l.to.Scheme:
		return l.refused(fault.RuleFormat, "a link by "+l.to.Scheme, "The link leads to another one, which must begin with "+l.to.Scheme+":// as it does itself.")
	case to.Scheme == "http" && !l.wanted.Loopback:
		return l.refused(fault.RuleFormat, "an https link",
			"url must begin with https://; plain http leads to this machine, and is for connections whose BASE_URL does, too.")
	case !listed(l.fetcher.hosts, to.Hostname()):
		return l.refused(fault.RuleOneOf, "a host of "+Setting, "This deployment does not fetch files from the host "+shown(to.Hostname())+".").
			WithHint("Add the host to " + Setting + ", or give the file as content.")
	}
	return nil
}

// shown cuts the name of a host to what an error may repeat.
func shown(host string) string {
	const most = 64
	if len(host) > most {
		return host[:most] + "…"
	}
	return host
}

// refused is the error of a link that breaks a rule. Of the link it shows nothing: it may be signed.
func (l *Link) refused(rule fault.Rule, limit, detail string) *fault.Error {
	return fault.Invalid(fault.Violation{Field: l.wanted.Field, Rule: rule, Limit: limit, Given: "a link", Detail: detail}).Because("link")
}

// Spent is always false: a link can be fetched again.
func (l *Link) Spent() bool { return false }

// Open asks for the file, follows redirects, and checks all that the answer's header and the first bytes tell.
func (l *Link) Open(ctx context.Context) (*media.Opened, error) {
	to := l.to
	for range maxRedirects + 1 {
		resp, err := l.fetcher.get(ctx, to)
		if err != nil {
			return nil, l.unreachable(err)
		}
		location := resp.Header.Get("Location")
		if !redirects(resp.StatusCode) || location == "" {
			return l.answer(to, resp)
		}
		_ = resp.Body.Close()
		if to, err = to.Parse(location); err != nil {
			return nil, l.refused(fault.RuleFormat, "an https link", "The link leads to another one that is not a URL.")
		}
		if e := l.check(to); e != nil {
			return nil, e
		}
	}
	return nil, l.refused(fault.RuleFormat, "a link with few redirects", "The link leads from one to another without an end.")
}

func redirects(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	default:
		return false
	}
}
