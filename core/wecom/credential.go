package wecom

import (
	"context"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

// credential is the part of a URL that authenticates a call.
type credential interface {
	// attach returns the query parameter.
	attach(ctx context.Context) (query string, err error)
	// renew drops it when WeCom says that it died, for attach to return another; false if there is no other.
	renew(ctx context.Context) bool
	// hidden lists what must not be shown.
	hidden() []string
	// blame says in a refusal of the connection what was refused.
	blame(*fault.Error)
}

// fixedCredential never changes.
type fixedCredential struct {
	query   string
	secrets []string
}

func (f fixedCredential) attach(context.Context) (string, error) { return f.query, nil }
func (f fixedCredential) renew(context.Context) bool             { return false }
func (f fixedCredential) hidden() []string                       { return f.secrets }
func (f fixedCredential) blame(*fault.Error)                     {}
