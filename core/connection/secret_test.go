package connection_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/core/connection"
)

const canary = "canary-0123456789-of-a-secret"

func store(value string, err error) connection.Resolver {
	return func(context.Context, string) (string, error) { return value, err }
}

func TestSecretIsNeverPrinted(t *testing.T) {
	t.Parallel()
	secrets := map[string]connection.Secret{
		"value":     connection.Value(canary),
		"file":      connection.File("/run/secrets/" + canary),
		"reference": connection.Reference(store(canary, nil), canary),
	}
	type holder struct{ hidden connection.Secret }
	for kind, secret := range secrets {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%t", "%p", "%08.3f"} {
			t.Run("X4 "+kind+" under "+verb, func(t *testing.T) {
				t.Parallel()
				if verb != "%p" { // which asks no method, and prints an address
					assert.Equal(t, "[redacted]", fmt.Sprintf(verb, secret))
				}
				for _, around := range []any{
					&secret,
					[]connection.Secret{secret},
					map[string]connection.Secret{"a": secret},
					connection.Settings{Secret: secret},
					&connection.Settings{Key: secret},
					holder{secret},
					&holder{secret},
					fmt.Errorf("wrapped %v", secret),
					struct{ any }{secret},
				} {
					assertHidden(t, fmt.Sprintf(verb, around))
				}
			})
		}
		t.Run("X4 "+kind+" in JSON and logs", func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, "[redacted]", secret.String())
			settings := connection.Settings{Name: "default", Secret: secret}
			data, err := json.Marshal(settings)
			require.NoError(t, err)
			assertHidden(t, string(data))
			assert.Contains(t, string(data), `"Secret":"[redacted]"`)
			for _, handler := range []func(*bytes.Buffer) slog.Handler{
				func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
				func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
			} {
				var out bytes.Buffer
				slog.New(handler(&out)).Info("x", "secret", secret, "settings", settings, "holder", holder{secret}, "pointer", &settings)
				assertHidden(t, out.String())
			}
		})
	}
}

func assertHidden(t *testing.T, text string) {
	t.Helper()
	assert.NotContains(t, text, canary)
	assert.NotContains(t, text, fmt.Sprintf("%x", canary))
}

func TestSecretReveal(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name, content string) connection.Secret {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		return connection.File(path)
	}
	for _, c := range []struct {
		name       string
		secret     connection.Secret
		want       string
		err        string
		rereadable bool
	}{
		{"a value", connection.Value(canary), canary, "", false},
		{"a value keeps its newline", connection.Value("a\n"), "a\n", "", false},
		{"a file", file("plain", canary), canary, "", true},
		{"a file with one newline at its end", file("newline", canary+"\n"), canary, "", true},
		{"a file with a newline of Windows", file("windows", canary+"\r\n"), canary, "", true},
		{"a file with two newlines keeps the first", file("two", canary+"\n\n"), canary + "\n", "", true},
		{"an empty file", file("empty", "\n"), "", "the file is empty", true},
		{"no file", connection.File(filepath.Join(dir, "none")), "", "the file cannot be read: no such file or directory", true},
		{"a store", connection.Reference(store(canary, nil), "ref"), canary, "", true},
		{"a store with nothing in it", connection.Reference(store("", nil), "ref"), "", "it is empty in its store", true},
		{
			"a store that fails", connection.Reference(store(canary, errors.New("access denied")), "ref"),
			"", "its store does not give it: access denied", true,
		},
		{
			"X3 a store that fails with a URL", connection.Reference(store("", &url.Error{
				Op: "Get", URL: "https://store.example/?token=" + canary, Err: errors.New("timeout"),
			}), "ref"), "", "its store does not give it: timeout", true,
		},
		{"none", connection.Secret{}, "", "no secret was given", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := c.secret.Reveal(t.Context())
			assert.Equal(t, c.want, got)
			assert.Equal(t, c.rereadable, c.secret.Rereadable())
			if c.err == "" {
				assert.NoError(t, err)
				return
			}
			require.EqualError(t, err, c.err)
			assertHidden(t, fmt.Sprintf("%+v", err))
		})
	}
}

func TestSecretIsZero(t *testing.T) {
	t.Parallel()
	assert.True(t, connection.Secret{}.IsZero())
	assert.True(t, connection.Value("").IsZero())
	assert.False(t, connection.Value("a").IsZero())
	assert.False(t, connection.File("a").IsZero())
	assert.False(t, connection.Reference(store("", nil), "").IsZero())
}

func TestReferenceIsAskedByItsName(t *testing.T) {
	t.Parallel()
	secret := connection.Reference(func(_ context.Context, ref string) (string, error) { return "value of " + ref, nil }, "name")
	got, err := secret.Reveal(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "value of name", got)
}
