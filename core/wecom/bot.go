package wecom

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"strings"
	"sync"
	"time"

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
	c := newClient(settings, options)
	return &Bot{client: c, key: &keySource{clock: c.clock, secret: settings.Key}}
}

// Format prints nothing of what a client holds: fmt does not stop at unexported members.
func (b *Bot) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "wecom.Bot") }

func (b *Bot) base() *client      { return b.client }
func (b *Bot) uploadPath() string { return "webhook/upload_media" }

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

func (w *webhook) renew(ctx context.Context) bool { return w.source.renew(ctx, w.key) }
func (w *webhook) hidden() []string               { return []string{w.key} }
func (w *webhook) blame(*fault.Error)             {}

// keySource holds the webhook key. It is read at the first call, again until it can be read, and again when WeCom
// refuses it, for it may have been rotated in its file or store.
type keySource struct {
	clock   Clock
	secret  connection.Secret
	reading flight[string]

	mu      sync.Mutex
	held    string
	settled time.Time // until when a refusal of the held key is not doubted
}

func (k *keySource) get(ctx context.Context) (string, error) {
	k.mu.Lock()
	held := k.held
	k.mu.Unlock()
	if held != "" {
		return held, nil
	}
	return k.reading.do(ctx, k.read)
}

func (k *keySource) read(ctx context.Context) (string, error) {
	given, err := k.secret.Reveal(ctx)
	if err != nil {
		return "", unreadableSecret("the webhook key", err)
	}
	key, ok := ParseKey(given)
	if !ok {
		return "", fault.New(fault.Misconfigured, "The webhook key is not a key and not a webhook URL.").Because("config").
			WithHint(keyHint)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.held = key
	return key, nil
}

// renew reads the key again once WeCom refused it, and tells whether it is another now. One that stayed the same is not
// read again for a while.
func (k *keySource) renew(ctx context.Context, dead string) bool {
	k.mu.Lock()
	held, settled := k.held, k.clock.Now().Before(k.settled)
	k.mu.Unlock()
	if held != dead {
		return true
	}
	if settled || !k.secret.Rereadable() {
		return false
	}
	key, err := k.reading.do(ctx, k.read)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.settled = k.clock.Now().Add(refusedFor)
	return err == nil && key != dead
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
