package wecom

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"net/url"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

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

	flight singleflight.Group

	mu      sync.Mutex
	token   *token
	secrets []string // what must not be shown: the secret as it was last read
	refusal *fault.Error
	until   time.Time // of the refusal
}

type token struct {
	value   string
	query   string // value, escaped for a query
	fetched time.Time
	life    time.Duration
}

// fresh tells by the wall clock and by elapsed time both, since either can stand still while an instance is frozen.
func (t *token) fresh(now time.Time) bool {
	elapsed := now.Sub(t.fetched)
	wall := now.Round(0).Sub(t.fetched.Round(0))
	return elapsed < t.life && wall < t.life && wall > -t.life
}

// get returns a token, fetching one if there is none.
func (s *tokenSource) get(ctx context.Context) (*token, error) {
	if t, err := s.held(); t != nil || err != nil {
		return t, err
	}
	fetch := s.flight.DoChan("", func() (any, error) {
		if t, err := s.held(); t != nil || err != nil {
			return t, err
		}
		// The fetch belongs to all who wait for it: none of them can cancel it.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchTimeout)
		defer cancel()
		return s.fetch(WithTrace(ctx, nil))
	})
	select {
	case result := <-fetch:
		if result.Err != nil {
			refused := *fault.From(result.Err) // each caller gets its own, to complete
			return nil, &refused
		}
		return result.Val.(*token), nil
	case <-ctx.Done():
		return nil, broken(ctx, ctx.Err(), false).fault(&gettoken, nil)
	}
}

func (s *tokenSource) held() (*token, error) {
	now := s.client.clock.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token != nil && s.token.fresh(now) {
		return s.token, nil
	}
	if s.refusal != nil && now.Before(s.until) {
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
		return nil, err
	}
	t, err := s.request(ctx, secret)
	if refused(err) && s.secret.Rereadable() {
		again, revealErr := s.reveal(ctx)
		if revealErr == nil && again != secret {
			t, err = s.request(ctx, again)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		if refused(err) {
			s.refusal, s.until = fault.From(err), s.client.clock.Now().Add(refusedFor)
		}
		return nil, err
	}
	s.token, s.refusal = t, nil
	return t, nil
}

func refused(err error) bool {
	e := fault.From(err)
	return err != nil && e.Kind == fault.ConnectionRejected
}

func (s *tokenSource) reveal(ctx context.Context) (string, error) {
	secret, err := s.secret.Reveal(ctx)
	if err != nil {
		e := fault.New(fault.Misconfigured, "%s cannot be read: %v.", s.label, err).Because("config")
		return "", e
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.secrets = []string{secret}
	return secret, nil
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
	out, err := s.client.call(ctx, &gettoken, fixed, func() answer { return &tokenAnswer{} })
	if err != nil {
		return nil, s.explain(err)
	}
	got := out.(*tokenAnswer)
	if got.AccessToken == "" {
		return nil, fault.New(fault.Unavailable, "WeCom answered gettoken without a token.").Because("upstream_protocol")
	}
	return &token{
		value: got.AccessToken, query: url.QueryEscape(got.AccessToken),
		fetched: s.client.clock.Now(), life: usableLife(got.ExpiresIn),
	}, nil
}

// explain says which of the connection's secrets WeCom refuses.
func (s *tokenSource) explain(err error) error {
	e := fault.From(err)
	if e.Kind == fault.ConnectionRejected {
		e.Detail = "WeCom gives no access token for " + s.label + ": " + e.Detail
	}
	return e
}

// usableLife is how long a token is used: 85 to 90 % of what WeCom says, in seconds. A life that is missing, not a
// number or out of all reason counts as the shortest or longest one.
func usableLife(expiresIn json.RawMessage) time.Duration {
	life := shortestLife
	if seconds, err := strconv.ParseInt(string(expiresIn), 10, 64); err == nil {
		life = time.Duration(min(max(seconds, int64(shortestLife/time.Second)), int64(longestLife/time.Second))) * time.Second
	}
	return time.Duration(float64(life) * (renewAt - renewAtJitter*rand.Float64()))
}
