package loopback_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/local/faas/loopback"
)

func get(t *testing.T, s *loopback.Server) (string, error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.Address(), http.NoBody)
	require.NoError(t, err)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	return string(body), err
}

func TestAServerGoesAndComesBack(t *testing.T) {
	t.Parallel()
	s, err := loopback.Serve(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "here") }))
	require.NoError(t, err)
	t.Cleanup(s.Stop)
	body, err := get(t, s)
	require.NoError(t, err)
	assert.Equal(t, "here", body)
	s.Stop()
	_, err = get(t, s)
	require.Error(t, err)
	require.NoError(t, s.Resume())
	require.Error(t, s.Resume(), "it is there already")
	body, err = get(t, s)
	require.NoError(t, err)
	assert.Equal(t, "here", body)

	s.Before(func(w http.ResponseWriter, _ *http.Request) bool {
		_, _ = io.WriteString(w, "nonsense")
		return true
	})
	body, err = get(t, s)
	require.NoError(t, err)
	assert.Equal(t, "nonsense", body)
	s.Before(func(http.ResponseWriter, *http.Request) bool { return false })
	body, err = get(t, s)
	require.NoError(t, err)
	assert.Equal(t, "here", body)
}
