package lambdaapi_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/local/faas/child"
	"github.com/wecom-functions/wecom-functions/local/faas/lambdaapi"
)

// runtime is one written by hand.
type runtime struct {
	t    *testing.T
	base string
}

func start(t *testing.T) (*lambdaapi.API, runtime) {
	t.Helper()
	api, err := lambdaapi.New()
	require.NoError(t, err)
	t.Cleanup(api.Close)
	return api, runtime{t, "http://" + api.Address() + "/2018-06-01/runtime/"}
}

func (r runtime) do(method, path, body string) child.Response {
	r.t.Helper()
	return child.Do(r.t, method, r.base+path, strings.NewReader(body))
}

func TestAnInvocationIsHandedOutAndAnswered(t *testing.T) {
	t.Parallel()
	api, runtime := start(t)
	done := child.Invoking(t.Context(), api, lambdaapi.Invocation{
		Payload: []byte(`{"a":1}`), RequestID: "r1", Deadline: time.UnixMilli(1_770_026_400_123),
		Header: map[string]string{"Lambda-Runtime-Trace-Id": "", "X": "y"},
	})
	got := runtime.do(http.MethodGet, "invocation/next", "")
	assert.Equal(t, `{"a":1}`, got.Body)
	assert.Equal(t, "r1", got.Header.Get("Lambda-Runtime-Aws-Request-Id"))
	assert.Equal(t, "1770026400123", got.Header.Get("Lambda-Runtime-Deadline-Ms"))
	assert.Empty(t, got.Header.Get("Lambda-Runtime-Trace-Id"))
	assert.Equal(t, "y", got.Header.Get("X"))
	answer := runtime.do(http.MethodPost, "invocation/r1/response", "fine")
	assert.Equal(t, http.StatusAccepted, answer.Status)
	result := <-done
	require.NoError(t, result.Err)
	assert.Equal(t, "fine", string(result.Answer.Payload))
	assert.Nil(t, result.Answer.Error)
	again := runtime.do(http.MethodPost, "invocation/r1/response", "fine")
	assert.Equal(t, http.StatusBadRequest, again.Status, "it is answered once")
	assert.Equal(t, 1, api.Polls())
}

func TestFailuresAreReported(t *testing.T) {
	t.Parallel()
	api, runtime := start(t)
	done := child.Invoking(t.Context(), api, lambdaapi.Invocation{RequestID: "r1"})
	runtime.do(http.MethodGet, "invocation/next", "")
	bad := runtime.do(http.MethodPost, "invocation/r1/error", "not JSON")
	assert.Equal(t, http.StatusBadRequest, bad.Status)
	runtime.do(http.MethodPost, "invocation/r1/error", `{"errorType":"not_found","errorMessage":"m"}`)
	result := <-done
	require.NoError(t, result.Err)
	assert.EqualError(t, result.Answer.Error, "not_found: m")
	unknown := runtime.do(http.MethodPost, "invocation/r1/error", `{}`)
	assert.Equal(t, http.StatusBadRequest, unknown.Status)

	runtime.do(http.MethodPost, "init/error", `{"errorType":"t","errorMessage":"m"}`)
	bad = runtime.do(http.MethodPost, "init/error", `[`)
	assert.Equal(t, http.StatusBadRequest, bad.Status)
	assert.Equal(t, []lambdaapi.FunctionError{{Type: "t", Message: "m"}}, api.InitFailures())
}

func TestAnAnswerOverSixMegabytesIsRefused(t *testing.T) {
	t.Parallel()
	api, runtime := start(t)
	done := child.Invoking(t.Context(), api, lambdaapi.Invocation{RequestID: "r1"})
	runtime.do(http.MethodGet, "invocation/next", "")
	refused := runtime.do(http.MethodPost, "invocation/r1/response", strings.Repeat("x", 6_291_557))
	assert.Equal(t, http.StatusRequestEntityTooLarge, refused.Status)
	assert.Equal(t, "Function.ResponseSizeTooLarge", (<-done).Answer.Error.Type)
}
