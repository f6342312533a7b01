package wecomsim_test

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

// A server's WriteTimeout is for answers that end.
func TestEventsOutliveTheWriteTimeoutOfTheServer(t *testing.T) {
	t.Parallel()
	const timeout = 200 * time.Millisecond
	sim := wecomsim.New()
	t.Cleanup(sim.Close)
	server := httptest.NewUnstartedServer(sim)
	server.Config.WriteTimeout = timeout
	server.Start()
	t.Cleanup(server.Close)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/_sim/events", nil)
	require.NoError(t, err)
	w, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	t.Cleanup(func() { _ = w.Body.Close() })
	lines := bufio.NewScanner(w.Body)
	require.True(t, lines.Scan())
	require.Equal(t, ": listening", lines.Text())

	time.Sleep(2 * timeout)
	sim.Reset()
	for lines.Scan() && lines.Text() == "" { // the end of the first event
	}
	require.Equal(t, "event: reset", lines.Text(), "the stream ended")
}
