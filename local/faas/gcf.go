package faas

import (
	"net/http"

	"github.com/wecom-functions/wecom-functions/adapters/gcf"
	"github.com/wecom-functions/wecom-functions/core"
)

// gcfEvents are what a Cloud Run function is sent.
var gcfEvents = []string{"http", "pubsub", "cloudevent"}

// gcfFront has a Cloud Run function serve requests.
func gcfFront(c *core.Connector, event string) http.Handler {
	function := gcf.New(c)
	switch event {
	case "pubsub":
		return delivered(function, pubSub)
	case "cloudevent":
		return delivered(function, inBinaryMode)
	default:
		return function
	}
}

// pubSub sends what was published to a topic, in base64.
func pubSub(w http.ResponseWriter, r *http.Request, published []byte) ([]byte, bool) {
	event := attributes("google.cloud.pubsub.topic.v1.messagePublished")
	for name, value := range event {
		r.Header.Set("Ce-"+name, value)
	}
	return eventJSON(w, object{
		"message":      object{"data": published, "messageId": event["id"], "attributes": object{}},
		"subscription": "projects/local/subscriptions/wecom",
	})
}
