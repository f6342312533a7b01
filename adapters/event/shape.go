package event

import "bytes"

// Dialect is how a platform writes its events.
type Dialect int

// The dialects.
const (
	// AWS is Lambda: Function URLs, API Gateway, load balancers, SQS, SNS, EventBridge, direct invocations.
	AWS Dialect = iota
	// Huawei is FunctionGraph: APIG, and everything else direct.
	Huawei
	// Tencent is SCF: function URLs, the old API gateway, and everything else direct.
	Tencent
	// Plain has direct invocations alone.
	Plain
)

// Shape is what an event is.
type Shape string

// The shapes. The first six came over HTTP.
const (
	HTTPv2      Shape = "http v2" // AWS: HTTP API, Function URL
	HTTPv1      Shape = "http v1" // AWS: REST API, HTTP API in format 1.0
	ALB         Shape = "alb"
	APIG        Shape = "apig"
	SCFURL      Shape = "scf url"
	SCFGateway  Shape = "scf gateway"
	SQS         Shape = "sqs"
	SNS         Shape = "sns"
	EventBridge Shape = "eventbridge"
	// Direct is everything else: an envelope, or what is refused for not being one.
	Direct Shape = "direct"
)

func (s Shape) isHTTP() bool {
	switch s {
	case HTTPv2, HTTPv1, ALB, APIG, SCFURL, SCFGateway:
		return true
	default:
		return false
	}
}

// Recognize tells what an event is. Half an event is Direct, and then refused for its unknown keys.
func Recognize(d Dialect, raw []byte) Shape {
	o, ok := parse(raw)
	if !ok {
		return Direct
	}
	return d.shape(o)
}

func (d Dialect) shape(o object) Shape {
	switch d {
	case AWS:
		return awsShape(o)
	case Huawei:
		if o.has("httpMethod") && o.has("requestContext") {
			return APIG
		}
	case Tencent:
		if o.has("httpMethod") && o.has("path") && o.has("headers") {
			if o.has("requestContext") {
				return SCFGateway
			}
			return SCFURL
		}
	}
	return Direct
}

func awsShape(o object) Shape {
	if records := elements(o.get("Records")); len(records) > 0 {
		return recordShape(records[0])
	}
	if o.has("detail-type") && o.has("source") && o.has("detail") {
		return EventBridge
	}
	context := o.object("requestContext")
	version := o.text("version")
	switch {
	case context == nil, foreign(o, context):
		return Direct
	case context.has("elb"):
		return ALB
	case version == "2.0" && context.has("http"):
		return HTTPv2
	case o.has("httpMethod") && (!o.has("version") || version == "1.0"):
		return HTTPv1
	default:
		return Direct
	}
}

func recordShape(record []byte) Shape {
	first, _ := members(record)
	switch {
	case first.text("eventSource") == "aws:sqs":
		return SQS
	case first.text("EventSource") == "aws:sns": // the capital E is how SNS writes it
		return SNS
	default:
		return Direct
	}
}

// foreign knows what looks like a request and is none: API Gateway asks an authorizer, or has a message of a websocket.
func foreign(o, context object) bool {
	return o.has("methodArn") || o.has("routeArn") || context.has("connectionId")
}

// isTrue and isNull tell JSON literals.
func isTrue(value []byte) bool { return bytes.Equal(value, []byte("true")) }

func isNull(value []byte) bool { return bytes.Equal(value, []byte("null")) }
