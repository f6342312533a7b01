package lambdaapi_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/local/faas/lambdaapi"
)

// client is a runtime written by hand.
type client struct {
	t    *testing.T
	base string
}

func start(t *testing.T) (*lambdaapi.API, client) {
	t.Helper()
	api, err := lambdaapi.New()
	require.NoError(t, err)
	t.Cleanup(api.Close)
	return api, client{t, "http://" + api.Address() + "/2018-06-01/runtime/"}
}

func (c client) do(method, path, body string) (*http.Response, string) {
	c.t.Helper()
	request, err := http.NewRequestWithContext(c.t.Context(), method, c.base+path, strings.NewReader(body))
	require.NoError(c.t, err)
	answer, err := http.DefaultClient.Do(request)
	require.NoError(c.t, err)
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	require.NoError(c.t, err)
	return answer, string(data)
}

type outcome struct {
	lambdaapi.Answer
	err error
}

func invoke(ctx context.Context, api *lambdaapi.API, i lambdaapi.Invocation) <-chan outcome {
	done := make(chan outcome, 1)
	go func() {
		answer, err := api.Invoke(ctx, i)
		done <- outcome{answer, err}
	}()
	return done
}

func TestAnInvocationIsHandedOutAndAnswered(t *testing.T) {
	t.Parallel()
	api, runtime := start(t)
	done := invoke(t.Context(), api, lambdaapi.Invocation{
		Payload: []byte(`{"a":1}`), RequestID: "r1", Deadline: time.UnixMilli(1_770_026_400_123),
		Header: map[string]string{"Lambda-Runtime-Trace-Id": "", "X": "y"},
	})
	got, body := runtime.do(http.MethodGet, "invocation/next", "")
	assert.Equal(t, `{"a":1}`, body)
	assert.Equal(t, "r1", got.Header.Get("Lambda-Runtime-Aws-Request-Id"))
	assert.Equal(t, "1770026400123", got.Header.Get("Lambda-Runtime-Deadline-Ms"))
	assert.Empty(t, got.Header.Get("Lambda-Runtime-Trace-Id"))
	assert.Equal(t, "y", got.Header.Get("X"))
	answer, _ := runtime.do(http.MethodPost, "invocation/r1/response", "fine")
	assert.Equal(t, http.StatusAccepted, answer.StatusCode)
	result := <-done
	require.NoError(t, result.err)
	assert.Equal(t, "fine", string(result.Payload))
	assert.Nil(t, result.Error)
	again, _ := runtime.do(http.MethodPost, "invocation/r1/response", "fine")
	assert.Equal(t, http.StatusBadRequest, again.StatusCode, "it is answered once")
	assert.Equal(t, 1, api.Polls())
}

func TestFailuresAreReported(t *testing.T) {
	t.Parallel()
	api, runtime := start(t)
	done := invoke(t.Context(), api, lambdaapi.Invocation{RequestID: "r1"})
	runtime.do(http.MethodGet, "invocation/next", "")
	bad, _ := runtime.do(http.MethodPost, "invocation/r1/error", "not JSON")
	assert.Equal(t, http.StatusBadRequest, bad.StatusCode)
	runtime.do(http.MethodPost, "invocation/r1/error", `{"errorType":"not_found","errorMessage":"m"}`)
	result := <-done
	require.NoError(t, result.err)
	assert.EqualError(t, result.Error, "not_found: m")
	unknown, _ := runtime.do(http.MethodPost, "invocation/r1/error", `{}`)
	assert.Equal(t, http.StatusBadRequest, unknown.StatusCode)

	runtime.do(http.MethodPost, "init/error", `{"errorType":"t","errorMessage":"m"}`)
	bad, _ = runtime.do(http.MethodPost, "init/error", `[`)
	assert.Equal(t, http.StatusBadRequest, bad.StatusCode)
	assert.Equal(t, []lambdaapi.FunctionError{{Type: "t", Message: "m"}}, api.InitFailures())
}

func TestAnAnswerOverSixMegabytesIsRefused(t *testing.T) {
	t.Parallel()
	api, runtime := start(t)
	done := invoke(t.Context(), api, lambdaapi.Invocation{RequestID: "r1"})
	runtime.do(http.MethodGet, "invocation/next", "")
	refused, _ := runtime.do(http.MethodPost, "invocation/r1/response", strings.Repeat("x", 6_291_557))
	assert.Equal(t, http.StatusRequestEntityTooLarge, refused.StatusCode)
	assert.Equal(t, "Function.ResponseSizeTooLarge", (<-done).Error.Type)
}

func TestPatienceEnds(t *testing.T) {
	t.Parallel()
	api, runtime := start(t)
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := api.Invoke(short, lambdaapi.Invocation{})
	require.ErrorContains(t, err, "no runtime polled")

	short, cancel = context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	done := invoke(short, api, lambdaapi.Invocation{RequestID: "r1"})
	runtime.do(http.MethodGet, "invocation/next", "")
	require.ErrorContains(t, (<-done).err, "the runtime did not answer")

	done = invoke(t.Context(), api, lambdaapi.Invocation{})
	api.Close()
	require.ErrorContains(t, (<-done).err, "closed")
}
