// Command lambdahello is what every function of AWS Lambda in Go has at least: the runtime client, and a constant answer.
//
// It imports aws-lambda-go.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"
)

type handler struct{}

func (handler) Invoke(context.Context, []byte) ([]byte, error) { return []byte(`"hello"`), nil }

func main() { lambda.Start(handler{}) }
