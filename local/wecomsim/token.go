package wecomsim

import (
	"crypto/rand"
	"encoding/base64"
	"time"
)

const (
	tokenLifetime = 7200 * time.Second
	tokenLength   = 214    // observed length of real tokens
	tokensKept    = 10_000 // the newest; an older one is forgotten and answers 40014
)

// The two kinds of token, as the journal names them.
const (
	TokenContacts = "contacts"
	TokenApp      = "app"
)

// grant is what one access token stands for.
type grant struct {
	agentID int // 0: contact synchronisation
	expires time.Time
	expired bool // declared so before its time
	revoked bool
}

func (g *grant) kind() string {
	if g.agentID == 0 {
		return TokenContacts
	}
	return TokenApp
}

// tokenStore remembers the tokens handed out.
type tokenStore struct {
	grants map[string]*grant
	issued []string // oldest first
}

func newTokenStore() *tokenStore { return &tokenStore{grants: make(map[string]*grant)} }

func (t *tokenStore) issue(agentID int, now time.Time) string {
	token := randomID(tokenLength)
	t.grants[token] = &grant{agentID: agentID, expires: now.Add(tokenLifetime)}
	t.issued = append(t.issued, token)
	if len(t.issued) > tokensKept {
		delete(t.grants, t.issued[0])
		t.issued = t.issued[1:]
	}
	return token
}

func (t *tokenStore) each(do func(*grant)) {
	for _, g := range t.grants {
		do(g)
	}
}

// randomID is an opaque string of n characters from [A-Za-z0-9_-].
func randomID(n int) string {
	raw := make([]byte, n*3/4+1)
	_, _ = rand.Read(raw) // never fails
	return base64.RawURLEncoding.EncodeToString(raw)[:n]
}

// getToken is document 91039. The checks come in the observed order; each call issues a fresh token, and the older ones
// stay valid (the page promises neither the same token nor the end of the old one).
func (c *call) getToken() (success, error) {
	corpID, secret := c.query.Get("corpid"), c.query.Get("corpsecret")
	limit := rule{name: "wrong secrets", limit: c.corp.Limits.WrongSecretsPerHour, period: time.Hour}
	switch {
	case secret == "":
		return success{}, refuse(codeSecretMissing)
	case corpID == "":
		return success{}, refuse(codeCorpIDMissing)
	case corpID != c.corp.Corp.CorpID:
		return success{}, refuse(codeCorpID)
	case c.sim.windows.blocked(c.now, limit, c.ip):
		return success{}, refuse(codeFrequency)
	}
	agentID, ok := c.corp.holderOf(secret)
	if !ok {
		if !c.sim.windows.admit(c.now, limit, c.ip) {
			return success{}, refuse(codeFrequency)
		}
		return success{}, refuse(codeCredential)
	}
	token := c.sim.tokens.issue(agentID, c.now)
	c.entry.TokenKind, c.entry.AgentID = c.sim.tokens.grants[token].kind(), agentID
	return success{fields: fields{{"access_token", token}, {"expires_in", int(tokenLifetime.Seconds())}}}, nil
}

// holderOf finds what a secret belongs to: 0 is contact synchronisation.
func (e *enterprise) holderOf(secret string) (agentID int, ok bool) {
	if secret == e.ContactSync.Secret {
		return 0, true
	}
	for _, a := range e.Agents {
		if a.Secret == secret && !a.Disabled {
			return a.AgentID, true
		}
	}
	return 0, false
}
