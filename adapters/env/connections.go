package env

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

// given are the settings WECOM_<NAME>_... of one connection.
type given struct {
	Type               string
	Description        string
	CorpID             string `split_words:"true"`
	AgentID            string `split_words:"true"`
	Secret             string
	SecretFile         string `split_words:"true"`
	ContactsSecret     string `split_words:"true"`
	ContactsSecretFile string `split_words:"true"`
	Key                string
	KeyFile            string `split_words:"true"`
	BaseURL            string `split_words:"true"`
	ProxyURL           string `split_words:"true"`
}

// reserved are the names that no connection can have: global settings begin with them.
var reserved = []string{"action", "api", "auth", "connections", "fetch", "idle", "log", "redis"}

// names reads WECOM_CONNECTIONS. Items that cannot be names are reported and left out.
func (r *reader) names(value string) names {
	const variable = "WECOM_CONNECTIONS"
	if value == "" {
		return names{usable: []string{connection.DefaultName}, listed: []string{connection.DefaultName}}
	}
	var n names
	for _, item := range r.list(variable, value) {
		switch name := item.text; {
		case !connection.ValidName(name):
			r.problems.add(variable, "has a name that is not lower-case letters and digits beginning with a letter, item %d",
				item.position)
		case slices.Contains(reserved, name):
			r.problems.add(variable, "has a reserved name, item %d; reserved are %s", item.position, strings.Join(reserved, ", "))
		case slices.Contains(n.usable, name):
			r.problems.add(variable, "has a name twice, item %d; remove one of them", item.position)
		default:
			n.usable = append(n.usable, name)
		}
		n.listed = append(n.listed, item.text)
	}
	return n
}

// names are the connections that WECOM_CONNECTIONS lists.
type names struct {
	usable []string
	// listed has the refused ones too: one problem is enough, their variables are not reported as unknown besides.
	listed []string
}

func (r *reader) connections(n names) []connection.Settings {
	all := make([]connection.Settings, len(n.usable))
	for i, name := range n.usable {
		all[i] = r.connection(name)
	}
	return all
}

func (r *reader) connection(name string) connection.Settings {
	var g given
	prefix := prefixOf(name)
	r.process(strings.TrimSuffix(prefix, "_"), &g)
	settings := connection.Settings{
		Name: name, Type: r.typeOf(prefix, g), Description: g.Description,
		CorpID:         g.CorpID,
		AgentID:        r.agentID(prefix+"AGENT_ID", g.AgentID),
		Secret:         r.secret(prefix+"SECRET", g.Secret, g.SecretFile, checkSecret),
		ContactsSecret: r.secret(prefix+"CONTACTS_SECRET", g.ContactsSecret, g.ContactsSecretFile, checkSecret),
		Key:            r.secret(prefix+"KEY", g.Key, g.KeyFile, checkKey),
		BaseURL:        g.BaseURL,
		Transport:      r.transport(prefix+"PROXY_URL", g.ProxyURL),
	}
	for _, problem := range settings.Validate() {
		r.invalid(prefix, problem)
	}
	return settings
}

// prefixOf is what the variables of a connection begin with: WECOM_ALERTS_.
func prefixOf(name string) string { return "WECOM_" + strings.ToUpper(name) + "_" }

// typeOf is the type where it is given, else a chatbot where a key is. A key that is set but empty makes a chatbot too,
// unless the connection is plainly an application: then the problem is the empty key, and not a missing corp id.
func (r *reader) typeOf(prefix string, g given) connection.Type {
	application := g.CorpID != "" || g.Secret != "" || g.SecretFile != ""
	emptyKey := r.set[prefix+"KEY"] || r.set[prefix+"KEY_FILE"]
	switch {
	case g.Type == string(connection.Application), g.Type == string(connection.Chatbot):
		return connection.Type(g.Type)
	case g.Type != "":
		return "" // what was given instead is shown nowhere
	case g.Key != "", g.KeyFile != "", emptyKey && !application:
		return connection.Chatbot
	default:
		return connection.Application
	}
}

func (r *reader) agentID(variable, value string) int64 {
	if value == "" {
		return 0
	}
	id, err := strconv.ParseInt(value, 10, 64)
	if err != nil || id <= 0 {
		r.problems.add(variable, "must be the application's id, a positive integer")
		return 0
	}
	return id
}

// invalid reports a setting that the core refuses, under the name of the variable that it comes from.
func (r *reader) invalid(prefix string, problem connection.Problem) {
	variable, detail := variableOf(problem.Setting, prefix), problem.Detail
	if file := variable + "_FILE"; r.set[file] && !r.set[variable] {
		variable = file
	}
	if r.set[variable] && strings.HasPrefix(detail, "is required") {
		detail = "is set but empty; it " + detail
	}
	r.problems.add(variable, "%s", detail)
}

// variableOf is the variable that fills a member of connection.Settings.
func variableOf(setting, prefix string) string {
	for _, row := range rows {
		if row.setting == setting {
			return row.variable(prefix)
		}
	}
	return prefix + setting
}

// secret takes a value, a reference to a store, or the path of a file. The file is read here to find problems, and once
// more at each use, since its content may be rotated; a store is not asked before the first use. check returns what is
// wrong with the secret itself; "" if nothing is.
func (r *reader) secret(variable, value, path string, check func(string) string) connection.Secret {
	if path == "" {
		return r.written(variable, value, check)
	}
	if value != "" {
		r.problems.add(variable, "and %s_FILE are both set; remove one of the two", variable)
		return connection.File(path)
	}
	secret, wrong := openSecret(path)
	switch {
	case wrong != "":
		r.problems.add(variable+"_FILE", "must name a file that holds the secret: %s", wrong)
	case check(secret) != "":
		r.problems.add(variable+"_FILE", "names a file whose content is wrong: it %s", check(secret))
	}
	return connection.File(path)
}

// keyVault is what Azure leaves in the place of a secret that it could not read.
const keyVault = "@Microsoft.KeyVault("

// written takes what stands in the variable itself: the secret, or a reference to the store that has it.
func (r *reader) written(variable, value string, check func(string) string) connection.Secret {
	scheme, ref, found := strings.Cut(value, ":")
	resolve := r.stores[scheme]
	switch wrong := check(value); {
	case value == "":
	case found && resolve != nil && ref == "":
		r.problems.add(variable, "is a reference to a store that names no secret; put its name after %s:", scheme)
	case found && resolve != nil:
		return connection.Reference(resolve, ref)
	case strings.HasPrefix(value, keyVault):
		r.problems.add(variable, "is a Key Vault reference that the platform has not resolved; let the app's identity read the secret")
	case found && isScheme(scheme):
		r.problems.add(variable, "is a reference to a store that is not read on this platform%s; give the secret itself or %s_FILE",
			r.storesRead(), variable)
	case wrong != "":
		r.problems.add(variable, "%s", wrong)
	}
	return connection.Value(value)
}

// storesRead says which references are read, where any are.
func (r *reader) storesRead() string {
	if len(r.stores) == 0 {
		return ""
	}
	return ", which reads " + strings.Join(slices.Sorted(maps.Keys(r.stores)), ": and ") + ":"
}

// isScheme knows the schemes of other platforms' stores. No secret of WeCom's looks like one.
func isScheme(s string) bool {
	for _, cloud := range []string{"aws-", "azure-", "gcp-"} {
		if strings.HasPrefix(s, cloud) {
			return true
		}
	}
	return false
}

// maxSecretFile is far more than any secret has.
const maxSecretFile = 64 << 10

// openSecret reads a secret from a file, or returns what is wrong with the file.
func openSecret(path string) (secret, wrong string) {
	// What is not a regular file could block here or, like a pipe, not be read a second time. An error of Stat is met
	// again by Reveal.
	if info, err := os.Stat(path); err == nil {
		switch {
		case !info.Mode().IsRegular():
			return "", "it is not a regular file"
		case info.Size() > maxSecretFile:
			return "", "the file is too large to be one"
		}
	}
	secret, err := connection.File(path).Reveal(context.Background())
	if err != nil {
		return "", err.Error()
	}
	return secret, ""
}

func checkSecret(secret string) string {
	if strings.ContainsFunc(secret, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		return "contains white space or control characters; copy the secret alone"
	}
	return ""
}

func checkKey(key string) string {
	if _, ok := wecom.ParseKey(key); !ok {
		return "must be the key of a chatbot's webhook, or the whole webhook URL, as WeCom shows it"
	}
	return ""
}

// transport makes a transport through the proxy, or as HTTPS_PROXY and its like say. Connections with the same proxy
// share one, and so its kept connections.
func (r *reader) transport(variable, proxy string) http.RoundTripper {
	if shared, ok := r.transports[proxy]; ok {
		return shared
	}
	through := http.ProxyFromEnvironment
	if proxy == "" {
		r.checkEnvironmentProxy()
	} else {
		// The error of url.Parse holds the value, and that may hold a password.
		u, err := url.Parse(proxy)
		if err != nil || u.Hostname() == "" || !slices.Contains([]string{"http", "https", "socks5"}, u.Scheme) {
			r.problems.add(variable, "must be the URL of a proxy that begins with http://, https:// or socks5://")
			return nil
		}
		through = http.ProxyURL(u)
	}
	transport := wecom.NewTransport(through)
	trustBundle(transport)
	r.transports[proxy] = transport
	return transport
}

// checkEnvironmentProxy finds a proxy of the environment that net/http cannot read: it would say so at every call, and
// with the value.
func (r *reader) checkEnvironmentProxy() {
	if !r.set["HTTPS_PROXY"] && !r.set["https_proxy"] {
		return // net/http's own reading can wait for the first call
	}
	call := &http.Request{URL: &url.URL{Scheme: "https", Host: "qyapi.weixin.qq.com"}}
	if _, err := http.ProxyFromEnvironment(call); err != nil {
		r.problems.add("HTTPS_PROXY", "must be the URL of a proxy that begins with http://, https:// or socks5://")
	}
}
