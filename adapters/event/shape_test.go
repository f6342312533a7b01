package event_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/adapters/event"
)

func TestSamplesAreRecognized(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		file    string
		dialect event.Dialect
		want    event.Shape
	}{
		{"http-api.json", event.AWS, event.HTTPv2},
		{"function-url.json", event.AWS, event.HTTPv2},
		{"rest-api.json", event.AWS, event.HTTPv1},
		{"http-api-1.0.json", event.AWS, event.HTTPv1},
		{"alb.json", event.AWS, event.ALB},
		{"alb-multi.json", event.AWS, event.ALB},
		{"sqs.json", event.AWS, event.SQS},
		{"sqs-fifo.json", event.AWS, event.SQS},
		{"sns.json", event.AWS, event.SNS},
		{"eventbridge.json", event.AWS, event.EventBridge},
		{"scheduler.json", event.AWS, event.EventBridge},
		{"direct.json", event.AWS, event.Direct},
		{"apig.json", event.Huawei, event.APIG},
		{"functiongraph-timer.json", event.Huawei, event.FGTimer},
		{"smn.json", event.Huawei, event.SMN},
		{"direct.json", event.Huawei, event.Direct},
		{"scf-url.json", event.Tencent, event.SCFURL},
		{"scf-gateway.json", event.Tencent, event.SCFGateway},
		{"scf-timer.json", event.Tencent, event.SCFTimer},
		{"direct.json", event.Tencent, event.Direct},
		{"rest-api.json", event.Plain, event.Direct},
	} {
		assert.Equal(t, test.want, event.Recognize(test.dialect, []byte(sample(t, test.file))), test.file)
	}
}

func TestHalfAnEventIsDirect(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		``, `x`, `[]`, `"x"`, `null`, `{}`, "{\"a\":\"\xff\"}",
		`{"Records":[]}`, `{"Records":{}}`, `{"Records":[1]}`, `{"Records":[{"EventSource":"aws:sqs"}]}`,
		`{"Records":[{"eventSource":"aws:sns"}]}`, `{"records":[{"eventSource":"aws:sqs"}]}`, `{"Records":[{"eventSource":"aws:s3"}]}`,
		`{"detail-type":"a","source":"b"}`, `{"Detail-Type":"a","source":"b","detail":{}}`,
		`{"requestContext":{}}`, `{"requestContext":1,"httpMethod":"POST"}`,
		`{"version":"2.0","requestContext":{}}`, `{"version":"3.0","requestContext":{"http":{}},"httpMethod":"GET"}`,
		`{"version":2.0,"requestContext":{"http":{}},"httpMethod":"GET"}`,
		`{"httpMethod":"POST","path":"/"}`,
	} {
		assert.Equal(t, event.Direct, event.Recognize(event.AWS, []byte(raw)), raw)
	}
	for _, d := range []event.Dialect{event.Huawei, event.Tencent} {
		for _, raw := range []string{
			`{"httpMethod":"POST"}`, `{"httpMethod":"POST","path":"/"}`, `{"requestContext":{},"headers":{}}`,
			`{"trigger_type":"TIMER"}`, `{"trigger_type":"timer","user_event":"x"}`, `{"user_event":"{}"}`, `{"trigger_type":["TIMER"],"user_event":""}`,
			`{"record":[]}`, `{"record":{}}`, `{"record":[7]}`, `{"record":[{"event_source":"SMN"}]}`, `{"Record":[{"event_source":"smn"}]}`,
			`{"Type":"Timer"}`, `{"Message":"{}"}`, `{"type":"Timer","Message":""}`, `{"Type":"Cos","Message":""}`,
		} {
			assert.Equal(t, event.Direct, event.Recognize(d, []byte(raw)), raw)
		}
	}
}

// The AWS SDK's own samples. What is none of our business is Direct, and refused there.
func TestSamplesOfAWSAreRecognized(t *testing.T) {
	t.Parallel()
	eventBridge := []string{"autoscaling-", "codebuild-", "codedeploy-", "codepipeline-action", "codepipeline-execution", "ecr-", "ecs-"}
	want := map[string]event.Shape{
		"alb-lambda-target-request-headers-only.json":        event.ALB,
		"alb-lambda-target-request-multivalue-headers.json":  event.ALB,
		"apigw-request.json":                                 event.HTTPv1,
		"apigw-restapi-openapi-request.json":                 event.HTTPv1,
		"apigw-v2-request-iam.json":                          event.HTTPv2,
		"apigw-v2-request-jwt-authorizer.json":               event.HTTPv2,
		"apigw-v2-request-lambda-authorizer.json":            event.HTTPv2,
		"apigw-v2-request-no-authorizer.json":                event.HTTPv2,
		"lambda-urls-request.json":                           event.HTTPv2,
		"cloudwatch-alarm-sns-payload-multiple-metrics.json": event.SNS,
		"cloudwatch-alarm-sns-payload-single-metric.json":    event.SNS,
		"sns-event.json":                                     event.SNS,
		"sqs-event.json":                                     event.SQS,
	}
	d := deploy(t)
	for name, raw := range awsSamples(t) {
		shape := event.Direct
		if known, listed := want[name]; listed {
			shape = known
		} else if slices.ContainsFunc(eventBridge, func(prefix string) bool { return strings.HasPrefix(name, prefix) }) {
			shape = event.EventBridge
		}
		assert.Equal(t, shape, event.Recognize(event.AWS, raw), name)
		answer, err := d.serve(t.Context(), string(raw))
		switch shape {
		case event.Direct, event.SNS, event.EventBridge:
			assert.Equal(t, "invalid_input", string(problem(t, err).Kind), name)
		default:
			require.NoError(t, err, name)
			assert.NotContains(t, answer, `"statusCode":200`, name)
		}
	}
	assert.Empty(t, d.sim.Journal(), "none of them asks for an action")
}

// awsSamples reads the samples of aws-lambda-go from the module cache.
func awsSamples(t *testing.T) map[string][]byte {
	t.Helper()
	folder, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/aws/aws-lambda-go").Output()
	require.NoError(t, err)
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(folder)), "events", "testdata", "*.json"))
	require.NoError(t, err)
	require.Greater(t, len(files), 90)
	samples := make(map[string][]byte, len(files))
	for _, file := range files {
		samples[filepath.Base(file)], err = os.ReadFile(file)
		require.NoError(t, err)
	}
	return samples
}
