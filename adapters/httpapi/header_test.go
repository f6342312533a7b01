package httpapi_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheLimitsOfAHeader(t *testing.T) {
	t.Parallel()
	s := start(t)
	for _, test := range []struct {
		name    string
		headers string
		status  int
	}{
		// Host does not count, Content-Type and Content-Length do.
		{"B97 100 fields", fields(98), 200},
		{"B97 101 fields", fields(99), 431},
		{"B97 100 fields of one name", strings.Repeat("X-Same: y\r\n", 98), 200},
		{"B97 101 fields of one name", strings.Repeat("X-Same: y\r\n", 99), 431},
		{"B97 15 KiB", "X-Long: " + strings.Repeat("y", 15<<10) + "\r\n", 200},
		{"B97 16 KiB and a byte", "X-Long: " + strings.Repeat("y", 16<<10+1) + "\r\n", 431},
		{"B97 1 MiB", "X-Long: " + strings.Repeat("y", 1<<20) + "\r\n", 431},
		{"B97 a NUL in a value", "X-Nul: a\x00b\r\n", 400},
		{"B97 a NUL in a name", "X-N\x00ul: a\r\n", 400},
		{"B97 a bare CR in a value", "X-Cr: a\rb\r\n", 400},
		{"B97 a line without a colon", "nonsense\r\n", 400},
		{"B97 a space before the colon", "X-Space : a\r\n", 400},
		{"B97 two transfer encodings", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", 501},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			answer := s.raw(t, rawPost(sendText, "Content-Length: 41\r\n"+test.headers, goodText))
			assert.Equal(t, test.status, answer.status, string(answer.body))
		})
	}
}

func fields(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "X-F%d: y\r\n", i)
	}
	return b.String()
}

// net/http lets Transfer-Encoding win and forgets the Content-Length. What could be a second request in the eyes of
// whoever stands in front must not be answered as one.
func TestB97ContentLengthBesideTransferEncodingSmugglesNothing(t *testing.T) {
	t.Parallel()
	s := start(t)
	hidden := rawPost("/actions/chatbot.text.send", "Content-Length: 20\r\n", `{"content":"hidden"}`)
	chunked := fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(goodText), goodText)
	conn := s.dial(t)
	_, err := conn.Write([]byte(rawPost(sendText, "Content-Length: 999\r\nTransfer-Encoding: chunked\r\n", chunked+hidden)))
	require.NoError(t, err)
	said, err := io.ReadAll(conn)
	require.NoError(t, err, "the connection is closed")
	assert.Equal(t, 1, strings.Count(string(said), "HTTP/1.1"), string(said))
	assert.True(t, strings.HasPrefix(string(said), "HTTP/1.1 200 OK\r\n"), string(said))
	assert.Contains(t, string(said), "Connection: close\r\n")
	assert.Equal(t, 1, s.sent())
}

func TestRequestIDs(t *testing.T) {
	t.Parallel()
	s := start(t)
	for _, test := range []struct {
		name, id string
		kept     bool
	}{
		{"B98 a good one", "Abc-1.2_3", true},
		{"B98 128 characters", strings.Repeat("x", 128), true},
		{"B98 129 characters", strings.Repeat("x", 129), false},
		{"B98 10 KB", strings.Repeat("x", 10<<10), false},
		{"B98 with a space", "a b", false},
		{"B98 not ASCII", "请求", false},
		{"B98 markup", "<b>", false},
		{"B98 with a percent sign", "a%0d%0ab", false},
		{"B98 empty", "", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, answer := range []answer{
				s.get(t, "/health/live", header{"X-Request-Id", test.id}),
				s.get(t, "/nowhere", header{"X-Request-Id", test.id}),
				s.post(t, "/actions/chatbot.text.send", `{"content":""}`, header{"X-Request-Id", test.id}),
			} {
				have := answer.header.Get("X-Request-Id")
				assert.Regexp(t, `^[A-Za-z0-9._-]{1,128}$`, have)
				assert.Equal(t, test.kept, have == test.id)
			}
		})
	}
	t.Run("B98 with a line break", func(t *testing.T) {
		t.Parallel()
		answer := s.raw(t, "GET /health/live HTTP/1.1\r\nHost: x\r\nX-Request-Id: a\r\n b: c\r\n\r\n")
		assert.NotContains(t, answer.header.Get("X-Request-Id"), "b: c")
	})
	t.Run("B98 two of them", func(t *testing.T) {
		t.Parallel()
		answer := s.raw(t, "GET /health/live HTTP/1.1\r\nHost: x\r\nX-Request-Id: a\r\nX-Request-Id: b\r\n\r\n")
		assert.Greater(t, len(answer.header.Get("X-Request-Id")), 1)
	})
}

func TestTraceParents(t *testing.T) {
	t.Parallel()
	const trace, parent = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
	for _, test := range []struct {
		name, value string
		want        any // nil where it is ignored
	}{
		{"B99 a good one", "00-" + trace + "-" + parent + "-01", trace},
		{"B99 of a later version", "01-" + trace + "-" + parent + "-01-more", trace},
		{"B99 version ff", "ff-" + trace + "-" + parent + "-01", nil},
		{"B99 a trace id of zeros", "00-" + strings.Repeat("0", 32) + "-" + parent + "-01", nil},
		{"B99 a parent id of zeros", "00-" + trace + "-" + strings.Repeat("0", 16) + "-01", nil},
		{"B99 upper case", "00-" + strings.ToUpper(trace) + "-" + parent + "-01", nil},
		{"B99 too short", "00-" + trace + "-" + parent, nil},
		{"B99 version 00 with more", "00-" + trace + "-" + parent + "-01-more", nil},
		{"B99 a later version that runs on", "01-" + trace + "-" + parent + "-01more", nil},
		{"B99 other separators", "00_" + trace + "_" + parent + "_01", nil},
		{"B99 no hex", "00-" + strings.Repeat("g", 32) + "-" + parent + "-01", nil},
		{"B99 not ASCII", strings.Repeat("追", 20), nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := start(t)
			s.post(t, sendText, goodText, header{"Traceparent", test.value}).result(t)
			lines := s.log.Lines(t)
			require.Len(t, lines, 1)
			assert.Equal(t, test.want, lines[0]["trace_id"])
		})
	}
}

func TestIdempotencyKeys(t *testing.T) {
	t.Parallel()
	s := start(t)
	for _, test := range []struct {
		name, key string
		status    int
	}{
		{"B100 a good one", "order-4711", 200},
		{"B100 255 characters", strings.Repeat("k", 255), 200},
		{"B100 256 characters", strings.Repeat("k", 256), 400},
		{"B100 empty", "", 400},
		{"B100 with a space", "a b", 400},
		{"B100 not ASCII", "钥匙", 400},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			answer := s.post(t, sendText, goodText, header{"Idempotency-Key", test.key})
			if test.status == http.StatusOK {
				assert.Contains(t, fmt.Sprint(answer.result(t)["warnings"]), "not acted upon")
				return
			}
			assert.Equal(t, test.status, answer.status)
			assert.Equal(t, "idempotency_key", answer.problem(t).Reason)
		})
	}
}
