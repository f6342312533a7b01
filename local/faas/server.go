package faas

import (
	"net/http"

	"github.com/wecom-functions/wecom-functions/adapters/server"
	"github.com/wecom-functions/wecom-functions/core"
)

// serverDeliveries are what a container is sent.
var serverDeliveries = []delivery{{"http", nil}, {"cloudevent", inBinaryMode}, {"cloudevent-structured", inStructuredMode}}

// serverFront has a container serve requests.
func serverFront(c *core.Connector, event string) http.Handler {
	return deliveryNamed(serverDeliveries, event).front(server.Handler(c))
}
