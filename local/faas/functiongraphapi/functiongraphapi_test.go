package functiongraphapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/local/faas/child"
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
func do(t *testing.T, api *functiongraphapi.API, method, path, body string) child.Response {
	t.Helper()
	return child.Do(t, method, "http://"+api.Address()+"/v1/runtime/invocation/"+path, strings.NewReader(body))
}

func TestAnEventIsHandedOutAndAnswered(t *testing.T) {
	t.Parallel()
	api := start(t)
	done := child.Invoking(t.Context(), api, functiongraphapi.Invocation{
		Payload: []byte(`{"a":1}`), RequestID: "r1", Async: true, Header: map[string]string{"X-Cff-Auth-Token": "", "X": "y"},
	})
	got := do(t, api, http.MethodGet, "request", "")
	assert.Equal(t, `{"a":1}`, got.Body)
	assert.Equal(t, "r1", got.Header.Get("X-Cff-Request-Id"))
	assert.Equal(t, "async", got.Header.Get("X-Cff-Invoke-Type"))
	assert.Contains(t, got.Header.Get("X-Cff-Secret-Key"), functiongraphapi.Canary)
	assert.Empty(t, got.Header.Get("X-Cff-Auth-Token"))
	assert.Equal(t, "y", got.Header.Get("X"))
	answer := do(t, api, http.MethodPost, "response/r1", "fine")
	assert.Equal(t, http.StatusOK, answer.Status)
	result := <-done
	require.NoError(t, result.Err)
	assert.Equal(t, "fine", string(result.Answer.Payload))
	assert.Nil(t, result.Answer.Error)
	again := do(t, api, http.MethodPost, "response/r1", "fine")
	assert.Equal(t, http.StatusNotFound, again.Status, "it is answered once")
	assert.Equal(t, 1, api.Polls())
}

func TestFailuresAreReported(t *testing.T) {
	t.Parallel()
	api := start(t)
	done := child.Invoking(t.Context(), api, functiongraphapi.Invocation{RequestID: "r1"})
	do(t, api, http.MethodGet, "request", "")
	bad := do(t, api, http.MethodPost, "error/r1", "not JSON")
	assert.Equal(t, http.StatusBadRequest, bad.Status)
	large := do(t, api, http.MethodPost, "response/r1", strings.Repeat("x", 6<<20+1))
	assert.Equal(t, http.StatusRequestEntityTooLarge, large.Status)
	do(t, api, http.MethodPost, "error/r1", `{"errorType":"not_found","errorMessage":"m"}`)
	result := <-done
	require.NoError(t, result.Err)
	assert.EqualError(t, result.Answer.Error, "not_found: m")
}
