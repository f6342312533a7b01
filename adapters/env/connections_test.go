package env_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/core/connection"
)

// file writes a file for a variable that names one.
func file(t testing.TB, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

func TestConnections(t *testing.T) {
	loaded := mustLoad(t, vars{
		"WECOM_CONNECTIONS":             " hr , alerts,\n",
		"WECOM_HR_CORP_ID":              "ww1",
		"WECOM_HR_SECRET":               "s1",
		"WECOM_HR_AGENT_ID":             "1000002",
		"WECOM_HR_CONTACTS_SECRET_FILE": file(t, "s2\r\n"),
		"WECOM_HR_BASE_URL":             "http://127.0.0.1:8080",
		"WECOM_HR_DESCRIPTION":          "people",
		"WECOM_ALERTS_KEY":              "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=" + validKey,
	})
	require.Len(t, loaded.Settings.Connections, 2)
	hr, alerts := loaded.Settings.Connections[0], loaded.Settings.Connections[1]
	assert.Equal(t, "hr", hr.Name)
	assert.Equal(t, connection.Application, hr.Type)
	assert.Equal(t, "people", hr.Description)
	assert.Equal(t, "ww1", hr.CorpID)
	assert.EqualValues(t, 1000002, hr.AgentID)
	assert.Equal(t, "s1", reveal(t, hr.Secret))
	assert.Equal(t, "s2", reveal(t, hr.ContactsSecret))
	assert.Equal(t, "http://127.0.0.1:8080", hr.BaseURL)
	assert.Equal(t, "alerts", alerts.Name)
	assert.Equal(t, connection.Chatbot, alerts.Type)
	assert.Contains(t, reveal(t, alerts.Key), validKey)
}

func TestSecretsInFilesAreReadAgain(t *testing.T) {
	path := file(t, "first\n")
	secret := mustLoad(t, vars{"WECOM_DEFAULT_CORP_ID": "ww1", "WECOM_DEFAULT_SECRET_FILE": path}).Settings.Connections[0].Secret
	assert.Equal(t, "first", reveal(t, secret))
	require.NoError(t, os.WriteFile(path, []byte("rotated\n"), 0o600))
	assert.Equal(t, "rotated", reveal(t, secret))
	assert.True(t, secret.Rereadable())
}

func TestType(t *testing.T) {
	for _, c := range []struct {
		name string
		vars vars
		want connection.Type
	}{
		{"an application by its corp id", application(nil), connection.Application},
		{"an application, said so", application(vars{"WECOM_DEFAULT_TYPE": "application"}), connection.Application},
		{"an application with an empty key", application(vars{"WECOM_DEFAULT_KEY": ""}), connection.Application},
		{"a chatbot by its key", vars{"WECOM_DEFAULT_KEY": validKey}, connection.Chatbot},
		{"a chatbot by its key's file", vars{"WECOM_DEFAULT_KEY_FILE": file(t, validKey)}, connection.Chatbot},
		{"a chatbot, said so", vars{"WECOM_DEFAULT_TYPE": "chatbot", "WECOM_DEFAULT_KEY": validKey}, connection.Chatbot},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.want, mustLoad(t, c.vars).Settings.Connections[0].Type)
		})
	}
}

func TestConnectionNames(t *testing.T) {
	const (
		form     = "WECOM_CONNECTIONS has a name that is not lower-case letters and digits beginning with a letter, item 2"
		reserved = "WECOM_CONNECTIONS has a reserved name, item 2; reserved are action, api, auth, connections, fetch, idle, log, redis"
	)
	for list, want := range map[string]string{
		"default,Alerts":     form,
		"default,9x":         form,
		"default,a_b":        form,
		"default,a-b":        form,
		"default,日":          form,
		"default,api":        reserved,
		"default,redis":      reserved,
		"default, , default": "WECOM_CONNECTIONS has a name twice, item 3; remove one of them",
		"default,a b":        form,
	} {
		t.Run(list, func(t *testing.T) {
			assert.Equal(t, []string{want}, loadProblems(t, application(vars{"WECOM_CONNECTIONS": list})))
		})
	}
	t.Run("a refused name is one problem, whatever is set for it", func(t *testing.T) {
		problems := loadProblems(t, application(vars{"WECOM_CONNECTIONS": "default,Alerts", "WECOM_ALERTS_KEY": validKey}))
		assert.Equal(t, []string{form}, problems)
	})
	t.Run("a list of nothing", func(t *testing.T) {
		assert.Equal(t, []string{"WECOM_CONNECTIONS is a list without any item; fill it or remove it"}, loadProblems(t, vars{"WECOM_CONNECTIONS": ","}))
	})
	t.Run("an empty list is none", func(t *testing.T) {
		assert.Equal(t, "default", mustLoad(t, application(vars{"WECOM_CONNECTIONS": ""})).Settings.Connections[0].Name)
	})
}

func TestWrongConnections(t *testing.T) {
	const (
		d       = "WECOM_DEFAULT_"
		corpID  = "is required for a connection of type application: the corp id of your enterprise"
		secret  = "is required for a connection of type application: the secret of the application"
		key     = "is required for a connection of type chatbot: the key of its webhook, or the whole webhook URL"
		badKey  = "must be the key of a chatbot's webhook, or the whole webhook URL, as WeCom shows it"
		spaces  = "contains white space or control characters; copy the secret alone"
		foreign = "belongs to connections of type application"
		agent   = "must be the application's id, a positive integer"
		proxy   = "must be the URL of a proxy that begins with http://, https:// or socks5://"
		plain   = "must begin with https://; plain http:// is allowed to a loopback address only"
		noFile  = "must name a file that holds the secret: "
	)
	bot := func(more vars) vars {
		more[d+"KEY"] = validKey
		return more
	}
	for _, c := range []struct {
		name string
		vars vars
		want []string
	}{
		{"nothing set", vars{}, []string{d + "CORP_ID " + corpID, d + "SECRET " + secret}},
		{"all set but empty", vars{d + "CORP_ID": "", d + "SECRET": ""}, []string{d + "CORP_ID is set but empty; it " + corpID, d + "SECRET is set but empty; it " + secret}},
		{"name of the file empty", vars{d + "CORP_ID": "w", d + "SECRET_FILE": ""}, []string{d + "SECRET_FILE is set but empty; it " + secret}},
		{"key empty", vars{d + "KEY": ""}, []string{d + "KEY is set but empty; it " + key}},
		{"chatbot without a key", vars{d + "TYPE": "chatbot"}, []string{d + "KEY " + key}},
		{"type unknown", application(vars{d + "TYPE": "app"}), []string{d + "TYPE must be application or chatbot"}},
		{"corp id with a line break", application(vars{d + "CORP_ID": "ww1\n"}), []string{d + "CORP_ID contains white space or control characters"}},
		{"secret with a line break", application(vars{d + "SECRET": "s\n"}), []string{d + "SECRET " + spaces}},
		{"contacts secret with a space", application(vars{d + "CONTACTS_SECRET": "s s"}), []string{d + "CONTACTS_SECRET " + spaces}},
		{"secret and file", application(vars{d + "SECRET_FILE": "/nowhere"}), []string{d + "SECRET and " + d + "SECRET_FILE are both set; remove one of the two"}},
		{"key and file", bot(vars{d + "KEY_FILE": "/nowhere"}), []string{d + "KEY and " + d + "KEY_FILE are both set; remove one of the two"}},
		{"file missing", vars{d + "CORP_ID": "w", d + "SECRET_FILE": "/nowhere"}, []string{d + "SECRET_FILE " + noFile + "the file cannot be read: no such file or directory"}},
		{"file empty", vars{d + "CORP_ID": "w", d + "SECRET_FILE": file(t, "\n")}, []string{d + "SECRET_FILE " + noFile + "the file is empty"}},
		{"file a directory", vars{d + "CORP_ID": "w", d + "SECRET_FILE": t.TempDir()}, []string{d + "SECRET_FILE " + noFile + "it is not a regular file"}},
		{"file without an end", vars{d + "CORP_ID": "w", d + "SECRET_FILE": "/dev/zero"}, []string{d + "SECRET_FILE " + noFile + "it is not a regular file"}},
		{"file too large", vars{d + "CORP_ID": "w", d + "SECRET_FILE": file(t, strings.Repeat("x", 1<<17))}, []string{d + "SECRET_FILE " + noFile + "the file is too large to be one"}},
		{"file of two lines", vars{d + "CORP_ID": "w", d + "SECRET_FILE": file(t, "a\nb\n")}, []string{d + "SECRET_FILE names a file whose content is wrong: it " + spaces}},
		{"file without a key", vars{d + "KEY_FILE": file(t, "a&b")}, []string{d + "KEY_FILE names a file whose content is wrong: it " + badKey}},
		{"key with a parameter", vars{d + "KEY": "a&key=b"}, []string{d + "KEY " + badKey}},
		{"key with a fragment", vars{d + "KEY": "a#b"}, []string{d + "KEY " + badKey}},
		{"key with a line break", vars{d + "KEY": "a\r\nb"}, []string{d + "KEY " + badKey}},
		{"key too long", vars{d + "KEY": strings.Repeat("k", 129)}, []string{d + "KEY " + badKey}},
		{"URL without a key", vars{d + "KEY": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send"}, []string{d + "KEY " + badKey}},
		{"agent id zero", application(vars{d + "AGENT_ID": "0"}), []string{d + "AGENT_ID " + agent}},
		{"agent id below zero", application(vars{d + "AGENT_ID": "-1"}), []string{d + "AGENT_ID " + agent}},
		{"agent id no number", application(vars{d + "AGENT_ID": "1e6"}), []string{d + "AGENT_ID " + agent}},
		{"agent id too large", application(vars{d + "AGENT_ID": "9223372036854775808"}), []string{d + "AGENT_ID " + agent}},
		{"key for an application", application(vars{d + "TYPE": "application", d + "KEY": validKey}), []string{d + "KEY belongs to connections of type chatbot"}},
		{
			"application's settings for a chatbot",
			bot(vars{d + "CORP_ID": "w", d + "SECRET": "s", d + "CONTACTS_SECRET_FILE": file(t, "s"), d + "AGENT_ID": "1"}),
			[]string{d + "AGENT_ID " + foreign, d + "CONTACTS_SECRET_FILE " + foreign, d + "CORP_ID " + foreign, d + "SECRET " + foreign},
		},
		{"base URL without https", application(vars{d + "BASE_URL": "http://wecom.example"}), []string{d + "BASE_URL " + plain}},
		{"base URL with another scheme", application(vars{d + "BASE_URL": "ftp://127.0.0.1"}), []string{d + "BASE_URL " + plain}},
		{"base URL with credentials", application(vars{d + "BASE_URL": "https://u:p@wecom.example"}), []string{d + "BASE_URL must not carry credentials, a query or a fragment"}},
		{"base URL with a path", application(vars{d + "BASE_URL": "https://wecom.example/cgi-bin"}), []string{d + "BASE_URL must not have a path; /cgi-bin is added to it"}},
		{"base URL without a host", application(vars{d + "BASE_URL": "wecom.example"}), []string{d + "BASE_URL must be a URL such as https://qyapi.weixin.qq.com"}},
		{"proxy without a scheme", application(vars{d + "PROXY_URL": "proxy.example:3128"}), []string{d + "PROXY_URL " + proxy}},
		{"proxy with another scheme", application(vars{d + "PROXY_URL": "ftp://proxy.example"}), []string{d + "PROXY_URL " + proxy}},
		{"proxy without a host", application(vars{d + "PROXY_URL": "http://:3128"}), []string{d + "PROXY_URL " + proxy}},
		{"proxy that is no URL", application(vars{d + "PROXY_URL": "http://user:pa%ss@proxy.example"}), []string{d + "PROXY_URL " + proxy}},
		{
			"the same wrong proxy twice, each reported",
			vars{
				"WECOM_CONNECTIONS": "a,b", "WECOM_A_KEY": validKey, "WECOM_B_KEY": validKey,
				"WECOM_A_PROXY_URL": "x", "WECOM_B_PROXY_URL": "x",
			},
			[]string{"WECOM_A_PROXY_URL " + proxy, "WECOM_B_PROXY_URL " + proxy},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.want, loadProblems(t, c.vars))
		})
	}
}

func TestBaseURLOnLoopback(t *testing.T) {
	for _, url := range []string{"http://localhost:8080", "http://127.0.0.1", "http://[::1]:8080/", "https://wecom.example:8443/", ""} {
		t.Run(url, func(t *testing.T) {
			mustLoad(t, application(vars{"WECOM_DEFAULT_BASE_URL": url}))
		})
	}
}
