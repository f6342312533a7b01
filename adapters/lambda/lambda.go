package lambda

import (
	"context"
	"log"
	"os"
	"strings"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambda/messages"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/wecom-functions/wecom-functions/adapters/event"
	"github.com/wecom-functions/wecom-functions/adapters/httpapi"
	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/fault"
)

// selector is the variable that holds the function's Handler.
const selector = "_HANDLER"

// Start serves invocations; it does not return. problems are what is wrong with the settings; nil if nothing is.
func Start(settings core.Settings, problems error) {
	log.SetFlags(0)
	log.SetOutput(withoutFailures{os.Stderr})
	lambda.Start(Handler(event.Connect(settings, problems, event.Selector{Variable: selector, Value: os.Getenv(selector)})))
}

// Handler serves the invocations of a connector.
func Handler(c *core.Connector) lambda.Handler {
	return handler{event.New(c, event.Options{Dialect: event.AWS, HTTP: httpapi.Handler(c, httpapi.Options{})})}
}

type handler struct{ events *event.Handler }

// Invoke answers one invocation.
func (h handler) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	answer, err := h.events.Serve(ctx, payload, callOf(ctx))
	if err != nil {
		return nil, failure(err)
	}
	return answer, nil
}

func callOf(ctx context.Context) event.Call {
	call := event.Call{TraceID: traceID(ctx)}
	if known, ok := lambdacontext.FromContext(ctx); ok {
		call.RequestID = known.AwsRequestID
	}
	return call
}

// traceID takes the id of the trace out of "Root=1-5e9f0c65-1de4d666d4dd26aced652b6c;Parent=...;Sampled=1".
func traceID(ctx context.Context) string {
	header, _ := ctx.Value("x-amzn-trace-id").(string) // the key is aws-lambda-go's
	for field := range strings.SplitSeq(header, ";") {
		if root, found := strings.CutPrefix(field, "Root="); found {
			return root
		}
	}
	return ""
}

// failure is the error as a state machine matches it: its type is the kind, its message the whole problem as JSON. It
// must be returned by value: aws-lambda-go looks for nothing else.
func failure(err error) error {
	e := fault.From(err)
	return messages.InvokeResponse_Error{Type: string(e.Kind), Message: string(e.JSON())}
}

// withoutFailures is where aws-lambda-go logs to. It logs every failure of an invocation in full; those of the connector
// have a line of their own already, without what the caller wrote.
type withoutFailures struct{ to *os.File }

func (w withoutFailures) Write(line []byte) (int, error) {
	for _, kind := range fault.Kinds() {
		if strings.HasSuffix(strings.TrimSpace(string(line)), `"errorType":"`+string(kind)+`"}`) {
			return len(line), nil
		}
	}
	return w.to.Write(line)
}
