// Command lambdapost is a function of AWS Lambda that sends the same message at each invocation, whatever the event: one
// POST to FLOOR_URL and nothing else.
//
// It imports aws-lambda-go.
package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/aws/aws-lambda-go/lambda"
)

const message = `{"touser":"zhangsan","msgtype":"text","agentid":1000002,"text":{"content":"今晚 20:00 例行维护，预计 30 分钟。"}}`

type handler struct{ url string }

func (h handler) Invoke(ctx context.Context, _ []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url, strings.NewReader(message))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	return io.ReadAll(answer.Body)
}

func main() { lambda.Start(handler{os.Getenv("FLOOR_URL")}) }
