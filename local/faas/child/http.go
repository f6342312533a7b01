package child

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// Response is an answer over HTTP.
type Response struct {
	Status int
	Header http.Header
	Body   string
}

// Do makes a request over HTTP whose body is JSON; more is header fields, name and value by turns.
func Do(t testing.TB, method, url string, body io.Reader, more ...string) Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, body)
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(more); i += 2 {
		request.Header.Set(more[i], more[i+1])
	}
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return Response{answer.StatusCode, answer.Header, string(data)}
}
