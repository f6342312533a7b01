package event

import (
	"bytes"

	"github.com/wecom-functions/wecom-functions/core"
)

// Dialect is how a platform writes its events.
type Dialect int

// The dialects.
const (
	// AWS is Lambda: Function URLs, API Gateway, load balancers, SQS, SNS, EventBridge, direct invocations.
	AWS Dialect = iota
	// Huawei is FunctionGraph: APIG, timers, SMN, and everything else direct.
	Huawei
	// Tencent is SCF: function URLs, the old API gateway, timers, and everything else direct.
	Tencent
	// Plain has direct invocations alone.
	Plain
	// Azure is the envelope that the Azure Functions host wraps every trigger into, and no direct invocation.
	Azure
	// Alibaba is Function Compute: timers, topics of its message service, and everything else direct.
	Alibaba
)

const (
	// maxEvent has room for what any action takes, and for what stands around it. The platforms pass on more, or as much.
	maxEvent = core.MaxFileInput + core.MaxInput
	// maxPolled is what the platforms pass on that are asked for events: 6 MB.
	maxPolled = 6 << 20
)

// maxEvent bounds an event in bytes. Each action has a limit of its own besides.
func (d Dialect) maxEvent() int {
	switch d {
	case AWS, Huawei, Tencent:
		return maxPolled
	default:
		return maxEvent
	}
}

// Shape is what an event is.
type Shape string

// The shapes. The first seven came over HTTP.
const (
	HTTPv2      Shape = "http v2" // AWS: HTTP API, Function URL
	HTTPv1      Shape = "http v1" // AWS: REST API, HTTP API in format 1.0
	ALB         Shape = "alb"
	APIG        Shape = "apig"
	SCFURL      Shape = "scf url"
	SCFGateway  Shape = "scf gateway"
	AzureHTTP   Shape = "azure http"
	SQS         Shape = "sqs"
	SNS         Shape = "sns"
	EventBridge Shape = "eventbridge"
	// AzureTrigger is a message of a queue, or of another trigger that hands over one text.
	AzureTrigger Shape = "azure trigger"
	FCTimer      Shape = "fc timer"
	MNS          Shape = "mns" // Alibaba: a notification of a topic
	SMN          Shape = "smn"
	FGTimer      Shape = "functiongraph timer"
	SCFTimer     Shape = "scf timer"
	// Direct is everything else: an envelope, or what is refused for not being one.
	Direct Shape = "direct"
)

func (s Shape) isHTTP() bool {
	switch s {
	case HTTPv2, HTTPv1, ALB, APIG, SCFURL, SCFGateway, AzureHTTP:
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
		return huaweiShape(o)
	case Tencent:
		return tencentShape(o)
	case Azure:
		return azureShape(o)
	case Alibaba:
		return alibabaShape(o)
	default:
		return Direct
	}
}

func huaweiShape(o object) Shape {
	switch {
	case o.has("httpMethod") && o.has("requestContext"):
		return APIG
	case o.text("trigger_type") == "TIMER" && o.has("user_event"):
		return FGTimer
	}
	if records := elements(o.get("record")); len(records) > 0 {
		if first, _ := members(records[0]); first.text("event_source") == "smn" {
			return SMN
		}
	}
	return Direct
}

func tencentShape(o object) Shape {
	switch {
	case o.text("Type") == "Timer" && o.has("Message"):
		return SCFTimer
	case !o.has("httpMethod") || !o.has("path") || !o.has("headers"):
		return Direct
	case o.has("requestContext"):
		return SCFGateway
	default:
		return SCFURL
	}
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
