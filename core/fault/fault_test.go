package fault_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

func TestKinds(t *testing.T) {
	t.Parallel()
	want := map[fault.Kind]int{
		fault.InvalidInput: 400, fault.Unauthenticated: 401, fault.Forbidden: 403, fault.NotFound: 404, fault.Conflict: 409,
		fault.TooLarge: 413, fault.RateLimited: 429, fault.Canceled: 499, fault.Internal: 500, fault.Misconfigured: 500,
		fault.ConnectionRejected: 502, fault.Unavailable: 503, fault.OutcomeUnknown: 504,
	}
	assert.Len(t, fault.Kinds(), len(want), "the list is closed")
	for _, kind := range fault.Kinds() {
		t.Run("I3 "+string(kind), func(t *testing.T) {
			t.Parallel()
			e := fault.New(kind, "it is %d", 1)
			assert.Equal(t, want[kind], kind.Status())
			assert.Equal(t, want[kind], e.HTTPStatus())
			assert.NotEqual(t, string(kind), kind.Title(), "said in words")
			assert.Equal(t, kind == fault.RateLimited || kind == fault.Unavailable, e.Retryable())
			wrapped := fmt.Errorf("around: %w", e)
			require.ErrorIs(t, wrapped, kind)
			for _, other := range fault.Kinds() {
				assert.Equal(t, other == kind, errors.Is(wrapped, other))
			}
			assert.Equal(t, string(kind), kind.Error())
		})
	}
	assert.Equal(t, 500, fault.Kind("no kind").Status())
	assert.Equal(t, "no kind", fault.Kind("no kind").Title())
}

func TestError(t *testing.T) {
	t.Parallel()
	assert.EqualError(t, fault.New(fault.NotFound, "There is none.").Because("not_found"), "not_found: There is none.")
	assert.EqualError(t, fault.New(fault.Conflict, "It is.").Because("state"), "conflict (state): It is.")
	e := fault.New(fault.InvalidInput, "x")
	e.Status = 415
	assert.Equal(t, 415, e.HTTPStatus())
}

func TestInvalid(t *testing.T) {
	t.Parallel()
	violations := make([]fault.Violation, 25)
	for i := range violations {
		violations[i] = fault.Violation{Field: fmt.Sprintf("/f%d", i), Rule: fault.RuleRequired, Detail: fmt.Sprintf("Give f%d.", i)}
	}
	one := fault.Invalid(violations[0])
	assert.Equal(t, "Give f0.", one.Detail)
	assert.EqualError(t, one, "invalid_input (validation): Give f0.")
	two := fault.Invalid(violations[:2]...)
	assert.EqualError(t, two, "invalid_input (validation): The input breaks 2 rules. Give f0. Give f1.")
	many := fault.Invalid(violations...)
	assert.Len(t, many.Violations, fault.MaxViolations)
	assert.Equal(t, "The input breaks 25 rules; the first 20 are listed.", many.Detail)
	assert.ErrorIs(t, many, fault.InvalidInput)
}

func TestFrom(t *testing.T) {
	t.Parallel()
	e := fault.New(fault.Conflict, "x")
	assert.Same(t, e, fault.From(e))
	assert.Same(t, e, fault.From(fmt.Errorf("around: %w", e)))
	cause := errors.New("a bug with canary-0123456789")
	unexpected := fault.From(cause)
	assert.ErrorIs(t, unexpected, fault.Internal)
	assert.Equal(t, cause, unexpected.Cause)
	assert.NotContains(t, unexpected.Error(), "canary", "what was not foreseen is for the log alone")
	problem, err := json.Marshal(unexpected.Problem())
	require.NoError(t, err)
	assert.NotContains(t, string(problem), "canary")
}

func TestProblem(t *testing.T) {
	t.Parallel()
	e := fault.New(fault.RateLimited, "WeCom refused the call.").Because("rate_limited").WithHint("Wait.")
	e.Action, e.RequestID, e.RetryAfter = "message.text.send", "r1", 1500*time.Millisecond
	e.WeCom = &fault.WeCom{Errcode: 45009, Errmsg: "api freq out of limit"}
	e.Violations = []fault.Violation{{Field: "/touser", Rule: fault.RuleItems, Limit: "1..1000", Given: "1001", Detail: "Give fewer."}}
	e.Cause = errors.New("canary")
	assert.JSONEq(t, `{
		"type":"about:blank","title":"Too many requests","status":429,"detail":"WeCom refused the call.",
		"kind":"rate_limited","reason":"rate_limited","action":"message.text.send","hint":"Wait.","retryable":true,"retry_after_ms":1500,
		"violations":[{"field":"/touser","rule":"items","limit":"1..1000","given":"1001","detail":"Give fewer."}],
		"wecom":{"errcode":45009,"errmsg":"api freq out of limit"},"request_id":"r1"}`, string(e.JSON()))
	assert.JSONEq(t, `{"type":"about:blank","title":"Internal error","status":500,"detail":"x","kind":"internal","retryable":false}`, string(fault.New(fault.Internal, "x").JSON()))
	assert.Contains(t, string(fault.New(fault.Internal, "a < b").JSON()), "a < b", "raw UTF-8")
}
