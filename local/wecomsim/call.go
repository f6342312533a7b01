package wecomsim

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// The longest bodies that are read: an mpnews of eight articles fits the first, the largest media file the second.
// Where the real server ends is not documented.
const (
	maxJSONBody   = 8 << 20
	maxUploadBody = 32 << 20
)

// call is one request on its way through the API.
type call struct {
	sim      *Sim
	corp     *enterprise // valid while the call is carried out, under the lock
	endpoint endpoint
	known    bool // the path is one of the API's
	idle     bool // answered as done, but without effect: a repetition, or nobody left to receive it
	request  *http.Request
	query    url.Values
	payload  []byte
	body     *object // the payload as JSON; nil where none is expected
	part     *part   // the file of an upload
	ip       string
	now      time.Time
	grant    *grant // what the token stands for; nil without token
	agent    *Agent // the app of the token; nil for contact sync
	entry    Entry
}

// serveAPI takes a call in, lets the faults have their say, carries it out and answers.
func (s *Sim) serveAPI(w http.ResponseWriter, r *http.Request) {
	c, err := s.receive(r)
	if err != nil {
		panic(http.ErrAbortHandler) // the client left in the middle of its request: nobody to answer, nothing to note
	}
	fault := s.pickFault(c)
	if !fault.wait(r.Context()) {
		s.recordLeft(c)
		return
	}
	fault.answer(w, s.carryOut(c, fault))
}

// receive reads everything of a request that can be read without looking at the enterprise.
func (s *Sim) receive(r *http.Request) (*call, error) {
	c := &call{sim: s, request: r, query: r.URL.Query(), ip: callerIP(r), now: s.clock.Now()}
	c.endpoint, c.known = endpoints[r.URL.Path]
	limit := maxJSONBody
	if c.endpoint.upload {
		limit = maxUploadBody
	}
	var err error
	if c.payload, err = io.ReadAll(io.LimitReader(r.Body, int64(limit)+1)); err != nil {
		return nil, err
	}
	c.entry = Entry{Time: c.now, Method: r.Method, Path: r.URL.Path, Query: maskQuery(c.query)}
	switch {
	case c.endpoint.upload:
		if r.ContentLength >= 0 { // whether the real server takes a body in chunks is not known: it had better not come
			c.part = readPart(r.Header.Get("Content-Type"), c.payload)
		}
		c.entry.Body = c.part.summary(c.query.Get("type"))
		if c.part != nil {
			c.entry.Filename, c.entry.Size = c.part.filename, len(c.part.content)
		}
	case len(c.payload) > 0:
		c.entry.Body = c.payload
	}
	if r.Method == http.MethodPost && c.endpoint.method == r.Method && !c.endpoint.upload {
		c.body = parseObject(c.payload)
	}
	return c, nil
}

// callerIP is the address of the TCP peer; headers that claim another are not believed.
func callerIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// perform carries a call out, the caller holding the lock, and says so in its journal entry.
func (c *call) perform() reply {
	if !c.known {
		c.entry.Status = http.StatusNotFound
		return reply{status: http.StatusNotFound, header: http.Header{"Server": {"nginx"}}} // observed: no body
	}
	err := c.admit()
	var done success
	if err == nil {
		done, err = c.endpoint.perform(c)
	}
	c.entry.Status = http.StatusOK
	if refused, ok := errors.AsType[*refusal](err); ok {
		return c.fail(refused, c.ip)
	}
	c.entry.Accepted = !c.idle
	return c.succeed(done)
}

// admit makes the checks that come before a call's own: token, address, right, frequency, method, size.
func (c *call) admit() error {
	checks := []func() error{c.checkToken, c.checkAddress, c.checkRight, c.checkFrequency, c.checkForm}
	for _, check := range checks {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// checkToken looks only at the query: a token anywhere else is no token.
func (c *call) checkToken() error {
	if c.endpoint.access == withoutToken {
		return nil
	}
	token := c.query.Get("access_token")
	if token == "" {
		return refuse(codeTokenMissing)
	}
	g := c.sim.tokens.grants[token]
	if g == nil {
		return refuse(codeTokenInvalid)
	}
	c.grant = g
	c.entry.TokenKind, c.entry.AgentID = g.kind(), g.agentID
	switch {
	case g.revoked:
		return refuse(codeTokenInvalid)
	case g.expired || !c.now.Before(g.expires):
		return refuse(codeTokenExpired)
	}
	return c.findAgent()
}

// findAgent finds the app of the token; contact synchronisation has none.
func (c *call) findAgent() error {
	if c.grant.agentID == 0 {
		return nil
	}
	c.agent = c.corp.agent(c.grant.agentID)
	switch {
	case c.agent == nil: // the app was removed since
		return refuse(codeTokenInvalid)
	case c.agent.Disabled:
		return refuse(codeAgentDisabled)
	}
	return nil
}

// checkAddress enforces the trusted IPs of the credential; an empty list trusts everyone.
func (c *call) checkAddress() error {
	if c.grant == nil {
		return nil
	}
	trusted := c.corp.ContactSync.TrustedIPs
	if c.agent != nil {
		trusted = c.agent.TrustedIPs
	}
	if len(trusted) > 0 && !slices.Contains(trusted, c.ip) {
		return refuse(codeUntrustedIP)
	}
	return nil
}

func (c *call) checkRight() error {
	isApp := c.agent != nil
	switch c.endpoint.access {
	case contactsOnly:
		if isApp {
			return refuse(codeForbidden)
		}
	case appOnly:
		if !isApp {
			return refuse(codeForbidden)
		}
	case detailReading:
		if !isApp && !slices.Contains(c.corp.ContactSync.OldIPs, c.ip) {
			return refuse(codeNewIP)
		}
	case withoutToken, anyToken:
	}
	return nil
}

// checkFrequency counts the call into the basic limits of its API.
func (c *call) checkFrequency() error {
	if c.endpoint.free {
		return nil
	}
	limits := c.corp.Limits
	for _, r := range []rule{
		{"api by the minute", limits.APIPerMinute, time.Minute},
		{"api by the hour", limits.APIPerHour, time.Hour},
	} {
		if !c.sim.windows.admit(c.now, r, c.request.URL.Path) {
			return refuse(codeFrequency)
		}
	}
	return nil
}

// checkForm refuses another method (documented for GET instead of POST, our choice for the reverse) and a body that is
// too large. An upload that is too large is judged as a file.
func (c *call) checkForm() error {
	if c.request.Method != c.endpoint.method {
		return refuse(codeParameter)
	}
	if c.body != nil && len(c.payload) > maxJSONBody {
		return refuse(codeBodyTooLarge)
	}
	return nil
}
