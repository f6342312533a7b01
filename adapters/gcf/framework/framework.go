package framework

import (
	"context"

	"github.com/GoogleCloudPlatform/functions-framework-go/funcframework"
	"github.com/GoogleCloudPlatform/functions-framework-go/functions"
	cloudevents "github.com/cloudevents/sdk-go/v2"

	"github.com/wecom-functions/wecom-functions/adapters/gcf"
	"github.com/wecom-functions/wecom-functions/adapters/httpapi"
	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/fault"
)

// Register tells the framework every function. problems are what is wrong with the settings; nil if nothing is.
func Register(settings core.Settings, problems error) {
	c := gcf.Connect(settings, problems)
	served, receive := gcf.New(c).ServeHTTP, Receiver(c)
	for _, name := range gcf.EntryPoints() {
		functions.HTTP(name, served)
		functions.CloudEvent(name+gcf.EventSuffix, receive)
	}
	// The framework takes a function without a name where FUNCTION_TARGET names none that it knows. It would not start.
	_ = funcframework.RegisterHTTPFunctionContext(context.Background(), "/", served) // it fails without a path alone
}

// Receiver runs the calls in CloudEvents that the framework took. The framework does not show who sent one, so the
// platform must have authenticated them.
func Receiver(c *core.Connector) func(context.Context, cloudevents.Event) error {
	deployment := gcf.New(c)
	return func(ctx context.Context, e cloudevents.Event) error {
		policy := c.Callers()
		if _, err := policy.Authenticate(nil); err != nil && !(policy.Nobody() && c.Err() != nil) { // as over HTTP
			return failed(err)
		}
		err := deployment.Deliver(ctx, httpapi.Event{Type: e.Type(), Data: e.Data(), RequestID: e.ID()})
		if err != nil {
			return failed(err)
		}
		return nil
	}
}

// failure is an error as the framework needs it. The framework prints Error, and uses it as a format while it does: so it
// holds nothing that a caller wrote. It answers with the status and the text of the result that is wrapped.
type failure struct {
	text   string
	result error
}

func (f failure) Error() string { return f.text }

func (f failure) Unwrap() error { return f.result }

func failed(err error) error {
	e := fault.From(err)
	return failure{
		text:   string(e.Kind) + " (" + e.Reason + ")",
		result: cloudevents.NewHTTPResult(e.HTTPStatus(), "%s", e.JSON()),
	}
}
