package catalog

import (
	"context"

	"github.com/wecom-functions/wecom-functions/core/wecom"
)

// push sends a message by a chatbot's webhook (document 91770). WeCom answers no id and has no duplicate check there.
func push(ctx context.Context, bot *wecom.Bot, content body) (*wecom.Empty, error) {
	return wecom.Do[*wecom.Empty](ctx, bot, wecom.Call{Path: "webhook/send", Effect: wecom.Send, Body: content})
}
