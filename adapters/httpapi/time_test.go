package httpapi_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/adapters/httpapi"
	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

func TestTheServersLimits(t *testing.T) {
	t.Parallel()
	server := httpapi.NewServer(http.NotFoundHandler())
	assert.Equal(t, 5*time.Second, server.ReadHeaderTimeout)
	assert.Equal(t, 15*time.Second, server.ReadTimeout)
	assert.Equal(t, 20*time.Second, server.WriteTimeout)
	assert.Equal(t, 60*time.Second, server.IdleTimeout)
	assert.Equal(t, 16<<10, server.MaxHeaderBytes)
}

// quick is the server with shorter patience.
func quick(s *setup) {
	s.server = func(server *http.Server) {
		server.ReadHeaderTimeout, server.ReadTimeout, server.IdleTimeout = 300*time.Millisecond, 500*time.Millisecond, 300*time.Millisecond
	}
}

func TestClientsThatTakeTheirTime(t *testing.T) {
	t.Parallel()
	s := start(t, quick)
	t.Run("B96 a header that does not end is cut off", func(t *testing.T) {
		t.Parallel()
		conn := s.dial(t)
		go trickle(conn, "POST "+sendText+" HTTP/1.1\r\nX-Slow: "+strings.Repeat("y", 1000))
		begun := time.Now()
		_, _ = io.ReadAll(conn) // ends when the server ends the connection, with or without a word
		assert.Less(t, time.Since(begun), 5*time.Second)
	})
	t.Run("B96 a body that does not end is refused", func(t *testing.T) {
		t.Parallel()
		conn := s.dial(t)
		go trickle(conn, rawPost(sendText, "Content-Length: 1000\r\n", strings.Repeat(" ", 1000)))
		answer := readAnswer(t, conn)
		assert.Equal(t, http.StatusBadRequest, answer.status)
		assert.Equal(t, "timeout", answer.problem(t).Reason)
	})
	t.Run("B96 an idle connection is closed", func(t *testing.T) {
		t.Parallel()
		conn := s.dial(t)
		_, err := io.ReadAll(conn)
		require.NoError(t, err)
	})
}

// trickle sends the request line and so on in small parts.
func trickle(to io.Writer, request string) {
	for len(request) > 0 {
		n := min(len(request), 20)
		if _, err := io.WriteString(to, request[:n]); err != nil {
			return
		}
		request = request[n:]
		time.Sleep(50 * time.Millisecond)
	}
}

func TestB96IdleConnectionsDisturbNobody(t *testing.T) {
	t.Parallel()
	s := start(t)
	for range 500 {
		s.dial(t)
	}
	begun := time.Now()
	for range 20 {
		s.post(t, sendText, goodText).result(t)
	}
	assert.Less(t, time.Since(begun), 5*time.Second)
}

func TestTheServersReadTimeoutDoesNotEndACall(t *testing.T) {
	t.Parallel()
	s := start(t, quick)
	require.NoError(t, s.sim.SetFaults(slow(900)))
	s.post(t, sendText, goodText).result(t)
}

func slow(milliseconds int) wecomsim.Faults {
	return wecomsim.Faults{Faults: []wecomsim.Fault{
		{Match: wecomsim.Match{Path: "/cgi-bin/message/send"}, Do: wecomsim.Do{DelayMS: milliseconds}},
	}}
}

func TestADeadlineIsKept(t *testing.T) {
	t.Parallel()
	s := start(t, func(s *setup) { s.options.Timeout = 300 * time.Millisecond })
	require.NoError(t, s.sim.SetFaults(slow(5000)))
	begun := time.Now()
	answer := s.post(t, sendText, goodText)
	assert.Equal(t, http.StatusGatewayTimeout, answer.status)
	assert.Equal(t, "timeout", answer.problem(t).Reason)
	assert.InDelta(t, 300, time.Since(begun).Milliseconds(), 150)
}

func TestACallerThatGoesAway(t *testing.T) {
	t.Parallel()
	s := start(t)
	require.NoError(t, s.sim.SetFaults(slow(5000)))
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+sendText, strings.NewReader(goodText))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	_, err = http.DefaultTransport.RoundTrip(req) //nolint:bodyclose // there is none
	require.Error(t, err)
	require.Eventually(t, func() bool { return len(s.log.Lines(t)) == 1 }, 3*time.Second, 10*time.Millisecond)
	assert.Equal(t, "canceled", s.log.Lines(t)[0]["kind"])
}
