package connection_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/wecom-functions/wecom-functions/core/connection"
)

func application() connection.Settings {
	return connection.Settings{
		Name: "default", Type: connection.Application, CorpID: "ww0123456789abcdef", Secret: connection.Value(canary), AgentID: 1000002,
	}
}

func chatbot() connection.Settings {
	return connection.Settings{Name: "alerts", Type: connection.Chatbot, Key: connection.Value(canary)}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		of     connection.Settings
		change func(*connection.Settings)
		want   []string // the settings that are named
	}{
		{"an application", application(), func(*connection.Settings) {}, nil},
		{"a chatbot", chatbot(), func(*connection.Settings) {}, nil},
		{"an application without an agent id", application(), func(s *connection.Settings) { s.AgentID = 0 }, nil},
		{"an application with a contacts secret", application(), func(s *connection.Settings) { s.ContactsSecret = connection.Value("b") }, nil},
		{"no name", application(), func(s *connection.Settings) { s.Name = "" }, []string{"Name"}},
		{"an upper-case name", application(), func(s *connection.Settings) { s.Name = "Default" }, []string{"Name"}},
		{"a name that begins with a digit", application(), func(s *connection.Settings) { s.Name = "1a" }, []string{"Name"}},
		{"a name with an underscore", application(), func(s *connection.Settings) { s.Name = "a_b" }, []string{"Name"}},
		{"a Chinese name", application(), func(s *connection.Settings) { s.Name = "默认" }, []string{"Name"}},
		{"no type", application(), func(s *connection.Settings) { s.Type = "" }, []string{"Type"}},
		{"no corp id", application(), func(s *connection.Settings) { s.CorpID = "" }, []string{"CorpID"}},
		{"a corp id with a blank", application(), func(s *connection.Settings) { s.CorpID = "ww 1" }, []string{"CorpID"}},
		{"no secret", application(), func(s *connection.Settings) { s.Secret = connection.Value("") }, []string{"Secret"}},
		{"B38 a negative agent id", application(), func(s *connection.Settings) { s.AgentID = -1 }, []string{"AgentID"}},
		{"an application with a key", application(), func(s *connection.Settings) { s.Key = connection.Value("k") }, []string{"Key"}},
		{"a chatbot without a key", chatbot(), func(s *connection.Settings) { s.Key = connection.Secret{} }, []string{"Key"}},
		{"a chatbot with an application's settings", chatbot(), func(s *connection.Settings) {
			s.CorpID, s.AgentID, s.Secret, s.ContactsSecret = canary, 1, connection.Value("a"), connection.Value("b")
		}, []string{"CorpID", "AgentID", "Secret", "ContactsSecret"}},
		{"all problems at once", connection.Settings{Type: connection.Application, BaseURL: "http://" + canary}, func(*connection.Settings) {}, []string{
			"Name", "CorpID", "Secret", "BaseURL",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.change(&c.of)
			var named []string
			for _, p := range c.of.Validate() {
				named = append(named, p.Setting)
				assert.NotEmpty(t, p.Detail)
				assertHidden(t, fmt.Sprintf("%+v", p))
			}
			assert.Equal(t, c.want, named)
		})
	}
}

func TestBaseURL(t *testing.T) {
	t.Parallel()
	for base, ok := range map[string]bool{
		"":                                  true,
		connection.DefaultBaseURL:           true,
		"https://qyapi.weixin.qq.com/":      true,
		"HTTPS://proxy.example:8443":        true,
		"http://127.0.0.1:8080":             true,
		"http://localhost:8080":             true,
		"http://[::1]:8080":                 true,
		"http://qyapi.weixin.qq.com":        false,
		"http://10.0.0.1":                   false,
		"http://169.254.169.254":            false,
		"http://127.0.0.1.evil.example":     false,
		"http://localhost.evil.example":     false,
		"http://0x7f.1":                     false,
		"https://user:pass@proxy.example":   false,
		"https://proxy.example/cgi-bin":     false,
		"https://proxy.example/?a=b":        false,
		"https://proxy.example/#a":          false,
		"https://:443":                      false,
		"https://":                          false,
		"https:///cgi-bin":                  false,
		"qyapi.weixin.qq.com":               false,
		"ftp://qyapi.weixin.qq.com":         false,
		"file:///etc/passwd":                false,
		"javascript:alert(1)":               false,
		"https://proxy.example\r\nX: y":     false,
		" https://proxy.example":            false,
		"https://proxy.example:port":        false,
		"https://" + strings.Repeat("%", 9): false,
	} {
		t.Run(fmt.Sprintf("B86 %q", base), func(t *testing.T) {
			t.Parallel()
			s := application()
			s.BaseURL = base
			problems := s.Validate()
			assert.Equal(t, ok, len(problems) == 0, "%v", problems)
		})
	}
}

func TestIsLoopback(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]bool{
		"localhost": true, "127.0.0.1": true, "127.8.9.10": true, "::1": true,
		"": false, "0.0.0.0": false, "::": false, "10.0.0.1": false, "example.com": false, "127.1": false, "localhost.": false,
	} {
		assert.Equal(t, want, connection.IsLoopback(host), host)
	}
}
