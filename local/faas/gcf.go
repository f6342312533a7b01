package faas

import (
	"net/http"

	"github.com/wecom-functions/wecom-functions/adapters/gcf"
	"github.com/wecom-functions/wecom-functions/core"
)

// gcfDeliveries are what a Cloud Run function is sent.
var gcfDeliveries = []delivery{{"http", nil}, {"pubsub", pubSub}, {"cloudevent", inBinaryMode}}

// gcfFront has a Cloud Run function serve requests.
func gcfFront(c *core.Connector, event string) http.Handler {
	return deliveryNamed(gcfDeliveries, event).front(gcf.New(c))
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
