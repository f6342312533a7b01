package env

import (
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kelseyhightower/envconfig"

	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/caller"
	"github.com/wecom-functions/wecom-functions/core/catalog"
	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/core/describe"
	"github.com/wecom-functions/wecom-functions/core/fetch"
)

// Loaded is what the environment says.
type Loaded struct {
	Settings core.Settings
	// Host and Port are where a server listens.
	Host, Port string
}

// Every member of these structs is a string, because envconfig shows a value that it cannot parse; and none has a tag
// envconfig:"NAME", because with one envconfig also reads the variable NAME without the prefix. Names of one word are not
// split: that runs regular expressions, which a cold start would feel.

// global are the settings WECOM_...
type global struct {
	Connections string
	Action      string
	APIKeys     string `split_words:"true"`
	FetchHosts  string `split_words:"true"`
	Auth        string
	IdleTimeout string `split_words:"true"`
	LogLevel    string `split_words:"true"`
}

// address are HOST and PORT, which have no prefix: platforms that run containers set PORT.
type address struct {
	Host string
	Port string
}

// Resolvers read secrets from the stores of a platform, each by the scheme of its references: a resolver under "store"
// gets what follows "store:" in the value of a variable. The secret is read when it is first needed.
type Resolvers map[string]connection.Resolver

// Load reads the environment. Log lines of the connector will go to log, as JSON.
//
// Its error is Problems. What could be read is returned beside it, so that there is a logger to report them with.
func Load(log io.Writer, stores ...Resolvers) (Loaded, error) {
	var wecom global
	var listen address
	r := newReader(stores)
	r.process("WECOM", &wecom)
	r.process("", &listen)

	names := r.names(wecom.Connections)
	loaded := Loaded{
		Settings: core.Settings{
			Connections: r.connections(names),
			Actions:     r.actions(wecom.Action),
			Callers:     r.callers(wecom.APIKeys, wecom.Auth),
			Links:       fetch.Settings{Hosts: r.fetchHosts(wecom.FetchHosts)},
			Logger:      slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: r.level(wecom.LogLevel)})),
			IdleTimeout: r.idleTimeout(wecom.IdleTimeout),
		},
		Host: r.host(listen.Host),
		Port: r.port(listen.Port),
	}
	r.unknown(names)
	return loaded, r.problems.err()
}

// reader collects what is wrong while the environment is read. An empty variable counts as one that is not set, save
// that a problem about a required one says so.
type reader struct {
	set        map[string]bool // the names of all variables, empty ones too
	problems   Problems
	transports map[string]http.RoundTripper // by proxy
	stores     Resolvers
}

func newReader(stores []Resolvers) *reader {
	environment := os.Environ()
	r := &reader{set: make(map[string]bool, len(environment)), transports: make(map[string]http.RoundTripper), stores: make(Resolvers)}
	for _, some := range stores {
		maps.Copy(r.stores, some)
	}
	for _, variable := range environment {
		name, _, _ := strings.Cut(variable, "=")
		r.set[name] = true
	}
	return r
}

// process fills a struct of strings from the variables that begin with the prefix.
func (r *reader) process(prefix string, into any) {
	if envconfig.Process(prefix, into) != nil {
		// It cannot fail on strings. If it ever does, its error holds the value.
		r.problems.add(prefix, "cannot be read from the environment")
	}
}

// item is one element of a list, and where it stands: lists are described by position, since the text may be secret.
type item struct {
	position int
	text     string
}

// list splits at commas. White space around an element is not part of it, and empty elements are none.
func (r *reader) list(variable, value string) []item {
	var items []item
	for i, text := range strings.Split(value, ",") {
		if text = strings.TrimSpace(text); text != "" {
			items = append(items, item{i + 1, text})
		}
	}
	if value != "" && len(items) == 0 {
		r.problems.add(variable, "is a list without any item; fill it or remove it")
	}
	return items
}

func (r *reader) actions(value string) []string {
	const variable = "WECOM_ACTION"
	var selectors []string
	for _, item := range r.list(variable, value) {
		selectors = append(selectors, item.text)
		if slices.ContainsFunc(catalog.IDs(), func(id string) bool { return describe.Selects(item.text, id) }) {
			continue
		}
		if near := action.Nearest(item.text, catalog.IDs()); near != "" {
			r.problems.add(variable, "has an item that names no action, item %d; did you mean %s?", item.position, near)
		} else {
			r.problems.add(variable, "has an item that names no action, item %d; "+
				"give ids such as message.text.send, or patterns such as message.*", item.position)
		}
	}
	return selectors
}

func (r *reader) fetchHosts(value string) []string {
	var hosts []string
	for _, item := range r.list(fetch.Setting, value) {
		hosts = append(hosts, item.text)
		if wrong := fetch.CheckHost(item.text); wrong != "" {
			r.problems.add(fetch.Setting, "has a wrong item, item %d: it %s", item.position, wrong)
		}
	}
	return hosts
}

func (r *reader) callers(keys, auth string) caller.Policy {
	const keysVariable, authVariable = "WECOM_API_KEYS", "WECOM_AUTH"
	var policy caller.Policy
	switch mode := caller.Mode(auth); mode {
	case caller.Undecided, caller.Platform, caller.None:
		policy.Mode = mode
	default:
		r.problems.add(authVariable, "must be platform (the platform in front authenticates callers) or none (everybody may call)")
	}
	for _, item := range r.list(keysVariable, keys) {
		key, err := caller.ParseKey(item.text)
		if err != nil {
			r.problems.add(keysVariable, "has a wrong item, item %d: it %v", item.position, err)
			continue
		}
		policy.Keys = append(policy.Keys, key)
	}
	if keys != "" {
		policy.Mode = caller.Keys
		if auth != "" {
			r.problems.add(authVariable, "and WECOM_API_KEYS are both set; remove one of the two")
		}
	}
	return policy
}

func (r *reader) idleTimeout(value string) time.Duration {
	if value == "" {
		return 0
	}
	duration, err := time.ParseDuration(value)
	if err != nil || duration <= 0 {
		r.problems.add("WECOM_IDLE_TIMEOUT", "must be a duration above zero, such as 500ms, 3s or 1m")
		return 0
	}
	return duration
}

func (r *reader) level(value string) slog.Level {
	switch value {
	case "debug":
		return slog.LevelDebug
	case "info", "":
		return slog.LevelInfo
	case "warn":
		return slog.LevelWarn
	case "error":
		return slog.LevelError
	default:
		r.problems.add("WECOM_LOG_LEVEL", "must be debug, info, warn or error")
		return slog.LevelInfo
	}
}

func (r *reader) host(value string) string {
	if value == "" {
		return defaultHost
	}
	if _, err := netip.ParseAddr(value); err != nil && !isPlain(value) {
		r.problems.add("HOST", "must be an IP address or a host name, without brackets, port or scheme")
	}
	return value
}

// isPlain tells whether a text could be a host name, or the name of a variable.
func isPlain(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return r != '-' && r != '.' && r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
}

func (r *reader) port(value string) string {
	if value == "" {
		return defaultPort
	}
	if port, err := strconv.ParseUint(value, 10, 16); err != nil || port == 0 {
		r.problems.add("PORT", "must be a port number from 1 to 65535")
	}
	return value
}
