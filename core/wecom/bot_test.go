package wecom_test

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

func TestParseKey(t *testing.T) {
	t.Parallel()
	const key = "693a91f6-7a0c-4bc4-97a0-0ec2fa5aaa11"
	const hook = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key="
	for _, c := range []struct{ name, given, want string }{
		{"a key", key, key},
		{"a key in upper case is left so", strings.ToUpper(key), strings.ToUpper(key)},
		{"a newline at its end", key + "\r\n", key},
		{"the whole URL", hook + key, key},
		{"the whole URL with a newline", hook + key + "\n", key},
		{"the whole URL with other parameters", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?debug=1&key=" + key, key},
		{"the whole URL with a fragment", hook + key + "#x", key},
		{"128 characters", strings.Repeat("k", 128), strings.Repeat("k", 128)},
		{"129 characters", strings.Repeat("k", 129), ""},
		{"nothing", "", ""},
		{"blanks", " \n", ""},
		{"a key and another parameter", key + "&key=other", ""},
		{"a key and a fragment", key + "#x", ""},
		{"CRLF inside", key + "\r\nX: y", ""},
		{"a blank inside", "693a 91f6", ""},
		{"an escape", "693a%2091f6", ""},
		{"Chinese", "密钥", ""},
		{"a URL without a key", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send", ""},
		{"a URL with an empty key", hook, ""},
		{"a URL with two keys", hook + key + "&key=other", ""},
		{"a URL with a key of foreign characters", hook + "a%26access_token=b", ""},
		{"a URL that cannot be read", "https://[/?key=" + key, ""},
		{"a query that cannot be read", hook + key + "&x=%zz", ""},
	} {
		t.Run("B85 "+c.name, func(t *testing.T) {
			t.Parallel()
			got, ok := wecom.ParseKey(c.given)
			assert.Equal(t, c.want, got)
			assert.Equal(t, c.want != "", ok)
		})
	}
}

func FuzzParseKey(f *testing.F) {
	for _, seed := range []string{"", "abc-1_2", "https://x/?key=abc", "https://x/?key=a&key=b", "key&x", "://", "a\r\nb", "https://x/?%6bey=abc"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, given string) {
		key, ok := wecom.ParseKey(given)
		if !ok {
			require.Empty(t, key, "what is refused is not handed back")
			return
		}
		require.Equal(t, key, url.QueryEscape(key), "it is safe in a query")
		require.LessOrEqual(t, len(key), 128)
		again, ok := wecom.ParseKey(key)
		require.True(t, ok)
		require.Equal(t, key, again)
	})
}

func TestBotKey(t *testing.T) {
	t.Parallel()
	settings := func(t *testing.T, f *fake, key connection.Secret) connection.Settings {
		t.Helper()
		s := at(t, f.URL)
		return connection.Settings{Name: "bot", Type: connection.Chatbot, Key: key, BaseURL: f.URL, Transport: s.Transport}
	}
	t.Run("a whole URL is taken", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		bot := wecom.NewBot(settings(t, f, connection.Value("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key="+webhookKey)), impatient())
		require.NoError(t, send(t.Context(), bot))
		assert.Equal(t, url.Values{"key": {webhookKey}}, f.received()[0].query)
	})
	t.Run("a key that is none is said so without it", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		bot := wecom.NewBot(settings(t, f, connection.Value(webhookKey+" \x00")), impatient())
		e := requireFault(t, send(t.Context(), bot), fault.Misconfigured, "config")
		assertNoSecret(t, e)
		assert.Empty(t, f.received())
	})
	t.Run("it is read once, at the first call, by 50 at once", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		var reads atomic.Int64
		bot := wecom.NewBot(settings(t, f, connection.Reference(func(context.Context, string) (string, error) {
			reads.Add(1)
			return webhookKey, nil
		}, "ref")), impatient())
		assert.Zero(t, reads.Load())
		for _, err := range atOnce(50, func() error { return send(t.Context(), bot) }) {
			require.NoError(t, err)
		}
		require.NoError(t, send(t.Context(), bot))
		assert.EqualValues(t, 1, reads.Load())
	})
	t.Run("a store that failed is asked again", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		var reads atomic.Int64
		bot := wecom.NewBot(settings(t, f, connection.Reference(func(context.Context, string) (string, error) {
			if reads.Add(1) == 1 {
				return "", context.DeadlineExceeded
			}
			return webhookKey, nil
		}, "ref")), impatient())
		requireFault(t, send(t.Context(), bot), fault.Misconfigured, "config")
		assert.NoError(t, send(t.Context(), bot))
	})
	t.Run("F12 a key that was rotated is read again", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		f.alwaysAnswers("message/send", func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("key") != "new-key" {
				errcode(93000)(w, r)
				return
			}
			errcode(0)(w, r)
		})
		path := filepath.Join(t.TempDir(), "key")
		require.NoError(t, os.WriteFile(path, []byte("old-key\n"), 0o600))
		bot := wecom.NewBot(settings(t, f, connection.File(path)), impatient())
		require.NoError(t, os.WriteFile(path, []byte("old-key\n"), 0o600))
		key := func() { require.NoError(t, os.WriteFile(path, []byte("new-key\n"), 0o600)) }
		f.answers("message/send", func(w http.ResponseWriter, r *http.Request) {
			key() // rotated while the first call is on its way
			errcode(93000)(w, r)
		})
		require.NoError(t, send(t.Context(), bot))
		assert.Len(t, f.received(), 2)
	})
	t.Run("F12 one that stayed wrong is not sent twice, nor read at every call", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		f.alwaysAnswers("message/send", errcode(93000))
		var reads atomic.Int64
		bot := wecom.NewBot(settings(t, f, connection.Reference(func(context.Context, string) (string, error) {
			reads.Add(1)
			return webhookKey, nil
		}, "ref")), impatient())
		for range 20 {
			requireFault(t, send(t.Context(), bot), fault.ConnectionRejected, "upstream_auth")
		}
		assert.Len(t, f.received(), 20)
		assert.EqualValues(t, 2, reads.Load(), "at the first call, and once more when it was refused")
	})
	t.Run("F42 93000 names the key and the remedy", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		f.alwaysAnswers("message/send", says(`{"errcode":93000,"errmsg":"invalid webhook url `+webhookKey+`, hint: [1]"}`))
		e := requireFault(t, send(t.Context(), wecom.NewBot(settings(t, f, connection.Value(webhookKey)), impatient())),
			fault.ConnectionRejected, "upstream_auth")
		assert.Contains(t, e.WeCom.Errmsg, "invalid webhook url [redacted], hint: [1]")
		assertNoSecret(t, e)
	})
}
