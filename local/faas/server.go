package faas

import (
	"net/http"

	"github.com/wecom-functions/wecom-functions/adapters/server"
	"github.com/wecom-functions/wecom-functions/core"
)

// serverEvents are what a container is sent.
var serverEvents = []string{"http", "cloudevent", "cloudevent-structured"}

// serverFront has a container serve requests.
func serverFront(c *core.Connector, event string) http.Handler {
	container := server.Handler(c)
	switch event {
	case "cloudevent":
		return delivered(container, inBinaryMode)
	case "cloudevent-structured":
		return delivered(container, inStructuredMode)
	default:
		return container
	}
}
