package scfapi_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/local/faas/child"
	"github.com/wecom-functions/wecom-functions/local/faas/scfapi"
)

func start(t *testing.T) *scfapi.API {
	t.Helper()
	api, err := scfapi.New()
	require.NoError(t, err)
	t.Cleanup(api.Close)
	return api
}

// do is a request of a runtime written by hand.
func do(t *testing.T, api *scfapi.API, method, path, body string) child.Response {
	t.Helper()
	return child.Do(t, method, "http://"+api.Address()+"/runtime/"+path, strings.NewReader(body))
}

func post(t *testing.T, api *scfapi.API, path, body string) (status int) {
	t.Helper()
	return do(t, api, http.MethodPost, path, body).Status
}

func TestThereIsNoEventBeforeTheRuntimeIsReady(t *testing.T) {
	t.Parallel()
	api := start(t)
	done := child.Invoking(t.Context(), api, scfapi.Invocation{Payload: []byte("x")})
	short, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	early, err := http.NewRequestWithContext(short, http.MethodGet, "http://"+api.Address()+"/runtime/invocation/next", http.NoBody)
	require.NoError(t, err)
	_, err = http.DefaultClient.Do(early) //nolint:bodyclose // there is no answer
	require.ErrorIs(t, err, context.DeadlineExceeded)
	assert.Equal(t, 400, post(t, api, "init/ready", ""), "SCF takes no empty body")
	assert.Equal(t, 200, post(t, api, "init/ready", " "))
	assert.Equal(t, "x", do(t, api, http.MethodGet, "invocation/next", "").Body)
	assert.Equal(t, 200, post(t, api, "invocation/response", "fine"))
	assert.Equal(t, child.Outcome[scfapi.Answer]{Answer: scfapi.Answer{Payload: []byte("fine")}}, <-done)
}

func TestOneEventIsUnderWayAtATime(t *testing.T) {
	t.Parallel()
	api := start(t)
	assert.Equal(t, 200, post(t, api, "init/ready", " "))
	first := child.Invoking(t.Context(), api, scfapi.Invocation{Payload: []byte("1"), RequestID: "r1", Limit: 20 * time.Second, Header: map[string]string{"Memory_limit_in_mb": ""}})
	for range 2 {
		answer := do(t, api, http.MethodGet, "invocation/next", "")
		assert.Equal(t, "1", answer.Body, "who asks again gets the same one")
		assert.Equal(t, []string{"r1"}, answer.Header["Request_id"])
		assert.Equal(t, []string{"20000"}, answer.Header["Time_limit_in_ms"])
		assert.NotContains(t, answer.Header, "Memory_limit_in_mb")
	}
	second := child.Invoking(t.Context(), api, scfapi.Invocation{Payload: []byte("2")})
	assert.Equal(t, 413, post(t, api, "invocation/response", strings.Repeat("x", 6<<20+1)))
	assert.Equal(t, 200, post(t, api, "invocation/error", "bad"))
	assert.Equal(t, child.Outcome[scfapi.Answer]{Answer: scfapi.Answer{Payload: []byte("bad"), Failed: true}}, <-first)
	assert.Equal(t, "2", do(t, api, http.MethodGet, "invocation/next", "").Body)
	assert.Equal(t, 200, post(t, api, "invocation/response", "fine"))
	assert.Equal(t, 400, post(t, api, "invocation/response", "late"), "the first answer stands")
	assert.Equal(t, "fine", string((<-second).Answer.Payload))
	assert.Equal(t, 3, api.Polls())
	assert.Equal(t, 3, api.Handed())
}

func TestAnEventWaitsForTheOneUnderWay(t *testing.T) {
	t.Parallel()
	api := start(t)
	assert.Equal(t, 200, post(t, api, "init/ready", " "))
	short, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	first := child.Invoking(short, api, scfapi.Invocation{Payload: []byte("1")})
	assert.Equal(t, "1", do(t, api, http.MethodGet, "invocation/next", "").Body)
	shorter, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := api.Invoke(shorter, scfapi.Invocation{})
	require.ErrorContains(t, err, "no runtime polled for it")
	require.ErrorContains(t, (<-first).Err, "the runtime did not answer")
	assert.Equal(t, 400, post(t, api, "invocation/response", "late"))
}
