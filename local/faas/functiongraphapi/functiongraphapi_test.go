package functiongraphapi_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/local/faas/functiongraphapi"
)

func start(t *testing.T) *functiongraphapi.API {
	t.Helper()
	api, err := functiongraphapi.New()
	require.NoError(t, err)
	t.Cleanup(api.Close)
	return api
}

// do is a request of a runtime written by hand.
func do(t *testing.T, api *functiongraphapi.API, method, path, body string) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, "http://"+api.Address()+"/v1/runtime/invocation/"+path, strings.NewReader(body))
	require.NoError(t, err)
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer, string(data)
}

type outcome struct {
	functiongraphapi.Answer
	err error
}

func invoke(ctx context.Context, api *functiongraphapi.API, i functiongraphapi.Invocation) <-chan outcome {
	done := make(chan outcome, 1)
	go func() {
		answer, err := api.Invoke(ctx, i)
		done <- outcome{answer, err}
	}()
	return done
}

func TestAnEventIsHandedOutAndAnswered(t *testing.T) {
	t.Parallel()
	api := start(t)
	done := invoke(t.Context(), api, functiongraphapi.Invocation{
		Payload: []byte(`{"a":1}`), RequestID: "r1", Async: true, Header: map[string]string{"X-Cff-Auth-Token": "", "X": "y"},
	})
	got, body := do(t, api, http.MethodGet, "request", "")
	assert.Equal(t, `{"a":1}`, body)
	assert.Equal(t, "r1", got.Header.Get("X-Cff-Request-Id"))
	assert.Equal(t, "async", got.Header.Get("X-Cff-Invoke-Type"))
	assert.Contains(t, got.Header.Get("X-Cff-Secret-Key"), functiongraphapi.Canary)
	assert.Empty(t, got.Header.Get("X-Cff-Auth-Token"))
	assert.Equal(t, "y", got.Header.Get("X"))
	answer, _ := do(t, api, http.MethodPost, "response/r1", "fine")
	assert.Equal(t, http.StatusOK, answer.StatusCode)
	result := <-done
	require.NoError(t, result.err)
	assert.Equal(t, "fine", string(result.Payload))
	assert.Nil(t, result.Error)
	again, _ := do(t, api, http.MethodPost, "response/r1", "fine")
	assert.Equal(t, http.StatusNotFound, again.StatusCode, "it is answered once")
	assert.Equal(t, 1, api.Polls())
}

func TestFailuresAreReported(t *testing.T) {
	t.Parallel()
	api := start(t)
	done := invoke(t.Context(), api, functiongraphapi.Invocation{RequestID: "r1"})
	do(t, api, http.MethodGet, "request", "")
	bad, _ := do(t, api, http.MethodPost, "error/r1", "not JSON")
	assert.Equal(t, http.StatusBadRequest, bad.StatusCode)
	large, _ := do(t, api, http.MethodPost, "response/r1", strings.Repeat("x", 6<<20+1))
	assert.Equal(t, http.StatusRequestEntityTooLarge, large.StatusCode)
	do(t, api, http.MethodPost, "error/r1", `{"errorType":"not_found","errorMessage":"m"}`)
	result := <-done
	require.NoError(t, result.err)
	assert.EqualError(t, result.Error, "not_found: m")
}

func TestPatienceEnds(t *testing.T) {
	t.Parallel()
	api := start(t)
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := api.Invoke(short, functiongraphapi.Invocation{})
	require.ErrorContains(t, err, "no runtime polled")

	short, cancel = context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	done := invoke(short, api, functiongraphapi.Invocation{RequestID: "r1"})
	do(t, api, http.MethodGet, "request", "")
	require.ErrorContains(t, (<-done).err, "the runtime did not answer")

	done = invoke(t.Context(), api, functiongraphapi.Invocation{})
	api.Close()
	require.ErrorContains(t, (<-done).err, "closed")
}
