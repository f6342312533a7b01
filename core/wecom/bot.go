package wecom

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"strings"
	"sync/atomic"

	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/core/fault"
)

// Bot makes calls with a chatbot's webhook key. It is safe for concurrent use.
type Bot struct {
	client *client
	key    *keySource
}

// NewBot makes the client of a connection of type chatbot.
func NewBot(settings connection.Settings, options Options) *Bot {
	return &Bot{client: newClient(settings, options), key: &keySource{secret: settings.Key}}
}

// Format prints nothing of what a client holds: fmt does not stop at unexported members.
func (b *Bot) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "wecom.Bot") }

func (b *Bot) do(ctx context.Context, call Call, into maker) (answer, error) {
	return b.client.call(ctx, &call, &webhook{source: b.key}, into)
}

// webhook attaches the key of a source.
type webhook struct {
	source *keySource
	key    string
}

func (w *webhook) attach(ctx context.Context) (query string, err error) {
	w.key, err = w.source.get(ctx)
	return "key=" + w.key, err
}

func (w *webhook) renew() bool        { return w.source.invalidate(w.key) }
func (w *webhook) hidden() []string   { return []string{w.key} }
func (w *webhook) blame(*fault.Error) {}

// keySource holds the webhook key, read at the first call, and again until it can be read.
type keySource struct {
	secret  connection.Secret
	reading flight[string]
	held    atomic.Pointer[string]
}

func (k *keySource) get(ctx context.Context) (string, error) {
	if key := k.held.Load(); key != nil {
		return *key, nil
	}
	return k.reading.do(ctx, func(ctx context.Context) (string, error) {
		given, err := k.secret.Reveal(ctx)
		if err != nil {
			return "", unreadableSecret("the webhook key", err)
		}
		key, ok := ParseKey(given)
		if !ok {
			return "", fault.New(fault.Misconfigured, "The webhook key is not a key and not a webhook URL.").Because("config").
				WithHint(keyHint)
		}
		k.held.Store(&key)
		return key, nil
	})
}

// invalidate drops a key that WeCom refused, unless it was read again meanwhile, and tells whether reading it again can
// give another.
func (k *keySource) invalidate(dead string) bool {
	if held := k.held.Load(); held != nil && *held == dead && k.secret.Rereadable() {
		k.held.CompareAndSwap(held, nil)
	}
	return k.secret.Rereadable()
}

const (
	maxKey  = 128
	keyHint = "Copy the bot's webhook URL from WeCom; the key is what follows key= in it."
)

// ParseKey takes a webhook key, or the whole webhook URL, and returns the key. The key is letters, digits, "-" and
// "_", at most 128 of them.
func ParseKey(given string) (key string, ok bool) {
	key = strings.TrimSpace(given)
	if strings.Contains(key, "://") {
		key = keyOfURL(key)
	}
	if key == "" || len(key) > maxKey || strings.ContainsFunc(key, foreignToKeys) {
		return "", false
	}
	return key, true
}

// keyOfURL returns the key of a webhook URL; "" if there is not exactly one.
func keyOfURL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil || len(query["key"]) != 1 {
		return ""
	}
	return query.Get("key")
}

func foreignToKeys(r rune) bool {
	return r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
}
