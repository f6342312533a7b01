// Package caller decides who may call this deployment: callers with an API key, callers that the platform in front
// has authenticated already, or everybody.
//
// It imports the standard library and core/fault only.
package caller

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"strings"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

// Mode is how callers are authenticated.
type Mode string

const (
	// Undecided: nothing was set; every caller is refused, except where only this machine itself can call.
	Undecided Mode = ""
	// Keys: the caller sends an API key as "Authorization: Bearer KEY".
	Keys Mode = "keys"
	// Platform: the platform in front of the function has authenticated the caller.
	Platform Mode = "platform"
	// None: everybody may call.
	None Mode = "none"
)

// Policy is who may call.
type Policy struct {
	Mode Mode
	Keys []Key
}

// Key is one API key, known by its hash alone.
type Key struct {
	// Name tells whose key it is, for the log.
	Name string
	Hash [sha256.Size]byte
}

// ParseKey reads "name:sha256-of-key", the hash in lower-case hex. Its errors never hold what was given.
func ParseKey(s string) (Key, error) {
	name, digest, found := strings.Cut(strings.TrimSpace(s), ":")
	if !found || name == "" {
		return Key{}, errors.New("must be name:sha256-of-the-key")
	}
	key := Key{Name: name}
	if len(digest) != hex.EncodedLen(len(key.Hash)) || digest != strings.ToLower(digest) {
		return Key{}, errors.New("must have the SHA-256 of the key as 64 lower-case hex digits after the name")
	}
	if _, err := hex.Decode(key.Hash[:], []byte(digest)); err != nil {
		return Key{}, errors.New("must have the SHA-256 of the key as 64 lower-case hex digits after the name")
	}
	return key, nil
}

// Nobody tells that the policy lets nobody in, whatever they send.
func (p Policy) Nobody() bool {
	return p.Mode == Undecided || p.Mode == Keys && len(p.Keys) == 0
}

// Authenticate checks the values of a request's Authorization header and returns the caller's name.
// It takes the same time whichever key matches, and none.
func (p Policy) Authenticate(authorization []string) (name string, err error) {
	switch p.Mode {
	case Platform, None:
		return string(p.Mode), nil
	case Keys:
		return p.match(authorization)
	default:
		return "", fault.New(fault.Unauthenticated, "This deployment accepts no callers: it has not been told how to authenticate them.").
			Because("unauthenticated").
			WithHint("Set WECOM_API_KEYS, or WECOM_AUTH=platform if the platform in front authenticates, or WECOM_AUTH=none to let everybody in.")
	}
}

func (p Policy) match(authorization []string) (string, error) {
	var token string
	if len(authorization) == 1 {
		scheme, value, _ := strings.Cut(authorization[0], " ")
		if strings.EqualFold(scheme, "Bearer") {
			token = strings.TrimSpace(value)
		}
	}
	hash, found, name := sha256.Sum256([]byte(token)), 0, ""
	for _, key := range p.Keys {
		if same := subtle.ConstantTimeCompare(hash[:], key.Hash[:]); same == 1 {
			found, name = 1, key.Name
		}
	}
	if found == 0 || token == "" {
		return "", fault.New(fault.Unauthenticated, "The request carries no valid API key.").Because("unauthenticated").
			WithHint("Send the key in one header: Authorization: Bearer KEY.")
	}
	return name, nil
}
