// Package lambda runs the connector as a function of AWS Lambda, on the runtime provided.al2023.
//
// One program serves every way in: Function URLs and API Gateway, load balancers, direct invocations and Step Functions,
// SQS with partial batch failures, SNS, EventBridge and its Scheduler; package event says how each is read and answered.
// _HANDLER, the function's Handler, selects the action where WECOM_ACTION does not.
//
// It registers no extension to be told of its end: that would cost every cold start, and nothing here needs it. It keeps
// nothing between invocations but what the core keeps, and serves several at once where the platform asks for that.
//
// It may import core/..., adapters/httpapi, adapters/event and aws-lambda-go.
package lambda
