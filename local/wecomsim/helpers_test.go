package wecomsim_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

// noon is where the clocks of these tests stand: 12:00 in Beijing.
var noon = time.Date(2024, 9, 2, 4, 0, 0, 0, time.UTC)

// bench is one emulator with a client.
type bench struct {
	t   *testing.T
	sim *wecomsim.Sim
}

// answer is what came back.
type answer struct {
	Status  int
	Header  http.Header
	Raw     string
	Fields  map[string]any
	Errcode int
	Errmsg  string
}

// newBench starts an emulator whose clock stands still, with the seed as the changes leave it.
func newBench(t *testing.T, changes ...func(*wecomsim.State)) *bench {
	t.Helper()
	state := wecomsim.Seed()
	for _, change := range changes {
		change(&state)
	}
	sim := wecomsim.New(wecomsim.WithState(state), wecomsim.WithClock(wecomsim.NewClock(noon)))
	t.Cleanup(sim.Close)
	return &bench{t: t, sim: sim}
}

// do sends a request and reads the answer, which need not be JSON.
func (b *bench) do(method, path string, query url.Values, contentType string, body []byte) answer {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.sim.URL()+path+"?"+query.Encode(), bytes.NewReader(body))
	require.NoError(b.t, err)
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	w, err := http.DefaultClient.Do(r)
	require.NoError(b.t, err)
	defer func() { _ = w.Body.Close() }()
	raw, err := io.ReadAll(w.Body)
	require.NoError(b.t, err)
	a := answer{Status: w.StatusCode, Header: w.Header, Raw: string(raw)}
	if json.Unmarshal(raw, &a.Fields) == nil {
		code, _ := a.Fields["errcode"].(float64)
		a.Errcode = int(code)
		a.Errmsg, _ = a.Fields["errmsg"].(string)
	}
	return a
}

// get calls path with a query written as "a=1&b=2".
func (b *bench) get(path, token, query string) answer {
	b.t.Helper()
	return b.do(http.MethodGet, "/cgi-bin/"+path, b.query(token, query), "", nil)
}

// post calls path with a JSON body, query as in get.
func (b *bench) post(path, token, query, body string) answer {
	b.t.Helper()
	return b.do(http.MethodPost, "/cgi-bin/"+path, b.query(token, query), "application/json; charset=utf-8", []byte(body))
}

func (b *bench) query(token, query string) url.Values {
	b.t.Helper()
	values, err := url.ParseQuery(query)
	require.NoError(b.t, err)
	if token != "" {
		values.Set("access_token", token)
	}
	return values
}

// token fetches an access token.
func (b *bench) token(secret string) string {
	b.t.Helper()
	a := b.get("gettoken", "", "corpid="+wecomsim.SeedCorpID+"&corpsecret="+secret)
	require.Zero(b.t, a.Errcode, a.Errmsg)
	return a.Fields["access_token"].(string)
}

func (b *bench) contacts() string { return b.token(wecomsim.SeedContactsSecret) }
func (b *bench) app() string      { return b.token(wecomsim.SeedAppSecret) }
func (b *bench) secondApp() string {
	return b.token(wecomsim.SeedSecondAppSecret)
}

// send posts a message of the first app.
func (b *bench) send(body string) answer {
	b.t.Helper()
	return b.post("message/send", b.app(), "", body)
}

// webhook posts a message of the first chatbot.
func (b *bench) webhook(body string) answer {
	b.t.Helper()
	return b.post("webhook/send", "", "key="+wecomsim.SeedChatbotKey, body)
}

// upload sends a file as the part "media".
func (b *bench) upload(path, token, query, filename string, content []byte) answer {
	b.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	file, err := form.CreateFormFile("media", filename)
	require.NoError(b.t, err)
	_, err = file.Write(content)
	require.NoError(b.t, err)
	require.NoError(b.t, form.Close())
	return b.do(http.MethodPost, "/cgi-bin/"+path, b.query(token, query), form.FormDataContentType(), body.Bytes())
}

// control calls the control API.
func (b *bench) control(method, path, body string) answer {
	b.t.Helper()
	name, query, _ := strings.Cut(path, "?")
	return b.do(method, "/_sim/"+name, b.query("", query), "application/json", []byte(body))
}

func (b *bench) inbox() []wecomsim.Message { return b.sim.Inbox(wecomsim.InboxFilter{}) }

// last is the newest message of the inbox.
func (b *bench) last() wecomsim.Message {
	b.t.Helper()
	inbox := b.inbox()
	require.NotEmpty(b.t, inbox)
	return inbox[len(inbox)-1]
}

// lastEntry is the newest entry of the journal.
func (b *bench) lastEntry() wecomsim.Entry {
	b.t.Helper()
	journal := b.sim.Journal()
	require.NotEmpty(b.t, journal)
	return journal[len(journal)-1]
}

// success asserts errcode 0 and the text.
func (a answer) success(t *testing.T, text string) {
	t.Helper()
	require.Equal(t, http.StatusOK, a.Status)
	require.Zero(t, a.Errcode, a.Errmsg)
	assert.Equal(t, text, a.Errmsg)
}

// refused asserts an errcode and the text in front of the hint.
func (a answer) refused(t *testing.T, code int, text string) {
	t.Helper()
	require.Equal(t, http.StatusOK, a.Status)
	require.Equal(t, code, a.Errcode, a.Raw)
	if text != "" {
		before, _, _ := strings.Cut(a.Errmsg, ", hint: [")
		assert.Equal(t, text, before)
	}
}

// refusal is a row of a table: what is sent, and which errcode it gets.
type refusal struct {
	name string
	body string
	code int
	text string
}

// eachRefusal runs a table against one POST endpoint, each row on an emulator of its own.
func eachRefusal(t *testing.T, path string, token func(*bench) string, table []refusal, changes ...func(*wecomsim.State)) {
	t.Helper()
	for _, row := range table {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, changes...)
			b.post(path, token(b), "", row.body).refused(t, row.code, row.text)
			assert.False(t, b.lastEntry().Accepted)
		})
	}
}

// repeat writes n times s.
func repeat(s string, n int) string { return strings.Repeat(s, n) }

// ids writes n ids.
func ids(prefix string, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("%s%d", prefix, i+1)
	}
	return list
}

func encode(t *testing.T, value any) string {
	t.Helper()
	raw, err := json.Marshal(value)
	require.NoError(t, err)
	return string(raw)
}
