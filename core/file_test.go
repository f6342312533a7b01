package core_test

import (
	"context"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/catalog"
	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/core/fetch"
	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

const picture = "\x89PNG\r\n\x1a\n and more"

// signature is in the query of every link: no answer and no log line may hold it.
const signature = "canarySIGNATURE-0123456789"

// office is an emulated WeCom with a connector before it and a storage beside it, all on this machine.
type office struct {
	*core.Connector
	sim     *wecomsim.Sim
	log     *safeBuffer
	storage string

	mu     sync.Mutex
	asked  int
	served http.HandlerFunc
}

// newOffice opens an office whose storage serves a picture, until the test says otherwise.
func newOffice(t *testing.T, changes ...func(*core.Settings)) *office {
	t.Helper()
	o := &office{sim: wecomsim.New(), log: &safeBuffer{}}
	t.Cleanup(o.sim.Close)
	o.serves(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, picture) })
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.mu.Lock()
		o.asked++
		serve := o.served
		o.mu.Unlock()
		serve(w, r)
	}))
	t.Cleanup(server.Close)
	o.storage = server.URL
	settings := core.Settings{
		Connections: []connection.Settings{
			{
				Name: "default", Type: connection.Application, BaseURL: o.sim.URL(), CorpID: wecomsim.SeedCorpID,
				AgentID: wecomsim.SeedAgentID, Secret: connection.Value(wecomsim.SeedAppSecret),
			},
			{Name: "bot", Type: connection.Chatbot, BaseURL: o.sim.URL(), Key: connection.Value(wecomsim.SeedChatbotKey)},
		},
		Links: fetch.Settings{Hosts: []string{"127.0.0.1"}}, Logger: slog.New(slog.NewJSONHandler(o.log, nil)),
	}
	for _, change := range changes {
		change(&settings)
	}
	var err error
	o.Connector, err = core.New(settings)
	require.NoError(t, err)
	return o
}

func (o *office) serves(f http.HandlerFunc) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.served = f
}

func (o *office) requests() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.asked
}

func (o *office) link(path string) string { return o.storage + path + "?X-Amz-Signature=" + signature }

func (o *office) run(t *testing.T, action, input string) (core.Result, error) {
	t.Helper()
	return o.Invoke(t.Context(), core.Request{Action: action, Input: []byte(input)})
}

// must runs an action that succeeds and returns the last message that arrived.
func (o *office) must(t *testing.T, action, input string) wecomsim.Message {
	t.Helper()
	_, err := o.run(t, action, input)
	require.NoError(t, err)
	inbox := o.sim.Inbox(wecomsim.InboxFilter{})
	require.NotEmpty(t, inbox)
	return inbox[len(inbox)-1]
}

// uploads counts the files that WeCom has taken.
func (o *office) uploads() int { return len(o.sim.State().Media) - len(wecomsim.Seed().Media) }

// showsNothing demands that a failure and the log keep the signature, and every secret, to themselves.
func (o *office) showsNothing(t *testing.T, err error) {
	t.Helper()
	e := fault.From(err)
	for _, secret := range []string{"canary", wecomsim.SeedAppSecret, wecomsim.SeedChatbotKey} {
		assert.NotContains(t, e.Error()+string(e.JSON()), secret)
		assert.NotContains(t, o.log.String(), secret)
	}
}

// messages are the actions that carry a file: their input with FILE in it, and the field that has the file.
var messages = map[string]string{
	"message.file.send":     `{"touser":"lisi","file":FILE}`,
	"message.image.send":    `{"touser":"lisi","file":FILE}`,
	"message.mpnews.send":   `{"touser":"lisi","title":"x","content":"c","thumb":FILE}`,
	"groupchat.file.send":   `{"chatid":"ops20240901","file":FILE}`,
	"groupchat.image.send":  `{"chatid":"ops20240901","file":FILE}`,
	"groupchat.mpnews.send": `{"chatid":"ops20240901","title":"x","content":"c","thumb":FILE}`,
	"chatbot.file.send":     `{"file":FILE}`,
	"chatbot.image.send":    `{"file":FILE}`,
}

func TestFilesArriveByBytesAndByLink(t *testing.T) {
	t.Parallel()
	for action, input := range messages {
		t.Run(action, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			content := base64.StdEncoding.EncodeToString([]byte(picture))
			arrives := func(file, name string) {
				t.Helper()
				m := o.must(t, action, strings.Replace(input, "FILE", file, 1))
				assert.Equal(t, len(picture), m.Size)
				if action != "chatbot.image.send" { // which has no name
					assert.Equal(t, name, m.Filename)
				}
			}
			arrives(`{"filename":"图表.png","content":"`+content+`"}`, "图表.png")
			arrives(`{"url":"`+o.link("/reports/chart.png")+`"}`, "chart.png")
			arrives(`{"url":"`+o.link("/reports/chart.png")+`","filename":"趋势.png"}`, "趋势.png")
			o.serves(func(w http.ResponseWriter, _ *http.Request) { // without a length
				_, _ = io.WriteString(w, picture[:5])
				w.(http.Flusher).Flush()
				_, _ = io.WriteString(w, picture[5:])
			})
			arrives(`{"url":"`+o.link("/spooled.png")+`"}`, "spooled.png")
			before := o.uploads()
			arrives(`{"url":"`+o.link("/spooled.png")+`"}`, "spooled.png")
			assert.Equal(t, before, o.uploads(), "what was in memory is not uploaded again")
			assert.NotContains(t, o.log.String(), "canary")
		})
	}
}

func TestAChatbotsImageByLink(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	sum := md5.Sum([]byte(picture))
	m := o.must(t, "chatbot.image.send", `{"file":{"url":"`+o.link("/a.png")+`"},"md5":"`+hex.EncodeToString(sum[:])+`"}`)
	assert.Contains(t, string(m.Content), base64.StdEncoding.EncodeToString([]byte(picture)))
	_, err := o.run(t, "chatbot.image.send", `{"file":{"url":"`+o.link("/a.png")+`"},"md5":"`+strings.Repeat("0", 32)+`"}`)
	e := requireFault(t, err, fault.InvalidInput)
	assert.Equal(t, "/md5", e.Violations[0].Field)
	o.serves(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", "2097153") })
	_, err = o.run(t, "chatbot.image.send", `{"file":{"url":"`+o.link("/a.png")+`"}}`)
	requireFault(t, err, fault.TooLarge)
	o.showsNothing(t, err)
}

func TestLinksThatFail(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		serve http.HandlerFunc
		kind  fault.Kind
	}{
		"a page": {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>log in</html>") }, fault.InvalidInput},
		"a redirect to the metadata service": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "http://169.254.169.254/"+signature)
			w.WriteHeader(http.StatusFound)
		}, fault.InvalidInput},
		"a status":  {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }, fault.InvalidInput},
		"too large": {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", "99999999") }, fault.TooLarge},
		"a length that is not true": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "200000")
			_, _ = io.WriteString(w, picture+strings.Repeat("x", 100_000))
		}, fault.Unavailable},
		"no answer": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, fault.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			o.serves(c.serve)
			_, err := o.run(t, "message.image.send", `{"touser":"lisi","file":{"url":"`+o.link("/a.png")+`"}}`)
			e := requireFault(t, err, c.kind)
			if c.kind != fault.Unavailable {
				require.NotEmpty(t, e.Violations)
				assert.Equal(t, "/file/url", e.Violations[0].Field)
			}
			assert.Nil(t, e.Completed)
			o.showsNothing(t, err)
			assert.Zero(t, o.uploads())
			assert.Empty(t, o.sim.Inbox(wecomsim.InboxFilter{}))
		})
	}
}

// Links to this machine are for the emulator: no connection to the real WeCom may be used to reach what runs beside it.
func TestLinksToThisMachine(t *testing.T) {
	t.Parallel()
	o := newOffice(t, func(s *core.Settings) {
		s.Connections[0].BaseURL = ""
		s.Connections[0].Transport = answers(`{"errcode":0}`)
	})
	_, err := o.run(t, "message.image.send", `{"touser":"lisi","file":{"url":"`+o.link("/a.png")+`"}}`)
	requireFault(t, err, fault.InvalidInput)
	o = newOffice(t, func(s *core.Settings) { s.Links = fetch.Settings{} })
	_, err = o.run(t, "message.image.send", `{"touser":"lisi","file":{"url":"`+o.link("/a.png")+`"}}`)
	e := requireFault(t, err, fault.InvalidInput)
	assert.Contains(t, e.Hint, "WECOM_FETCH_HOSTS")
	o.showsNothing(t, err)
	assert.Zero(t, o.requests())
}

func TestHostsOfLinksAreSettings(t *testing.T) {
	t.Parallel()
	_, err := core.New(core.Settings{Links: fetch.Settings{Hosts: []string{"files.example.com", "https://x.cn"}}})
	e := requireFault(t, err, fault.Misconfigured)
	assert.Contains(t, e.Detail, "links")
	assert.NotContains(t, e.Detail, "x.cn")
}

func TestTheTokenDiesWhileALinkIsUploaded(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.must(t, "message.image.send", `{"touser":"lisi","file":{"url":"`+o.link("/a.png")+`"}}`)
	o.sim.ExpireTokens()
	o.must(t, "message.image.send", `{"touser":"lisi","file":{"url":"`+o.link("/a.png")+`"}}`)
	assert.Equal(t, 3, o.requests(), "the link is fetched again")
	assert.Equal(t, 2, o.uploads())
}

func TestAFileThatWeComHasForgottenIsUploadedAgain(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	input := `{"touser":"lisi","file":{"filename":"a.txt","content":"5ZGo5LiAIOW8oOS4iQ=="}}`
	o.must(t, "message.file.send", input)
	o.must(t, "message.file.send", input)
	assert.Equal(t, 1, o.uploads())
	o.sim.Clock().Advance(4 * 24 * time.Hour) // WeCom's days, not ours
	o.must(t, "message.file.send", input)
	assert.Equal(t, 2, o.uploads())
}

func TestWhatWasUploadedStandsInTheProblem(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	_, err := o.run(t, "message.file.send", `{"touser":"nobody","file":{"filename":"a.txt","content":"5ZGo5LiAIOW8oOS4iQ=="}}`)
	e := requireFault(t, err, fault.NotFound)
	var problem struct {
		Completed struct {
			MediaID   string `json:"media_id"`
			ExpiresAt int64  `json:"expires_at"`
		}
	}
	require.NoError(t, json.Unmarshal(e.JSON(), &problem))
	assert.WithinDuration(t, time.Now().Add(3*24*time.Hour), time.Unix(problem.Completed.ExpiresAt, 0), time.Minute)
	m := o.must(t, "message.file.send", `{"touser":"lisi","media_id":"`+problem.Completed.MediaID+`"}`)
	assert.Equal(t, "a.txt", m.Filename)
	assert.Equal(t, 1, o.uploads())
}

func TestAFileAsAStream(t *testing.T) {
	t.Parallel()
	stream := func(action, input, name, content string) core.Request {
		return core.Request{Action: action, Input: []byte(input), File: &core.File{Name: name, Size: int64(len(content)), Content: strings.NewReader(content)}}
	}
	o := newOffice(t)
	for _, action := range []string{"media.upload", "chatbot.media.upload"} {
		result, err := o.Invoke(t.Context(), stream(action, `{"type":"file"}`, "排班表.txt", strings.Repeat("周一 张三", 100_000)))
		require.NoError(t, err)
		output, err := json.Marshal(result.Output)
		require.NoError(t, err)
		assert.Contains(t, string(output), `"type":"file"`)
		media := o.sim.State().Media
		last := media[len(media)-1]
		assert.Contains(t, string(output), last.MediaID)
		assert.Equal(t, "排班表.txt", last.Filename)
		assert.Equal(t, 1_300_000, last.Size)
	}
	result, err := o.Invoke(t.Context(), stream("media.upload", `{"type":"image"}`, `C:\tmp\a.png`, picture))
	require.NoError(t, err)
	assert.Len(t, result.Warnings, 1)

	for name, c := range map[string]struct {
		request core.Request
		kind    fault.Kind
		fields  []string
	}{
		"no type":                        {stream("media.upload", `{}`, "a.txt", "123456"), fault.InvalidInput, []string{"/type"}},
		"no name":                        {stream("media.upload", `{"type":"file"}`, "", "123456"), fault.InvalidInput, []string{"/filename"}},
		"a name that is none":            {stream("media.upload", `{"type":"file"}`, "a\r\nX: y", "123456"), fault.InvalidInput, []string{"/filename"}},
		"a name that is no UTF-8":        {stream("media.upload", `{"type":"file"}`, "a\xff", "123456"), fault.InvalidInput, []string{"/filename"}},
		"content besides":                {stream("media.upload", `{"type":"file","content":"AAAAAAAA"}`, "a.txt", "123456"), fault.InvalidInput, []string{"/content"}},
		"a link besides":                 {stream("media.upload", `{"type":"file","url":"https://x.cn"}`, "a.txt", "123456"), fault.InvalidInput, []string{"/content"}},
		"5 bytes":                        {stream("media.upload", `{"type":"file"}`, "a.txt", "12345"), fault.InvalidInput, []string{"/content"}},
		"another format":                 {stream("media.upload", `{"type":"image"}`, "a.png", "GIF89a"), fault.InvalidInput, []string{"/content"}},
		"too large":                      {stream("media.upload", `{"type":"voice"}`, "a.amr", "#!AMR\n"+strings.Repeat("x", 2<<20)), fault.TooLarge, []string{"/content"}},
		"an action that takes no stream": {stream("message.file.send", `{"touser":"lisi"}`, "a.txt", "123456"), fault.InvalidInput, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := o.uploads()
			_, err := o.Invoke(t.Context(), c.request)
			e := requireFault(t, err, c.kind)
			var fields []string
			for _, v := range e.Violations {
				fields = append(fields, v.Field)
			}
			assert.Equal(t, c.fields, fields)
			assert.Equal(t, before, o.uploads())
		})
	}
	t.Run("the token has expired", func(t *testing.T) {
		t.Parallel()
		o := newOffice(t)
		request := func() core.Request { return stream("media.upload", `{"type":"file"}`, "a.txt", "123456") }
		_, err := o.Invoke(t.Context(), request())
		require.NoError(t, err)
		o.sim.ExpireTokens()
		_, err = o.Invoke(t.Context(), request())
		e := requireFault(t, err, fault.Unavailable)
		assert.True(t, e.Retryable())
		_, err = o.Invoke(t.Context(), request())
		require.NoError(t, err, "the token was renewed")
		o.showsNothing(t, e)
	})
	t.Run("the sender halts", func(t *testing.T) {
		t.Parallel()
		r, w := io.Pipe()
		go func() { _, _ = w.Write(make([]byte, 100_000)) }()
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		started := time.Now()
		_, err := o.Invoke(ctx, core.Request{Action: "media.upload", Input: []byte(`{"type":"file"}`), File: &core.File{
			Name: "a.bin", Size: 1 << 20, Content: r, Cancel: func() { _ = w.CloseWithError(context.DeadlineExceeded) },
		}})
		requireFault(t, err, fault.Unavailable)
		assert.Less(t, time.Since(started), 500*time.Millisecond)
	})
}

func TestWhatActionsMayTakeAndBring(t *testing.T) {
	t.Parallel()
	for _, a := range catalog.Actions() {
		_, carries := messages[a.ID]
		files := carries || strings.HasSuffix(a.ID, ".upload")
		assert.Equal(t, files, a.TakesFiles(), a.ID)
		assert.Equal(t, strings.HasSuffix(a.ID, ".upload"), a.TakesStream(), a.ID)
		if files {
			assert.EqualValues(t, 28<<20, a.MaxInput(), a.ID)
			assert.Equal(t, 120*time.Second, a.Timeout(), a.ID)
		} else {
			assert.EqualValues(t, 4<<20, a.MaxInput(), a.ID)
			assert.Equal(t, 15*time.Second, a.Timeout(), a.ID)
		}
		left := make(chan time.Duration, 8)
		c, _ := newConnector(t, roundTrip(func(r *http.Request) (string, error) {
			deadline, _ := r.Context().Deadline()
			left <- time.Until(deadline)
			return `{"errcode":0}`, nil
		}), nil)
		_, _ = c.Invoke(t.Context(), core.Request{Action: a.ID, Input: []byte(a.Examples[0].Input)})
		assert.InDelta(t, a.Timeout().Seconds(), (<-left).Seconds(), 2, a.ID)
	}
}

// By https nothing leads to this machine, whatever the connection's BASE_URL.
func TestHTTPSToThisMachine(t *testing.T) {
	t.Parallel()
	o := newOffice(t, func(s *core.Settings) {
		s.Links.Dial = func(context.Context, string, string) (net.Conn, error) { panic("nothing may be dialled") }
	})
	u, err := url.Parse(o.storage)
	require.NoError(t, err)
	_, err = o.run(t, "message.image.send", `{"touser":"lisi","file":{"url":"https://127.0.0.1:`+u.Port()+`/a.png?`+signature+`"}}`)
	e := requireFault(t, err, fault.InvalidInput)
	assert.Contains(t, e.Detail, "public address")
	o.showsNothing(t, err)
}
