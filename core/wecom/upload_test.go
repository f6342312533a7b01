package wecom_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/core/media"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

const uploadPath = "media/upload"

// taken is what WeCom answers to an upload.
func taken(id string) reply {
	return says(`{"errcode":0,"errmsg":"","type":"file","media_id":"` + id + `","created_at":"1726000000"}`)
}

var report = media.Bytes{Name: "排班表.txt", Data: []byte("周一 张三")}

func upload(ctx context.Context, c wecom.Client, file media.Source) (*wecom.Uploaded, error) {
	return wecom.Upload(ctx, c, media.File, file)
}

// stream is a file that can be read but once.
func stream(size int64, content io.Reader) *media.Stream {
	return media.NewStream("a.bin", size, content, nil, media.Rules{Type: media.File}, "/content")
}

// reopened is a source like a link: its opening is counted.
type reopened struct {
	data   []byte
	opened atomic.Int64
	fails  *fault.Error // from the second opening on
}

func (r *reopened) Open(context.Context) (*media.Opened, error) {
	if n := r.opened.Add(1); n > 1 && r.fails != nil {
		return nil, r.fails
	}
	explain := func(int64, error) *fault.Error { return fault.New(fault.Unavailable, "broke off") }
	return media.Streamed("a.bin", int64(len(r.data)), bytes.NewReader(r.data), nil, explain), nil
}

func (r *reopened) Spent() bool { return false }

// withoutBoundary is the body of an upload without what is drawn by lot.
func withoutBoundary(r request) string {
	_, boundary, _ := strings.Cut(r.header.Get("Content-Type"), "boundary=")
	return strings.ReplaceAll(r.body, boundary, "B")
}

const reportBody = "--B\r\nContent-Disposition: form-data; name=\"media\"; filename=\"排班表.txt\"\r\nContent-Type: application/octet-stream\r\n\r\n周一 张三\r\n--B--\r\n"

func TestUpload(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.answers(uploadPath, taken("M1"), taken("M2"))
	app := newApp(t, f, impatient())
	for _, id := range []string{"M1", "M2"} {
		got, err := upload(t.Context(), app, report)
		require.NoError(t, err)
		assert.Equal(t, &wecom.Uploaded{MediaID: id, Type: "file", CreatedAt: 1726000000, ExpiresAt: 1726259200}, got)
	}
	calls := f.received()
	require.Len(t, calls, 2)
	assert.Equal(t, "file", calls[0].query.Get("type"))
	assert.Equal(t, http.MethodPost, calls[0].method)
	assert.Equal(t, reportBody, withoutBoundary(calls[0]))
	assert.NotEqual(t, calls[0].body, calls[1].body, "no content can know the boundary")
	assert.Empty(t, calls[0].header.Get("Transfer-Encoding"))
	assert.Len(t, f.tokenRequests(), 1)
}

func TestUploadByABot(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.answers("webhook/upload_media", taken("B1"))
	settings := connection.Settings{Name: "bot", Type: connection.Chatbot, Key: connection.Value(webhookKey), BaseURL: f.URL}
	got, err := upload(t.Context(), wecom.NewBot(settings, impatient()), report)
	require.NoError(t, err)
	assert.Equal(t, "B1", got.MediaID)
	assert.Equal(t, webhookKey, f.received()[0].query.Get("key"))
}

func TestCreatedAtAsWeComSaysIt(t *testing.T) {
	t.Parallel()
	now := time.Now().Unix()
	for said, want := range map[string]int64{`"1726000000"`: 1726000000, `1726000000`: 1726000000, `null`: now, `"soon"`: now, `-1`: now, `{}`: now} {
		f := newFake(t)
		f.answers(uploadPath, says(`{"errcode":0,"media_id":"M1","created_at":`+said+`}`))
		got, err := upload(t.Context(), newApp(t, f, impatient()), report)
		require.NoError(t, err)
		assert.InDelta(t, want, got.CreatedAt, 5, said)
		assert.Equal(t, got.CreatedAt+3*24*3600, got.ExpiresAt)
	}
}

// An upload is repeated as a read is: a file that nobody uses costs nothing.
func TestUploadsAreRepeated(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]reply{
		"a lost answer": resets, "an answer cut off": cutsOff("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"errcode\":0"),
		"a page of a gateway": status(502, htmlPage), "no JSON": says(htmlPage), "no media_id and no errcode": says(`{}`), "busy": errcode(-1), "429": status(429, "", "Retry-After", "0"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.answers(uploadPath, first, taken("M1"))
			got, err := upload(t.Context(), newApp(t, f, impatient()), report)
			require.NoError(t, err)
			assert.Equal(t, "M1", got.MediaID)
			calls := f.received()
			require.Len(t, calls, 2)
			assert.Equal(t, withoutBoundary(calls[0]), withoutBoundary(calls[1]))
		})
		t.Run(name+", of a stream", func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.answers(uploadPath, first, taken("M1"))
			_, err := upload(t.Context(), newApp(t, f, impatient()), stream(6, strings.NewReader("123456")))
			e := fault.From(err)
			assert.Contains(t, []fault.Kind{fault.Unavailable, fault.RateLimited}, e.Kind, "%v", err)
			assert.True(t, e.Retryable())
			assert.Len(t, f.received(), 1, "it could be read but once")
		})
	}
}

func TestUploadsThatAreRefused(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.answers(uploadPath, errcode(40006), errcode(60020))
	app := newApp(t, f, impatient())
	_, err := upload(t.Context(), app, report)
	requireFault(t, err, fault.InvalidInput, "validation")
	_, err = upload(t.Context(), app, report)
	requireFault(t, err, fault.ConnectionRejected, "upstream_permission")
	assert.Len(t, f.received(), 2)
}

func TestTheTokenDiesDuringAnUpload(t *testing.T) {
	t.Parallel()
	for _, dead := range []int64{42001, 40014} {
		t.Run(fmt.Sprintf("%d: bytes are sent again", dead), func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.answers(uploadPath, errcode(dead), taken("M1"))
			_, err := upload(t.Context(), newApp(t, f, impatient()), report)
			require.NoError(t, err)
			assert.Equal(t, []string{tokenCanary + "1", tokenCanary + "2"}, tokensOf(f.received()))
		})
		t.Run(fmt.Sprintf("%d: a link is fetched again", dead), func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.answers(uploadPath, errcode(dead), taken("M1"))
			link := &reopened{data: bytes.Repeat([]byte("x"), 1<<20)}
			_, err := upload(t.Context(), newApp(t, f, impatient()), link)
			require.NoError(t, err)
			assert.EqualValues(t, 2, link.opened.Load())
			assert.Equal(t, withoutBoundary(f.received()[0]), withoutBoundary(f.received()[1]))
		})
		t.Run(fmt.Sprintf("%d: a link that does not answer twice", dead), func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.answers(uploadPath, errcode(dead))
			link := &reopened{data: []byte("123456"), fails: fault.New(fault.InvalidInput, "The link answers HTTP status 403.").Because("link")}
			_, err := upload(t.Context(), newApp(t, f, impatient()), link)
			requireFault(t, err, fault.InvalidInput, "link")
		})
		t.Run(fmt.Sprintf("%d: a stream is for its sender to send again", dead), func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.answers(uploadPath, errcode(dead), taken("M1"))
			app := newApp(t, f, impatient())
			_, err := upload(t.Context(), app, stream(1<<20, bytes.NewReader(make([]byte, 1<<20))))
			e := requireFault(t, err, fault.Unavailable, "token_renewed")
			assert.NotContains(t, e.Error()+e.Hint, "canary")
			assert.Len(t, f.tokenRequests(), 2, "the token is renewed already")
			_, err = upload(t.Context(), app, stream(6, strings.NewReader("123456")))
			require.NoError(t, err)
			assert.Equal(t, []string{tokenCanary + "1", tokenCanary + "2"}, tokensOf(f.received()))
			assert.Len(t, f.tokenRequests(), 2)
		})
	}
}

// A stream of which nothing was read yet is as good as new: it must not be cancelled, which no sender takes back.
func TestAStreamThatWasNotBegunIsSentLater(t *testing.T) {
	t.Parallel()
	tries, canceled := 0, false
	app := wecom.NewApp(inMemory(func(r *http.Request) (string, error) {
		if isGettoken(r) {
			return tokenAnswer, nil
		}
		if tries++; tries == 1 {
			return "", &net.OpError{Op: "dial", Err: errReset}
		}
		assert.False(t, canceled)
		body, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		assert.EqualValues(t, r.ContentLength, len(body))
		assert.Contains(t, string(body), "\r\n\r\n123456\r\n--")
		return `{"errcode":0,"media_id":"M1","created_at":"1"}`, nil
	}), impatient())
	cancel := func() { canceled = true }
	_, err := upload(t.Context(), app, media.NewStream("a.bin", 6, strings.NewReader("123456"), cancel, media.Rules{Type: media.File}, ""))
	require.NoError(t, err)
	assert.Equal(t, 2, tries)
	assert.True(t, canceled, "once it was read, nobody reads on")
}

// halting gives some bytes and then waits until it is closed.
type halting struct {
	io.Reader
	closed chan struct{}
	once   *sync.Once
}

func (h halting) close() { h.once.Do(func() { close(h.closed) }) }

func (h halting) Read(p []byte) (int, error) {
	if n, _ := h.Reader.Read(p); n > 0 {
		return n, nil
	}
	<-h.closed
	return 0, io.ErrClosedPipe
}

func TestStreamsThatLieAboutTheirLength(t *testing.T) {
	t.Parallel()
	const size = 100_000
	for name, content := range map[string]io.Reader{
		"shorter": strings.NewReader(strings.Repeat("x", size-1)), "longer": strings.NewReader(strings.Repeat("x", size+1)),
		"much longer": strings.NewReader(strings.Repeat("x", 2*size)), "nothing": strings.NewReader(""),
		"broken": io.MultiReader(strings.NewReader(strings.Repeat("x", size/2)), brokenReader{}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.alwaysAnswers(uploadPath, taken("M1"))
			_, err := upload(t.Context(), newApp(t, f, impatient()), stream(size, content))
			e := requireFault(t, err, fault.InvalidInput, "validation")
			require.Len(t, e.Violations, 1)
			assert.Equal(t, "/content", e.Violations[0].Field)
			assert.Equal(t, fault.RuleBytes, e.Violations[0].Rule)
			for _, call := range f.received() {
				assert.NotContains(t, withoutBoundary(call), "--B--", "WeCom never gets a whole form")
			}
		})
	}
	t.Run("too long for WeCom", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		_, err := upload(t.Context(), newApp(t, f, impatient()), stream(20<<20+1, strings.NewReader("x")))
		requireFault(t, err, fault.TooLarge, "file_too_large")
		_, err = upload(t.Context(), newApp(t, f, impatient()), stream(5, strings.NewReader("12345")))
		requireFault(t, err, fault.InvalidInput, "validation")
		assert.Empty(t, f.received())
	})
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errReset }

// A server that says yes to half a file has not taken it.
func TestAnAnswerBeforeTheEndOfTheFile(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	early := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isGettoken(r) {
			f.ServeHTTP(w, r)
			return
		}
		_, _ = io.ReadFull(r.Body, make([]byte, 1000))
		taken("M1")(w, r)
	}))
	t.Cleanup(early.Close)
	app := wecom.NewApp(at(t, early.URL), impatient())
	_, err := upload(t.Context(), app, &reopened{data: make([]byte, 20<<20)})
	require.ErrorIs(t, err, fault.Unavailable)
}

func TestUploadsEndWithTheirContext(t *testing.T) {
	t.Parallel()
	slow := func(first int) *media.Stream {
		h := halting{strings.NewReader(strings.Repeat("x", first)), make(chan struct{}), &sync.Once{}}
		return media.NewStream("a.bin", 10_000, h, h.close, media.Rules{Type: media.File}, "/content")
	}
	for name, content := range map[string]*media.Stream{"at its beginning": slow(100), "in its middle": slow(1000)} {
		t.Run("the deadline, of a file that halts "+name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			started := time.Now()
			_, err := upload(ctx, newApp(t, f, wecom.Options{}), content)
			assert.Less(t, time.Since(started), 500*time.Millisecond)
			e := requireFault(t, err, fault.Unavailable, "timeout")
			assert.Contains(t, e.Detail, "The file did not arrive in time", "it is not WeCom that was slow")
		})
	}
	t.Run("the caller goes away", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(100*time.Millisecond, cancel)
		_, err := upload(ctx, newApp(t, f, wecom.Options{}), slow(1000))
		require.ErrorIs(t, err, fault.Canceled)
	})
	t.Run("WeCom hangs", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		f.alwaysAnswers(uploadPath, hangs)
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		_, err := upload(ctx, newApp(t, f, wecom.Options{}), report)
		requireFault(t, err, fault.Unavailable, "timeout")
	})
}

func TestSlowFilesHoldUpNoMessage(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	app := newApp(t, f, wecom.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	var uploads sync.WaitGroup
	defer uploads.Wait()
	defer cancel()
	for range 70 { // more than there are places
		h := halting{strings.NewReader(strings.Repeat("x", 1000)), make(chan struct{}), &sync.Once{}}
		file := media.NewStream("a.bin", 10_000, h, h.close, media.Rules{Type: media.File}, "/content")
		uploads.Go(func() { _, _ = upload(ctx, app, file) })
	}
	time.Sleep(100 * time.Millisecond) // until they have the places that they get
	within, done := context.WithTimeout(t.Context(), 5*time.Second)
	defer done()
	_, err := wecom.Do[*wecom.Empty](within, app, wecom.Call{Path: "message/send", Body: hello, Effect: wecom.Send})
	require.NoError(t, err)
}

func TestUploadOnce(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	n := 0
	f.alwaysAnswers(uploadPath, func(w http.ResponseWriter, r *http.Request) { n++; taken(fmt.Sprintf("M%d", n))(w, r) })
	watch := &clock{}
	app := newApp(t, f, wecom.Options{Clock: watch})
	once := func(as media.Type, file media.Bytes) string {
		got, _, err := wecom.UploadOnce(t.Context(), app, as, file)
		require.NoError(t, err)
		return got.MediaID
	}
	other := media.Bytes{Name: "b.txt", Data: report.Data}
	assert.Equal(t, "M1", once(media.File, report))
	assert.Equal(t, "M1", once(media.File, media.Bytes{Name: report.Name, Data: bytes.Clone(report.Data)}))
	assert.Equal(t, "M2", once(media.File, other), "people see the name")
	assert.Equal(t, "M3", once(media.Voice, report))
	assert.Equal(t, "M4", once(media.File, media.Bytes{Name: report.Name, Data: []byte("周二 李四")}))

	watch.jump(3*24*time.Hour - 2*time.Hour)
	assert.Equal(t, "M1", once(media.File, report))
	watch.jump(time.Hour)
	assert.Equal(t, "M5", once(media.File, report), "an hour before WeCom forgets it, so do we")
	assert.Equal(t, "M5", once(media.File, report))

	got, earlier, err := wecom.UploadOnce(t.Context(), app, media.File, report)
	require.NoError(t, err)
	assert.True(t, earlier)
	wecom.Forget(app, got)
	assert.Equal(t, "M6", once(media.File, report))

	for i := range 300 {
		once(media.File, media.Bytes{Name: "a.txt", Data: fmt.Appendf(nil, "number %d", i)})
	}
	assert.Equal(t, "M306", once(media.File, media.Bytes{Name: "a.txt", Data: []byte("number 299")}))
	assert.Equal(t, "M307", once(media.File, report), "what is remembered is bounded")

	f.answers(uploadPath, errcode(40006))
	_, _, err = wecom.UploadOnce(t.Context(), app, media.File, media.Bytes{Name: "c.txt", Data: report.Data})
	require.Error(t, err)
	assert.Equal(t, "M308", once(media.File, media.Bytes{Name: "c.txt", Data: report.Data}), "a failure is not remembered")
}

// What is remembered of an upload holds nothing of the input that its name was a part of.
func TestARememberedNameIsNoMoreThanTheName(t *testing.T) {
	f := newFake(t)
	f.alwaysAnswers(uploadPath, taken("M1"))
	app := newApp(t, f, impatient())
	held := func() uint64 {
		var stats runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&stats)
		return stats.HeapAlloc
	}
	before := held()
	path := strings.Repeat("/", 32<<20) + "a.txt"
	_, _, err := wecom.UploadOnce(t.Context(), app, media.File, media.Bytes{Name: media.Base(path), Data: report.Data})
	require.NoError(t, err)
	assert.Less(t, held(), before+16<<20)
	runtime.KeepAlive(app)
}

// Whatever a file has, an upload of a stream holds no more than its buffers.
func TestAStreamIsSentWithBoundedMemory(t *testing.T) {
	app := wecom.NewApp(inMemory(func(r *http.Request) (string, error) {
		if isGettoken(r) {
			return tokenAnswer, nil
		}
		n, err := io.Copy(io.Discard, r.Body)
		require.NoError(t, err)
		require.Equal(t, r.ContentLength, n)
		return `{"errcode":0,"media_id":"M1","created_at":"1"}`, nil
	}), impatient())
	const size = 20 << 20
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := upload(t.Context(), app, stream(size, io.LimitReader(zeros{}, size)))
	require.NoError(t, err)
	runtime.ReadMemStats(&after)
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20))
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }
