package connection

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// Type is the type of a connection.
type Type string

// The two types. Application serves every action but the chatbot's own.
const (
	Application Type = "application"
	Chatbot     Type = "chatbot"
)

// DefaultBaseURL is WeCom's own address.
const DefaultBaseURL = "https://qyapi.weixin.qq.com"

// Settings describe one connection.
type Settings struct {
	// Name is what a request names it by: [a-z][a-z0-9]*.
	Name string
	Type Type
	// Description is for people.
	Description string

	// CorpID is the enterprise's id; Application only.
	CorpID string
	// AgentID is the application's id, the agentid of messages that give none; 0 if each must give it.
	AgentID int64
	// Secret is the application's own secret.
	Secret Secret
	// ContactsSecret is the contact-sync secret, for contact writes and member.list; the zero Secret if there is none,
	// and then Secret is used for these too.
	ContactsSecret Secret

	// Key is the chatbot's webhook key, or its whole webhook URL; Chatbot only.
	Key Secret

	// BaseURL replaces DefaultBaseURL: https, or plain http to a loopback address.
	BaseURL string
	// Transport carries the calls; nil for wecom.NewTransport without a proxy.
	Transport http.RoundTripper
}

// Problem is a setting that breaks a rule. It never holds the setting's value.
type Problem struct {
	// Setting is the name of the member: "CorpID".
	Setting string
	// Detail says the rule, as the end of a sentence that begins with the setting's name.
	Detail string
}

// Validate returns every problem of the settings.
func (s Settings) Validate() []Problem {
	var problems []Problem
	demand := func(ok bool, setting, format string, args ...any) {
		if !ok {
			problems = append(problems, Problem{setting, fmt.Sprintf(format, args...)})
		}
	}
	demand(ValidName(s.Name), "Name", "must be lower-case letters and digits, beginning with a letter")
	switch s.Type {
	case Application:
		demand(s.CorpID != "", "CorpID", "is required for a connection of type application: the corp id of your enterprise")
		demand(!strings.ContainsFunc(s.CorpID, notPrintable), "CorpID", "contains white space or control characters")
		demand(!s.Secret.IsZero(), "Secret", "is required for a connection of type application: the secret of the application")
		demand(s.AgentID >= 0, "AgentID", "must be the application's id, a positive integer")
		demand(s.Key.IsZero(), "Key", "belongs to connections of type chatbot")
	case Chatbot:
		demand(!s.Key.IsZero(), "Key", "is required for a connection of type chatbot: the key of its webhook, or the whole webhook URL")
		demand(s.CorpID == "", "CorpID", "belongs to connections of type application")
		demand(s.AgentID == 0, "AgentID", "belongs to connections of type application")
		demand(s.Secret.IsZero(), "Secret", "belongs to connections of type application")
		demand(s.ContactsSecret.IsZero(), "ContactsSecret", "belongs to connections of type application")
	default:
		demand(false, "Type", "must be application or chatbot")
	}
	if wrong := checkBaseURL(s.BaseURL); wrong != "" {
		demand(false, "BaseURL", "%s", wrong)
	}
	return problems
}

// ValidName tells whether a connection may be called so.
func ValidName(name string) bool {
	for i, c := range name {
		letter := 'a' <= c && c <= 'z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return name != ""
}

func notPrintable(r rune) bool { return r <= ' ' || r == 0x7f }

// checkBaseURL returns what is wrong with a BaseURL; "" if nothing is.
func checkBaseURL(raw string) string {
	if raw == "" {
		return ""
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Hostname() == "":
		return "must be a URL such as " + DefaultBaseURL
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return "must not carry credentials, a query or a fragment"
	case strings.Trim(u.Path, "/") != "":
		return "must not have a path; /cgi-bin is added to it"
	case u.Scheme == "https", u.Scheme == "http" && IsLoopback(u.Hostname()):
		return ""
	default:
		return "must begin with https://; plain http:// is allowed to a loopback address only"
	}
}

// LeadsToLoopback tells whether the connection's calls go to this machine itself.
func (s Settings) LeadsToLoopback() bool {
	u, err := url.Parse(s.BaseURL)
	return err == nil && IsLoopback(u.Hostname())
}

// IsLoopback tells whether a host, without its port, is this machine itself.
func IsLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
