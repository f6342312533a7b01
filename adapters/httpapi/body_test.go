package httpapi_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/adapters/httpapi"
	"github.com/wecom-functions/wecom-functions/core/fault"
)

func TestBodiesThatAreNoInput(t *testing.T) {
	t.Parallel()
	s := start(t)
	for _, test := range []struct {
		name, body string
		rule       fault.Rule
		says       string
	}{
		{"B01 nothing", "", fault.RuleRequired, "JSON object"},
		{"B01 spaces alone", " \r\n\t ", fault.RuleRequired, "JSON object"},
		{"B02 null", "null", fault.RuleType, "must be a JSON object"},
		{"B02 a list", "[]", fault.RuleType, "must be a JSON object"},
		{"B02 a string", `"x"`, fault.RuleType, "must be a JSON object"},
		{"B02 a number", "1", fault.RuleType, "must be a JSON object"},
		{"B03 truncated", `{"content":"x"`, fault.RuleFormat, "byte 14"},
		{"B03 single quotes", `{'content':'x'}`, fault.RuleFormat, "at byte 1"},
		{"B03 a comment", `{/**/"content":"x"}`, fault.RuleFormat, "at byte 1"},
		{"B03 a trailing comma", `{"content":"x",}`, fault.RuleFormat, "at byte 1"},
		{"B04 two objects", goodText + goodText, fault.RuleFormat, "goes on after"},
		{"B04 garbage behind", goodText + "x", fault.RuleFormat, "goes on after"},
		{"B05 a key twice, the same value", `{"touser":"a","content":"x","content":"x"}`, fault.RuleDuplicate, "twice"},
		{"B05 a key twice, another value", `{"touser":"a","content":"x","content":"y"}`, fault.RuleDuplicate, "twice"},
		{"B08 33 levels", nested(33), fault.RuleFormat, "deeper than 32"},
		{"B08 10,000 levels", nested(10_000), fault.RuleFormat, "deeper than 32"},
		{"B08 1,000,000 levels", nested(1_000_000), fault.RuleFormat, "deeper than 32"},
		{"B09 a list of 2 million numbers", `{"x":[` + strings.Repeat("1,", 2_000_000) + `1]}`, fault.RuleFormat, "more than 20,000"},
		{"B09 200,000 keys", manyKeys(200_000), fault.RuleFormat, "more than 20,000"},
		{"B12 UTF-16 without a mark", utf16le(goodText), fault.RuleFormat, "not valid JSON"},
		{"B12 UTF-16", utf16le("\ufeff" + goodText), fault.RuleFormat, "not valid UTF-8"},
		{"B12 GBK", "{\"touser\":\"a\",\"content\":\"\xc4\xe3\xba\xc3\"}", fault.RuleFormat, "not valid UTF-8"},
		{"B12 Latin-1", "{\"touser\":\"a\",\"content\":\"caf\xe9\"}", fault.RuleFormat, "not valid UTF-8"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			answer := s.post(t, sendText, test.body)
			problem := answer.problem(t)
			require.Equal(t, http.StatusBadRequest, answer.status, string(answer.body))
			require.NotEmpty(t, problem.Violations)
			assert.Equal(t, test.rule, problem.Violations[0].Rule)
			assert.Contains(t, problem.Violations[0].Detail, test.says)
			assert.Zero(t, s.sent())
		})
	}
}

func nested(levels int) string {
	return `{"content":` + strings.Repeat("[", levels-1) + strings.Repeat("]", levels-1) + `}`
}

func manyKeys(n int) string {
	var b strings.Builder
	b.WriteString(`{"k":{`)
	for i := range n {
		fmt.Fprintf(&b, `"k%d":1,`, i)
	}
	b.WriteString(`"end":1}}`)
	return b.String()
}

func utf16le(s string) string {
	var b strings.Builder
	for _, unit := range utf16.Encode([]rune(s)) {
		b.WriteByte(byte(unit))
		b.WriteByte(byte(unit >> 8))
	}
	return b.String()
}

func TestBodiesOverTheLimitAreRefusedBeforeTheyAreDecoded(t *testing.T) {
	t.Parallel()
	s := start(t)
	for _, test := range []struct{ name, body string }{
		{"B09 a list of 5 million numbers", `{"x":[` + strings.Repeat("1,", 5_000_000) + `1]}`},
		{"B09 a million keys", manyKeys(1_000_000)},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			assertTooLarge(t, s.post(t, sendText, test.body))
		})
	}
}

func assertTooLarge(t *testing.T, a answer) {
	t.Helper()
	assert.Equal(t, http.StatusRequestEntityTooLarge, a.status, string(a.body))
	assert.Equal(t, fault.TooLarge, a.problem(t).Kind)
	assert.Equal(t, "payload_too_large", a.problem(t).Reason)
}

func TestB11AByteOrderMarkIsAccepted(t *testing.T) {
	t.Parallel()
	start(t).post(t, sendText, "\ufeff"+goodText).result(t)
}

func TestContentTypes(t *testing.T) {
	t.Parallel()
	s := start(t)
	for _, test := range []struct {
		name, value string
		status      int
	}{
		{"B13 JSON", "application/json", 200},
		{"B13 JSON in UTF-8", "application/json; charset=utf-8", 200},
		{"B13 JSON in UTF-8, in capitals", "Application/JSON;charset=\"UTF-8\"", 200},
		{"B13 JSON with a parameter of its own", "application/json; profile=x", 200},
		{"B13 JSON in another charset", "application/json; charset=gbk", 415},
		{"B13 none", "", 415},
		{"B13 text", "text/plain", 415},
		{"B13 a form", "application/x-www-form-urlencoded", 415},
		{"B13 a multipart form", "multipart/form-data; boundary=x", 415},
		{"B13 something like JSON", "application/jsonp", 415},
		{"B13 garbage", "application/json; =", 415},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			answer := s.post(t, sendText, goodText, header{"Content-Type", test.value})
			require.Equal(t, test.status, answer.status, string(answer.body))
			if test.status == http.StatusUnsupportedMediaType {
				assert.Equal(t, fault.InvalidInput, answer.problem(t).Kind)
				assert.Equal(t, "message.text.send", answer.problem(t).Action)
			}
		})
	}
	t.Run("B13 two of them", func(t *testing.T) {
		t.Parallel()
		request := rawPost(sendText, "Content-Type: application/json\r\nContent-Length: 41\r\n", goodText)
		assert.Equal(t, http.StatusUnsupportedMediaType, s.raw(t, request).status)
	})
}

func TestContentEncodings(t *testing.T) {
	t.Parallel()
	s := start(t)
	gzipHeader := header{"Content-Encoding", "gzip"}
	t.Run("B14 gzip", func(t *testing.T) {
		t.Parallel()
		s.post(t, sendText, zipped(t, strings.NewReader(goodText)), gzipHeader).result(t)
	})
	t.Run("B14 identity", func(t *testing.T) {
		t.Parallel()
		s.post(t, sendText, goodText, header{"Content-Encoding", "identity"}).result(t)
	})
	t.Run("B14 a gzip bomb of 1 GiB", func(t *testing.T) {
		t.Parallel()
		bomb := strings.Repeat(zipped(t, io.LimitReader(zeros{}, 1<<20)), 1<<10) // gzip may be strung together
		begun := time.Now()
		assertTooLarge(t, s.post(t, sendText, bomb, gzipHeader))
		assert.Less(t, time.Since(begun), 3*time.Second)
	})
	t.Run("B14 a bomb within a bomb", func(t *testing.T) {
		t.Parallel()
		inner := zipped(t, io.LimitReader(zeros{}, 1<<24))
		answer := s.post(t, sendText, zipped(t, strings.NewReader(inner)), gzipHeader)
		assert.Equal(t, http.StatusBadRequest, answer.status, "it is unpacked once, and then no JSON")
	})
	for _, test := range []struct {
		name, encoding, body string
		status               int
	}{
		{"B14 br", "br", goodText, 415},
		{"B14 deflate", "deflate", goodText, 415},
		{"B14 gzip twice", "gzip, gzip", goodText, 415},
		{"B14 no gzip though it says so", "gzip", goodText, 400},
		{"B14 gzip that breaks off", "gzip", zipped(t, strings.NewReader(goodText))[:20], 400},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			answer := s.post(t, sendText, test.body, header{"Content-Encoding", test.encoding})
			assert.Equal(t, test.status, answer.status, string(answer.body))
			assert.Equal(t, "content_encoding", answer.problem(t).Reason)
		})
	}
}

func zipped(t *testing.T, from io.Reader) string {
	t.Helper()
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	require.NoError(t, err)
	_, err = io.Copy(w, from)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.String()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// padded is a good input of a size.
func padded(size int) string {
	return goodText + strings.Repeat(" ", size-len(goodText))
}

func TestTheLimitOfABody(t *testing.T) {
	t.Parallel()
	s := start(t)
	const limit = httpapi.DefaultMaxBody
	t.Run("B15 a body of the limit", func(t *testing.T) {
		t.Parallel()
		s.post(t, sendText, padded(limit)).result(t)
	})
	t.Run("B15 a byte more", func(t *testing.T) {
		t.Parallel()
		assertTooLarge(t, s.post(t, sendText, padded(limit+1)))
	})
	t.Run("B15 5 MiB: the client reads the answer, and no reset", func(t *testing.T) {
		t.Parallel()
		for range 10 {
			assertTooLarge(t, s.post(t, sendText, padded(5<<20)))
		}
	})
	t.Run("B15 in chunks, of the limit", func(t *testing.T) {
		t.Parallel()
		chunked := iotest.OneByteReader(strings.NewReader(goodText)) // of a type whose length net/http does not know
		s.do(t, http.MethodPost, sendText, chunked, header{"Content-Type", "application/json"}).result(t)
		s.do(t, http.MethodPost, sendText, io.MultiReader(strings.NewReader(padded(limit))), header{"Content-Type", "application/json"}).result(t)
	})
	t.Run("B15 in chunks, a byte more", func(t *testing.T) {
		t.Parallel()
		assertTooLarge(t, s.do(t, http.MethodPost, sendText, io.MultiReader(strings.NewReader(padded(limit+1))),
			header{"Content-Type", "application/json"}))
	})
	t.Run("B15 a client that waits to be told to go on is not told to", func(t *testing.T) {
		t.Parallel()
		answer := s.raw(t, rawPost(sendText, "Expect: 100-continue\r\nContent-Length: 99999999\r\n", ""))
		assertTooLarge(t, answer)
	})
	t.Run("B15 a client that waits to be told to go on", func(t *testing.T) {
		t.Parallel()
		s.post(t, sendText, goodText, header{"Expect", "100-continue"}).result(t)
	})
}

func TestALengthThatIsWrong(t *testing.T) {
	t.Parallel()
	s := start(t)
	for _, test := range []struct{ name, headers, body string }{
		{"B15 longer than the body", "Content-Length: 99\r\n", goodText},
		{"B15 negative", "Content-Length: -1\r\n", goodText},
		{"B15 no number", "Content-Length: x\r\n", goodText},
		{"B15 two that differ", "Content-Length: 41\r\nContent-Length: 42\r\n", goodText},
		{"B15 a chunk that is none", "Transfer-Encoding: chunked\r\n", "xyz\r\n"},
		{"B15 a chunk that breaks off", "Transfer-Encoding: chunked\r\n", "ff\r\n{}"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			conn := s.dial(t)
			_, err := io.WriteString(conn, rawPost(sendText, test.headers, test.body))
			require.NoError(t, err)
			require.NoError(t, conn.(*net.TCPConn).CloseWrite())
			assert.Equal(t, http.StatusBadRequest, readAnswer(t, conn).status)
			assert.Zero(t, s.sent())
		})
	}
	t.Run("B15 shorter than the body", func(t *testing.T) {
		t.Parallel()
		answer := s.raw(t, rawPost(sendText, "Content-Length: 20\r\n", goodText))
		assert.Equal(t, http.StatusBadRequest, answer.status)
	})
}

// held is a transport that holds every call until it is released.
type held struct{ arrived, released chan struct{} }

func (h held) RoundTrip(*http.Request) (*http.Response, error) {
	h.arrived <- struct{}{}
	<-h.released
	return nil, errors.New("no answer in this test")
}

func TestBytesInFlightAreBounded(t *testing.T) {
	t.Parallel()
	const size = 1 << 20
	bot := held{make(chan struct{}, 4), make(chan struct{})} // a call that cannot be sent is tried four times
	s := start(t, func(s *setup) {
		s.options.MaxInFlight = size * 3 / 2
		s.settings.Connections[1].Transport = bot
	})
	first := make(chan int, 1)
	go func() {
		first <- s.post(t, "/actions/chatbot.text.send", `{"content":"x"}`+strings.Repeat(" ", size)).status
	}()
	<-bot.arrived
	assertBusy(t, s.post(t, sendText, padded(size)))
	s.post(t, sendText, goodText).result(t)
	close(bot.released)
	assert.NotEqual(t, http.StatusTooManyRequests, <-first)
	s.post(t, sendText, padded(size)).result(t)
}

func assertBusy(t *testing.T, a answer) {
	t.Helper()
	problem := a.problem(t)
	assert.Equal(t, fault.RateLimited, problem.Kind)
	assert.Equal(t, "concurrency_limited", problem.Reason)
	assert.Equal(t, "1", a.header.Get("Retry-After"))
	assert.True(t, problem.Retryable)
}

func TestAnAnnouncedLengthAloneHoldsNothing(t *testing.T) {
	t.Parallel()
	s := start(t, func(s *setup) { s.options.MaxInFlight = 1 << 20 })
	for range 40 {
		conn := s.dial(t)
		_, err := io.WriteString(conn, rawPost(sendText, "Content-Length: "+strconv.Itoa(httpapi.DefaultMaxBody)+"\r\n", "{"))
		require.NoError(t, err)
	}
	s.post(t, sendText, goodText).result(t)
}
