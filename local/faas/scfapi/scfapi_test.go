package scfapi_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

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
func do(ctx context.Context, api *scfapi.API, method, path, body string) (*http.Response, string, error) {
	request, err := http.NewRequestWithContext(ctx, method, "http://"+api.Address()+"/runtime/"+path, strings.NewReader(body))
	if err != nil {
		return nil, "", err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, "", err
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	return answer, string(data), err
}

func post(t *testing.T, api *scfapi.API, path, body string) int {
	t.Helper()
	answer, _, err := do(t.Context(), api, http.MethodPost, path, body)
	require.NoError(t, err)
	return answer.StatusCode
}

type outcome struct {
	scfapi.Answer
	err error
}

func invoke(ctx context.Context, api *scfapi.API, i scfapi.Invocation) <-chan outcome {
	done := make(chan outcome, 1)
	go func() {
		answer, err := api.Invoke(ctx, i)
		done <- outcome{answer, err}
	}()
	return done
}

func TestThereIsNoEventBeforeTheRuntimeIsReady(t *testing.T) {
	t.Parallel()
	api := start(t)
	done := invoke(t.Context(), api, scfapi.Invocation{Payload: []byte("x")})
	short, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, _, err := do(short, api, http.MethodGet, "invocation/next", "")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	assert.Equal(t, 400, post(t, api, "init/ready", ""), "SCF takes no empty body")
	assert.Equal(t, 200, post(t, api, "init/ready", " "))
	_, body, err := do(t.Context(), api, http.MethodGet, "invocation/next", "")
	require.NoError(t, err)
	assert.Equal(t, "x", body)
	assert.Equal(t, 200, post(t, api, "invocation/response", "fine"))
	assert.Equal(t, outcome{Answer: scfapi.Answer{Payload: []byte("fine")}}, <-done)
}

func TestOneEventIsUnderWayAtATime(t *testing.T) {
	t.Parallel()
	api := start(t)
	assert.Equal(t, 200, post(t, api, "init/ready", " "))
	first := invoke(t.Context(), api, scfapi.Invocation{Payload: []byte("1"), RequestID: "r1", Limit: 20 * time.Second, Header: map[string]string{"Memory_limit_in_mb": ""}})
	for range 2 {
		answer, body, err := do(t.Context(), api, http.MethodGet, "invocation/next", "")
		require.NoError(t, err)
		assert.Equal(t, "1", body, "who asks again gets the same one")
		assert.Equal(t, []string{"r1"}, answer.Header["Request_id"])
		assert.Equal(t, []string{"20000"}, answer.Header["Time_limit_in_ms"])
		assert.NotContains(t, answer.Header, "Memory_limit_in_mb")
	}
	second := invoke(t.Context(), api, scfapi.Invocation{Payload: []byte("2")})
	assert.Equal(t, 413, post(t, api, "invocation/response", strings.Repeat("x", 6<<20+1)))
	assert.Equal(t, 200, post(t, api, "invocation/error", "bad"))
	assert.Equal(t, outcome{Answer: scfapi.Answer{Payload: []byte("bad"), Failed: true}}, <-first)
	_, body, err := do(t.Context(), api, http.MethodGet, "invocation/next", "")
	require.NoError(t, err)
	assert.Equal(t, "2", body)
	assert.Equal(t, 200, post(t, api, "invocation/response", "fine"))
	assert.Equal(t, 400, post(t, api, "invocation/response", "late"), "the first answer stands")
	assert.Equal(t, "fine", string((<-second).Payload))
	assert.Equal(t, 3, api.Polls())
	assert.Equal(t, 3, api.Handed())
}

func TestPatienceEnds(t *testing.T) {
	t.Parallel()
	api := start(t)
	short, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	first := invoke(short, api, scfapi.Invocation{})
	time.Sleep(50 * time.Millisecond)
	shorter, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := api.Invoke(shorter, scfapi.Invocation{})
	require.ErrorContains(t, err, "another event is under way")
	require.ErrorContains(t, (<-first).err, "the runtime did not answer")
	done := invoke(t.Context(), api, scfapi.Invocation{})
	time.Sleep(50 * time.Millisecond)
	api.Close()
	require.ErrorContains(t, (<-done).err, "closed")
}
