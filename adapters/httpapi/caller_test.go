package httpapi_test

import (
	"crypto/sha256"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/core/caller"
	"github.com/wecom-functions/wecom-functions/core/fault"
)

const goodKey = "a-key-of-the-test"

func withKeys(s *setup) {
	s.settings.Callers = caller.Policy{Mode: caller.Keys, Keys: []caller.Key{
		{Name: "other", Hash: sha256.Sum256([]byte("another-key"))},
		{Name: "ops", Hash: sha256.Sum256([]byte(goodKey))},
	}}
}

func TestCallersWithoutAValidKey(t *testing.T) {
	t.Parallel()
	s := start(t, withKeys)
	var bodies []string
	for _, test := range []struct{ name, headers string }{
		{"B101 no key", ""},
		{"B101 a wrong key", "Authorization: Bearer wrong\r\n"},
		{"B101 an empty key", "Authorization: Bearer \r\n"},
		{"B101 the scheme alone", "Authorization: Bearer\r\n"},
		{"B101 another scheme", "Authorization: Basic " + goodKey + "\r\n"},
		{"B101 the key alone", "Authorization: " + goodKey + "\r\n"},
		{"B101 the key and more", "Authorization: Bearer " + goodKey + "x\r\n"},
		{"B101 two keys", "Authorization: Bearer " + goodKey + "\r\nAuthorization: Bearer " + goodKey + "\r\n"},
	} {
		for _, path := range []string{sendText, "/actions/no.such", "/nowhere"} {
			answer := s.raw(t, rawPost(path, "X-Request-Id: r\r\nContent-Length: 41\r\n"+test.headers, goodText))
			assert.Equal(t, http.StatusUnauthorized, answer.status, test.name)
			assert.Equal(t, "Bearer", answer.header.Get("Www-Authenticate"), test.name)
			bodies = append(bodies, string(answer.body))
		}
	}
	for _, body := range bodies {
		assert.Equal(t, bodies[0], body, "B101 the answer is the same whatever was wrong")
	}
	assert.Zero(t, s.sent())
	assert.NotContains(t, s.log.String(), "a-key")
}

func TestACallerWithAKey(t *testing.T) {
	t.Parallel()
	s := start(t, withKeys)
	s.post(t, sendText, goodText, header{"Authorization", "Bearer " + goodKey}).result(t)
	s.post(t, sendText, goodText, header{"Authorization", "bearer  " + goodKey}).result(t)
	lines := s.log.Lines(t)
	require.Len(t, lines, 2)
	assert.Equal(t, "ops", lines[0]["caller"])
	for _, path := range []string{"/actions", "/openapi.json", "/actions/message.text.send"} {
		assert.Equal(t, http.StatusUnauthorized, s.get(t, path).status, path)
		assert.Equal(t, http.StatusOK, s.get(t, path, header{"Authorization", "Bearer " + goodKey}).status, path)
	}
	assert.Equal(t, http.StatusOK, s.get(t, "/health/live").status)
}

func TestWithoutADecisionNobodyMayCall(t *testing.T) {
	t.Parallel()
	s := start(t, func(s *setup) { s.settings.Callers = caller.Policy{} })
	answer := s.post(t, sendText, goodText)
	assert.Equal(t, http.StatusUnauthorized, answer.status)
	assert.Equal(t, fault.Unauthenticated, answer.problem(t).Kind)
	assert.Zero(t, s.sent())
}

func TestThePlatformInFrontAuthenticates(t *testing.T) {
	t.Parallel()
	s := start(t, func(s *setup) { s.settings.Callers = caller.Policy{Mode: caller.Platform} })
	s.post(t, sendText, goodText).result(t)
}
