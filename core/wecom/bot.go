package wecom

import (
	"context"
	"net/url"
	"strings"
	"sync"

	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/core/fault"
)

// Bot makes calls with a chatbot's webhook key. It is safe for concurrent use.
type Bot struct {
	client *client
	secret connection.Secret

	mu  sync.Mutex
	key string
}

// NewBot makes the client of a connection of type chatbot.
func NewBot(settings connection.Settings, options Options) *Bot {
	return &Bot{client: newClient(settings, options), secret: settings.Key}
}

func (b *Bot) do(ctx context.Context, call *Call, fresh func() answer) (answer, error) {
	key, err := b.webhookKey(ctx)
	if err != nil {
		return nil, err
	}
	return b.client.call(ctx, call, fixedCredential{query: "key=" + key, secrets: []string{key}}, fresh)
}

// webhookKey reads the key at the first call, and again until it can be read.
func (b *Bot) webhookKey(ctx context.Context) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.key != "" {
		return b.key, nil
	}
	given, err := b.secret.Reveal(ctx)
	if err != nil {
		return "", fault.New(fault.Misconfigured, "The webhook key cannot be read: %v.", err).Because("config")
	}
	key, ok := ParseKey(given)
	if !ok {
		return "", fault.New(fault.Misconfigured, "The webhook key is not a key and not a webhook URL.").Because("config").
			WithHint(keyHint)
	}
	b.key = key
	return key, nil
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
		u, err := url.Parse(key)
		if err != nil {
			return "", false
		}
		key = u.Query().Get("key")
	}
	wrong := strings.ContainsFunc(key, func(r rune) bool {
		return r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
	return key, key != "" && len(key) <= maxKey && !wrong
}
