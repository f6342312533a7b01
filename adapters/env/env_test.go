package env_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/adapters/env"
	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/caller"
	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

// The tests of this package are serial: envconfig reads the environment of the process.

const (
	hash     = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b" // of "secret"
	validKey = "693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"
)

// vars is an environment.
type vars map[string]string

// application is the least that an application called default needs.
func application(more vars) vars {
	all := vars{"WECOM_DEFAULT_CORP_ID": "ww1", "WECOM_DEFAULT_SECRET": "s1"}
	for name, value := range more {
		all[name] = value
	}
	return all
}

// set makes vars all that the process's environment says about settings.
func set(t testing.TB, vars vars) {
	t.Helper()
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, "WECOM_") || name == "HOST" || name == "PORT" {
			t.Setenv(name, "") // which puts it back after the test
			require.NoError(t, os.Unsetenv(name))
		}
	}
	for name, value := range vars {
		t.Setenv(name, value)
	}
}

func load(t testing.TB, vars vars) (env.Loaded, error) {
	t.Helper()
	set(t, vars)
	var log bytes.Buffer
	loaded, err := env.Load(&log)
	assert.Empty(t, log.String(), "loading logs nothing")
	return loaded, err
}

// loadProblems returns the lines of the problems.
func loadProblems(t testing.TB, vars vars) []string {
	t.Helper()
	_, err := load(t, vars)
	if err == nil {
		return nil
	}
	require.IsType(t, env.Problems{}, err)
	return strings.Split(err.Error(), "\n")
}

// mustLoad loads an environment without problems.
func mustLoad(t testing.TB, vars vars) env.Loaded {
	t.Helper()
	loaded, err := load(t, vars)
	require.NoError(t, err)
	_, err = core.New(loaded.Settings)
	require.NoError(t, err, "the core finds nothing that Load did not")
	return loaded
}

func TestDefaults(t *testing.T) {
	loaded := mustLoad(t, application(nil))
	assert.Equal(t, "127.0.0.1", loaded.Host)
	assert.Equal(t, "8080", loaded.Port)
	settings := loaded.Settings
	assert.Equal(t, caller.Policy{}, settings.Callers, "nothing is decided about callers")
	assert.Empty(t, settings.Actions, "every action may be run")
	assert.Zero(t, settings.IdleTimeout, "the core's own default")
	assert.Nil(t, settings.Clock)
	require.Len(t, settings.Connections, 1)
	c := settings.Connections[0]
	assert.Equal(t, "default", c.Name)
	assert.Equal(t, connection.Application, c.Type)
	assert.Equal(t, "ww1", c.CorpID)
	assert.Equal(t, "s1", reveal(t, c.Secret))
	assert.Zero(t, c.AgentID)
	assert.True(t, c.ContactsSecret.IsZero())
	assert.True(t, c.Key.IsZero())
	assert.Empty(t, c.BaseURL)
	assert.NotNil(t, c.Transport)
}

func TestBareNamesAreNotRead(t *testing.T) {
	bare := vars{
		"SECRET": "bare", "KEY": validKey, "TYPE": "chatbot", "PROXY_URL": "http://bare.example", "CORP_ID": "bare",
		"SECRET_FILE": "/bare", "KEY_FILE": "/bare", "BASE_URL": "https://bare.example", "AGENT_ID": "1", "ACTION": "bare",
		"AUTH": "none", "API_KEYS": "a:" + hash, "CONNECTIONS": "bare", "LOG_LEVEL": "debug", "IDLE_TIMEOUT": "1h",
	}
	without, with := mustLoad(t, application(nil)), mustLoad(t, application(bare))
	assert.NotEqual(t, "bare.example", proxyOf(t, with.Settings.Connections[0]))
	for _, loaded := range []*env.Loaded{&without, &with} { // what can be compared of them
		loaded.Settings.Connections[0].Transport, loaded.Settings.Logger = nil, nil
	}
	assert.Equal(t, without, with)
	assert.Len(t, loadProblems(t, bare), 2, "corp id and secret are missing still")
}

func TestSettings(t *testing.T) {
	keys := caller.Policy{Mode: caller.Keys}
	for _, name := range []string{"ci", "ops"} {
		key, err := caller.ParseKey(name + ":" + hash)
		require.NoError(t, err)
		keys.Keys = append(keys.Keys, key)
	}
	for _, c := range []struct {
		name, variable, value string
		got                   func(env.Loaded) any
		want                  any
	}{
		{"one action", "WECOM_ACTION", "message.text.send", actions, []string{"message.text.send"}},
		{"actions, patterns and spellings", "WECOM_ACTION", " message.*, groupchat.*.send ,,wecom-member-list", actions, []string{"message.*", "groupchat.*.send", "wecom-member-list"}},
		{"API keys", "WECOM_API_KEYS", "ci:" + hash + " ,\n ops:" + hash + ",", callers, keys},
		{"the platform authenticates", "WECOM_AUTH", "platform", callers, caller.Policy{Mode: caller.Platform}},
		{"everybody may call", "WECOM_AUTH", "none", callers, caller.Policy{Mode: caller.None}},
		{"auth empty", "WECOM_AUTH", "", callers, caller.Policy{}},
		{"keys empty", "WECOM_API_KEYS", "", callers, caller.Policy{}},
		{"hosts of links", "WECOM_FETCH_HOSTS", " files.example.com ,*.cdn.example.com,", func(l env.Loaded) any { return l.Settings.Links.Hosts }, []string{"files.example.com", "*.cdn.example.com"}},
		{"idle timeout", "WECOM_IDLE_TIMEOUT", "1m30s", func(l env.Loaded) any { return l.Settings.IdleTimeout }, 90 * time.Second},
		{"host", "HOST", "0.0.0.0", host, "0.0.0.0"},
		{"host of IPv6", "HOST", "::1", host, "::1"},
		{"host by name", "HOST", "node-1.internal", host, "node-1.internal"},
		{"host empty", "HOST", "", host, "127.0.0.1"},
		{"lowest port", "PORT", "1", port, "1"},
		{"highest port", "PORT", "65535", port, "65535"},
		{"port empty", "PORT", "", port, "8080"},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.want, c.got(mustLoad(t, application(vars{c.variable: c.value}))))
		})
	}
}

func actions(l env.Loaded) any { return l.Settings.Actions }
func callers(l env.Loaded) any { return l.Settings.Callers }
func host(l env.Loaded) any    { return l.Host }
func port(l env.Loaded) any    { return l.Port }

func TestWrongSettings(t *testing.T) {
	const (
		auth   = "WECOM_AUTH must be platform (the platform in front authenticates callers) or none (everybody may call)"
		idle   = "WECOM_IDLE_TIMEOUT must be a duration above zero, such as 500ms, 3s or 1m"
		listen = "HOST must be an IP address or a host name, without brackets, port or scheme"
		number = "PORT must be a port number from 1 to 65535"
	)
	for _, c := range []struct {
		name string
		vars vars
		want []string
	}{
		{"unknown action", vars{"WECOM_ACTION": "member.list,mesage.text.send"}, []string{"WECOM_ACTION has an item that names no action, item 2; did you mean message.text.send?"}},
		{"nothing like an action", vars{"WECOM_ACTION": "shout"}, []string{"WECOM_ACTION has an item that names no action, item 1; give ids such as message.text.send, or patterns such as message.*"}},
		{"a list of nothing", vars{"WECOM_ACTION": " , "}, []string{"WECOM_ACTION is a list without any item; fill it or remove it"}},
		{"API key without a name", vars{"WECOM_API_KEYS": hash}, []string{"WECOM_API_KEYS has a wrong item, item 1: it must be name:sha256-of-the-key"}},
		{"API key in clear", vars{"WECOM_API_KEYS": "a:" + hash + ",b:hunter2"}, []string{"WECOM_API_KEYS has a wrong item, item 2: it must have the SHA-256 of the key as 64 lower-case hex digits after the name"}},
		{"hash in capitals", vars{"WECOM_API_KEYS": "a:" + strings.ToUpper(hash)}, []string{"WECOM_API_KEYS has a wrong item, item 1: it must have the SHA-256 of the key as 64 lower-case hex digits after the name"}},
		{"keys and auth", vars{"WECOM_API_KEYS": "a:" + hash, "WECOM_AUTH": "none"}, []string{"WECOM_AUTH and WECOM_API_KEYS are both set; remove one of the two"}},
		{"auth unknown", vars{"WECOM_AUTH": "None"}, []string{auth}},
		{"auth that only the core knows", vars{"WECOM_AUTH": "keys"}, []string{auth}},
		{"a host of links with a scheme", vars{"WECOM_FETCH_HOSTS": "a.example.com,https://b.example.com"}, []string{
			"WECOM_FETCH_HOSTS has a wrong item, item 2: it is not the name of a host; give it without scheme, port and path",
		}},
		{"a host of links that is every one", vars{"WECOM_FETCH_HOSTS": "*"}, []string{
			"WECOM_FETCH_HOSTS has a wrong item, item 1: it has a * that is not in front of a whole name, as in *.example.com",
		}},
		{"hosts of links without any", vars{"WECOM_FETCH_HOSTS": " , "}, []string{"WECOM_FETCH_HOSTS is a list without any item; fill it or remove it"}},
		{"idle timeout without a unit", vars{"WECOM_IDLE_TIMEOUT": "30"}, []string{idle}},
		{"idle timeout of zero", vars{"WECOM_IDLE_TIMEOUT": "0s"}, []string{idle}},
		{"idle timeout below zero", vars{"WECOM_IDLE_TIMEOUT": "-3s"}, []string{idle}},
		{"log level", vars{"WECOM_LOG_LEVEL": "INFO+1"}, []string{"WECOM_LOG_LEVEL must be debug, info, warn or error"}},
		{"host with a port", vars{"HOST": "0.0.0.0:8080"}, []string{listen}},
		{"host in brackets", vars{"HOST": "[::1]"}, []string{listen}},
		{"host as a URL", vars{"HOST": "http://localhost"}, []string{listen}},
		{"port zero", vars{"PORT": "0"}, []string{number}},
		{"port too high", vars{"PORT": "65536"}, []string{number}},
		{"port as a name", vars{"PORT": "http"}, []string{number}},
		{"port with a sign", vars{"PORT": "+80"}, []string{number}},
		{"all problems at once, sorted", vars{"PORT": "x", "WECOM_AUTH": "x", "HOST": "/", "WECOM_IDLE_TIMEOUT": "x"}, []string{listen, number, auth, idle}},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.want, loadProblems(t, application(c.vars)))
		})
	}
}

func TestWrongCallersAreNotUndecided(t *testing.T) {
	loaded, err := load(t, application(vars{"WECOM_API_KEYS": "hunter2"}))
	require.Error(t, err)
	assert.Equal(t, caller.Keys, loaded.Settings.Callers.Mode, "nobody is let in by a mistake in the keys")
}

func TestLogger(t *testing.T) {
	for level, want := range map[string][]string{
		"":      {"INFO", "WARN", "ERROR"},
		"debug": {"DEBUG", "INFO", "WARN", "ERROR"},
		"info":  {"INFO", "WARN", "ERROR"},
		"warn":  {"WARN", "ERROR"},
		"error": {"ERROR"},
		"wrong": {"INFO", "WARN", "ERROR"}, // there is a logger to report the problem with
	} {
		t.Run(level, func(t *testing.T) {
			set(t, application(vars{"WECOM_LOG_LEVEL": level}))
			var log bytes.Buffer
			loaded, _ := env.Load(&log)
			logger := loaded.Settings.Logger
			logger.Debug("m")
			logger.Info("m")
			logger.Warn("m")
			logger.Error("m")
			var levels []string
			for line := range strings.Lines(log.String()) {
				var entry struct{ Level, Msg string }
				require.NoError(t, json.Unmarshal([]byte(line), &entry), line)
				levels = append(levels, entry.Level)
			}
			assert.Equal(t, want, levels)
		})
	}
}

func TestTransportsAreShared(t *testing.T) {
	loaded := mustLoad(t, vars{
		"WECOM_CONNECTIONS": "a,b,c,d",
		"WECOM_A_KEY":       validKey, "WECOM_B_KEY": validKey, "WECOM_C_KEY": validKey, "WECOM_D_KEY": validKey,
		"WECOM_B_PROXY_URL": "http://user:word@proxy.example:3128", "WECOM_C_PROXY_URL": "http://user:word@proxy.example:3128",
		"WECOM_D_PROXY_URL": "socks5://proxy.example",
	})
	c := loaded.Settings.Connections
	assert.Equal(t, "proxy.example:3128", proxyOf(t, c[1]))
	assert.Equal(t, "proxy.example", proxyOf(t, c[3]))
	assert.Same(t, c[1].Transport, c[2].Transport)
	assert.NotSame(t, c[0].Transport, c[1].Transport)
	assert.NotSame(t, c[1].Transport, c[3].Transport)
}

// proxyOf is where a connection's calls to WeCom go first; "" for WeCom itself.
func proxyOf(t *testing.T, c connection.Settings) string {
	t.Helper()
	transport, ok := c.Transport.(*http.Transport)
	require.True(t, ok)
	require.NotNil(t, transport.Proxy)
	assert.Equal(t, wecom.NewTransport(nil).MaxConnsPerHost, transport.MaxConnsPerHost, "it has the limits of the core")
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, connection.DefaultBaseURL, http.NoBody)
	require.NoError(t, err)
	u, err := transport.Proxy(request)
	require.NoError(t, err)
	if u == nil {
		return ""
	}
	return u.Host
}

func reveal(t *testing.T, secret connection.Secret) string {
	t.Helper()
	value, err := secret.Reveal(t.Context())
	require.NoError(t, err)
	return value
}
