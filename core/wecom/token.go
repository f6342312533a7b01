package wecom

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net/url"
	"reflect"
	"strconv"
	"sync"
	"time"

	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/core/fault"
)

const (
	fetchTimeout  = 10 * time.Second
	refusedFor    = 10 * time.Second // how long gettoken's refusal is remembered: WeCom bans an address that insists
	longestLife   = 7200 * time.Second
	shortestLife  = 60 * time.Second
	renewAt       = 0.90 // of a token's life
	renewAtJitter = 0.05 // earlier, so that instances do not renew at once
)

// tokenSource holds the access token of one corp id and secret: fetched when it is first needed, by one request
// however many callers wait, and renewed when a call finds it old. Nothing runs between calls.
type tokenSource struct {
	client *client
	corpID string
	secret connection.Secret
	label  string // names the secret in errors: "the application's secret"

	fetching flight[*token]

	mu      sync.Mutex
	token   *token
	secrets []string // what must not be shown: the secret as it was last read
	refusal *fault.Error
	until   time.Time // when gettoken may be asked again after a failure
}

type token struct {
	value   string
	query   string // the query parameter
	fetched time.Time
	renewal time.Duration // the age at which it is renewed
	life    time.Duration
}

// younger tells by the wall clock and by elapsed time both, since either can stand still while an instance is frozen.
func (t *token) younger(than time.Duration, now time.Time) bool {
	elapsed := now.Sub(t.fetched)
	wall := now.Round(0).Sub(t.fetched.Round(0))
	return elapsed < than && wall < than && wall > -than
}

// get returns a token, fetching one if there is none.
func (s *tokenSource) get(ctx context.Context) (*token, error) {
	if t, err := s.held(); t != nil || err != nil {
		return t, err
	}
	return s.fetching.do(ctx, func(ctx context.Context) (*token, error) {
		if t, err := s.held(); t != nil || err != nil {
			return t, err // another flight ended since
		}
		return s.fetch(ctx)
	})
}

func (s *tokenSource) held() (*token, error) {
	now := s.client.clock.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	failedJustNow := now.Before(s.until)
	if t := s.token; t != nil && (t.younger(t.renewal, now) || failedJustNow && t.younger(t.life, now)) {
		return t, nil
	}
	if s.refusal != nil && failedJustNow {
		refused := *s.refusal
		return nil, &refused
	}
	return nil, nil
}

// invalidate drops a token that WeCom refused, unless it was renewed meanwhile.
func (s *tokenSource) invalidate(dead *token) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token == dead {
		s.token = nil
	}
}

// hidden lists what must not be shown of a call that uses the source.
func (s *tokenSource) hidden(t *token) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t == nil {
		return s.secrets
	}
	return append([]string{t.value}, s.secrets...)
}

// fetch asks WeCom for a token. A secret from a file or store is read again once if WeCom refuses it.
func (s *tokenSource) fetch(ctx context.Context) (*token, error) {
	secret, err := s.reveal(ctx)
	if err != nil {
		return s.failed(fault.From(err))
	}
	t, err := s.request(ctx, secret)
	if refused(err) && s.secret.Rereadable() {
		again, revealErr := s.reveal(ctx)
		if revealErr == nil && again != secret {
			t, err = s.request(ctx, again)
		}
	}
	if err != nil {
		return s.failed(fault.From(err))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token, s.refusal, s.until = t, nil, time.Time{}
	return t, nil
}

// failed keeps a failure for a while if asking again at once would do harm. An old token that still lives is used on.
func (s *tokenSource) failed(e *fault.Error) (*token, error) {
	now := s.client.clock.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refusal = nil
	if refused(e) || e.Kind == fault.RateLimited && e.RetryAfter >= refusedFor {
		s.refusal = e
	}
	s.until = now.Add(refusedFor)
	if s.token != nil && s.token.younger(s.token.life, now) {
		return s.token, nil
	}
	return nil, e
}

func refused(err error) bool { return errors.Is(err, fault.ConnectionRejected) }

func (s *tokenSource) reveal(ctx context.Context) (string, error) {
	secret, err := s.secret.Reveal(ctx)
	if err != nil {
		return "", unreadableSecret(s.label, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.secrets = []string{secret}
	return secret, nil
}

// unreadableSecret keeps why for the log: where a secret lives is not for callers to know.
func unreadableSecret(label string, cause error) *fault.Error {
	e := fault.New(fault.Misconfigured, "WeCom cannot be called: %s cannot be read.", label).Because("config").
		WithHint("The log line of this request says why.")
	e.Cause = cause
	return e
}

// gettoken is a read: WeCom may be asked again (document 91039).
var gettoken = Call{Path: "gettoken", Effect: Read}

type tokenAnswer struct {
	Status
	AccessToken string          `json:"access_token"`
	ExpiresIn   json.RawMessage `json:"expires_in"`
}

func (s *tokenSource) request(ctx context.Context, secret string) (*token, error) {
	query := "corpid=" + url.QueryEscape(s.corpID) + "&corpsecret=" + url.QueryEscape(secret)
	fixed := fixedCredential{query: query, secrets: []string{secret}}
	out, err := s.client.call(ctx, &gettoken, fixed, maker{reflect.TypeFor[tokenAnswer]()})
	if err != nil {
		return nil, s.explain(err)
	}
	got := out.(*tokenAnswer)
	if got.AccessToken == "" {
		return nil, unreadable("answered gettoken without a token").fault(&gettoken, nil)
	}
	life := lifeOf(got.ExpiresIn)
	return &token{
		value: got.AccessToken, query: "access_token=" + url.QueryEscape(got.AccessToken),
		fetched: s.client.clock.Now(), life: life,
		renewal: time.Duration(float64(life) * (renewAt - renewAtJitter*rand.Float64())),
	}, nil
}

// explain says which of the connection's secrets WeCom refuses.
func (s *tokenSource) explain(err error) error {
	e := fault.From(err)
	if e.Kind == fault.ConnectionRejected {
		e.Detail = "WeCom gives no access token for " + s.label + ": " + e.Detail
		if s.label == contactsLabel && e.Hint == secretHint {
			e.WithHint(syncHint)
		}
	}
	return e
}

// lifeOf reads how long a token lives, in seconds. A life that is missing, not a number or out of all reason counts as
// the shortest or longest one.
func lifeOf(expiresIn json.RawMessage) time.Duration {
	seconds, err := strconv.ParseInt(string(expiresIn), 10, 64)
	if err != nil {
		return shortestLife
	}
	return time.Duration(min(max(seconds, int64(shortestLife/time.Second)), int64(longestLife/time.Second))) * time.Second
}
