// Package faas puts the platforms in front of the connector, in this process: a request over HTTP is wrapped into the
// event that the platform would make of it, served by the platform's real adapter, and unwrapped again.
//
//	POST /fn/lambda/message.text.send              as a Function URL hands it over
//	POST /fn/lambda/message.text.send?event=sqs    as a record of a queue
//
// Its folders hold what the platforms' programs talk to when they run as processes of their own: the runtime APIs that
// are polled, and the hosts that call.
//
// It may import core/..., adapters/... and the standard library.
package faas

import (
	"net/http"

	"github.com/wecom-functions/wecom-functions/core"
)

// Platform is one platform in front of the connector.
type Platform struct {
	// Name is the platform's folder below functions/.
	Name string
	// Events are the events that a request can be wrapped into; the first is what it is without ?event=.
	Events []string
	// front serves requests for a connector, each wrapped into the event.
	front func(c *core.Connector, event string) http.Handler
}

// Platforms lists all of them.
func Platforms() []Platform {
	return []Platform{}
}
