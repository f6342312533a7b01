package wecomsim_test

import (
	"bufio"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

func TestControlState(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	a := b.control(http.MethodGet, "state", "")
	require.Equal(t, http.StatusOK, a.Status)
	assert.Equal(t, "application/json; charset=UTF-8", a.Header.Get("Content-Type"))
	assert.Contains(t, a.Raw, `"name":"行政人事部","name_en":"HR & Admin","parentid":1`)
	assert.Contains(t, a.Raw, wecomsim.SeedAppSecret)

	changed := strings.Replace(a.Raw, "行政人事部", "行政部", 1)
	assert.Equal(t, changed, b.control(http.MethodPut, "state", changed).Raw) // what goes out goes in
	assert.Equal(t, "行政部", b.sim.State().Departments[3].Name)

	assert.Equal(t, a.Raw, b.control(http.MethodPost, "state/reset", "").Raw)
	assert.Equal(t, "行政人事部", b.sim.State().Departments[3].Name)
}

func TestControlStateByHandMayBeShort(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	a := b.control(http.MethodPut, "state", `{"corp":{"corpid":"`+wecomsim.SeedCorpID+`"},"contact_sync":{"secret":"`+wecomsim.SeedContactsSecret+`"},
		"departments":[{"id":1,"name":"root"}],"members":[{"userid":"a","name":"A","department":[1]}]}`)
	require.Equal(t, http.StatusOK, a.Status, a.Raw)
	m := b.sim.State().Members[0]
	assert.Equal(t, []int{0}, m.Order)
	assert.Equal(t, 1, m.MainDepartment)
	assert.Equal(t, wecomsim.StatusActive, m.Status)
	b.post("user/list_id", b.contacts(), "", `{"limit":10}`).success(t, "ok")
}

func TestControlStateMisuse(t *testing.T) {
	t.Parallel()
	const base = `"corp":{"corpid":"ww1"},"contact_sync":{"secret":"s"}`
	const root = base + `,"departments":[{"id":1,"name":"root"}]`
	for body, text := range map[string]string{
		``:                   "it is empty",
		`{`:                  "not the expected JSON",
		`{} {}`:              "after its JSON value",
		`{"corporation":{}}`: `unknown field \"corporation\"`,
		`{}`:                 "corp.corpid and contact_sync.secret",
		`{` + base + `}`:     "there must be a root",
		`{` + base + `,"departments":[{"id":1},{"id":2,"parentid":3},{"id":3,"parentid":2}]}`: "below the root",
		`{` + base + `,"departments":[{"id":1},{"id":2,"parentid":1},{"id":2,"parentid":1}]}`: "an id is there twice",
		`{` + root + `,"agents":[{"agentid":0,"secret":"x"}]}`:                                "agentid 0 must be positive",
		`{` + root + `,"agents":[{"agentid":1,"secret":"s"}]}`:                                "the secret of 1 must be unique",
		`{` + root + `,"members":[{"userid":"a"},{"userid":"A"}]}`:                            "userid \\\"A\\\" must be unique",
		`{` + root + `,"members":[{"userid":"a","department":[9]}]}`:                          "department 9, which does not exist",
		`{` + root + `,"members":[{"userid":"a","department":[1],"order":[1,2]}]}`:            "as long as department",
		`{` + root + `,"chats":[{"chatid":""}]}`:                                              "chatid",
		`{` + root + `,"chatbots":[{"key":"k"},{"key":"k"}]}`:                                 "key",
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			a := b.control(http.MethodPut, "state", body)
			assert.Equal(t, http.StatusBadRequest, a.Status)
			assert.Contains(t, a.Raw, text)
			assert.Contains(t, a.Fields, "error")
			assert.Len(t, b.sim.State().Members, 12) // nothing changed
		})
	}
}

func TestControlMisuse(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, row := range []struct {
		method, path, body string
		status             int
		text               string
	}{
		{http.MethodGet, "nothing", "", 404, "there is no /_sim/nothing; try /_sim/clock, /_sim/faults,"},
		{http.MethodPost, "state", "", 405, "/_sim/state does not take POST, but GET and PUT"},
		{http.MethodPost, "events", "", 405, "/_sim/events does not take POST, but GET"},
		{http.MethodGet, "inbox?user=lisi", "", 400, "not by"},
		{http.MethodDelete, "inbox?user=lisi", "", 400, "not by"},
		{http.MethodPost, "clock", `{}`, 400, "advance_seconds must be"},
		{http.MethodPost, "clock", `{"advance_seconds":-1}`, 400, "advance_seconds must be"},
		{http.MethodPost, "clock", `{"advance_seconds":1e12}`, 400, "advance_seconds must be"},
		{http.MethodPost, "clock", `{"advance":1}`, 400, "unknown field"},
		{http.MethodPut, "faults", `{"seed":1,"faults":[{"match":{"path":"x","every":2},"do":{"errcode":-1}}]}`, 400, "unknown field"},
		{http.MethodPut, "faults", `{"seed":1,"faults":[{"match":{},"do":{"drop":"x"}}]}`, 400, "faults[0]: do.drop must be one of request, accepted, body"},
	} {
		a := b.control(row.method, row.path, row.body)
		assert.Equal(t, row.status, a.Status, row.path)
		assert.Contains(t, a.Fields["error"], row.text)
		assert.Equal(t, row.status == http.StatusMethodNotAllowed, a.Header.Get("Allow") != "")
	}
}

func TestControlJournal(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	token := b.app()
	b.post("message/send", token, "debug=1", `{"broken"`)
	var entries []map[string]any
	require.NoError(t, json.Unmarshal([]byte(b.control(http.MethodGet, "journal", "").Raw), &entries))
	require.Len(t, entries, 2)
	e := entries[1]
	assert.Equal(t, "POST", e["method"])
	assert.Equal(t, "/cgi-bin/message/send", e["path"])
	assert.Equal(t, map[string]any{"access_token": []any{token[:4] + "***"}, "debug": []any{"1"}}, e["query"])
	assert.Equal(t, `{"broken"`, e["body"]) // no JSON, so shown as a string
	assert.InDelta(t, 40008, e["errcode"], 0)
	assert.InDelta(t, 200, e["status"], 0)
	assert.Equal(t, "app", e["token"])
	assert.InDelta(t, wecomsim.SeedAgentID, e["agentid"], 0)
	assert.Equal(t, "[]", b.control(http.MethodDelete, "journal", "").Raw)
	assert.Empty(t, b.sim.Journal())
}

func TestControlInbox(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.send(toLisi("text", `{"content":"值班 <a>"}`)).success(t, "ok")
	b.webhook(`{"msgtype":"text","text":{"content":"x"}}`).success(t, "ok")
	a := b.control(http.MethodGet, "inbox?userid=lisi", "")
	assert.Contains(t, a.Raw, `"msgtype":"text","content":{"content":"值班 <a>"}`)
	assert.Contains(t, a.Raw, `"text":"值班 <a>"}]`)
	assert.NotContains(t, a.Raw, "693a")
	assert.Equal(t, "[]", b.control(http.MethodDelete, "inbox?key="+wecomsim.SeedChatbotKey, "").Raw)
	assert.Len(t, b.inbox(), 1)
	assert.Equal(t, "[]", b.control(http.MethodDelete, "inbox", "").Raw)
	assert.Empty(t, b.inbox())
}

func TestControlFaults(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	const none = `{"seed":0,"faults":[]}`
	assert.Equal(t, none, b.control(http.MethodGet, "faults", "").Raw)
	const one = `{"seed":1,"faults":[{"match":{"path":"/cgi-bin/message/send","nth":10},"do":{"errcode":45009},"times":0,"probability":1}]}`
	assert.Equal(t, one, b.control(http.MethodPut, "faults", one).Raw)
	assert.Equal(t, one, b.control(http.MethodGet, "faults", "").Raw)
	assert.Equal(t, none, b.control(http.MethodDelete, "faults", "").Raw)
	short := b.control(http.MethodPut, "faults", `{"faults":[{"do":{"status":502}}]}`)
	assert.Contains(t, short.Raw, `"probability":1`)
	assert.Equal(t, 502, b.get("gettoken", "", "").Status)
}

func TestControlTokensAndClock(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	token := b.contacts()
	assert.Equal(t, "{}", b.control(http.MethodPost, "tokens/expire", "").Raw)
	b.get("department/simplelist", token, "").refused(t, 42001, "")
	assert.Equal(t, "{}", b.control(http.MethodPost, "tokens/revoke", "").Raw)
	b.get("department/simplelist", token, "").refused(t, 40014, "")
	assert.Equal(t, `{"time":"2024-09-02T06:00:00Z","advanced_seconds":7200}`, b.control(http.MethodPost, "clock", `{"advance_seconds":7200}`).Raw)
	assert.Equal(t, `{"time":"2024-09-02T06:00:00Z","advanced_seconds":7200}`, b.control(http.MethodGet, "clock", "").Raw)
}

func TestControlEvents(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	token := b.app()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.sim.URL()+"/_sim/events", nil)
	require.NoError(t, err)
	w, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer func() { _ = w.Body.Close() }()
	assert.Equal(t, "text/event-stream; charset=UTF-8", w.Header.Get("Content-Type"))
	lines := bufio.NewScanner(w.Body)
	next := func() string {
		for lines.Scan() {
			if lines.Text() != "" {
				return lines.Text()
			}
		}
		return "end"
	}
	assert.Equal(t, ": listening", next())

	msgID, _ := b.post("message/send", token, "", toLisi("text", `{"content":"x"}`)).Fields["msgid"].(string)
	assert.Equal(t, "event: inbox", next())
	assert.Contains(t, next(), `data: {"msgid":"`+msgID)
	assert.Equal(t, "event: journal", next())
	assert.Contains(t, next(), `"path":"/cgi-bin/message/send"`)

	b.post("message/recall", token, "", `{"msgid":"`+msgID+`"}`).success(t, "ok")
	assert.Equal(t, "event: recall", next())
	assert.Contains(t, next(), `"recalled":true`)
	assert.Equal(t, "event: journal", next())
	next()

	b.sim.Reset()
	assert.Equal(t, "event: reset", next())
	assert.Equal(t, "data: {}", next())

	b.sim.Close()
	assert.Equal(t, "end", next())
}

func TestResetForgetsEverything(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	token := b.app()
	b.post("message/send", token, "", toLisi("text", `{"content":"x"}`)).success(t, "ok")
	b.post("appchat/update", token, "", `{"chatid":"ops20240901","name":"x"}`).success(t, "ok")
	b.sim.Clock().Advance(time.Hour)
	b.faults(wecomsim.Fault{Do: wecomsim.Do{Errcode: -1}})
	b.sim.Reset()
	assert.Empty(t, b.inbox())
	assert.Empty(t, b.sim.Journal())
	assert.Equal(t, noon, b.sim.Clock().Now())
	assert.Equal(t, "值班群 On-call", b.sim.State().Chats[0].Name)
	b.get("department/simplelist", token, "").refused(t, 40014, "")
}

func TestStateIsACopy(t *testing.T) {
	t.Parallel()
	mine := wecomsim.Seed()
	sim := wecomsim.New(wecomsim.WithState(mine))
	mine.Members[0].Department[0] = 99
	got := sim.State()
	got.Chats[0].UserList[0] = "somebody"
	got.Media[0].Content[0] = 0
	assert.Equal(t, 5, sim.State().Members[0].Department[0])
	assert.Equal(t, "zhangsan", sim.State().Chats[0].UserList[0])
	assert.Equal(t, byte(0x89), sim.State().Media[0].Content[0])
	assert.Equal(t, wecomsim.Seed(), wecomsim.Seed())
}

func TestClockFollowsRealTimeUnlessToldOtherwise(t *testing.T) {
	t.Parallel()
	clock := wecomsim.New().Clock()
	assert.WithinDuration(t, time.Now(), clock.Now(), time.Minute)
	clock.Advance(time.Hour)
	assert.WithinDuration(t, time.Now().Add(time.Hour), clock.Now(), time.Minute)
}

func TestAsAHandlerWithoutAListener(t *testing.T) {
	t.Parallel()
	sim := wecomsim.New()
	defer sim.Close()
	w := httptest.NewRecorder()
	sim.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/cgi-bin/gettoken?corpid="+wecomsim.SeedCorpID+
		"&corpsecret="+wecomsim.SeedAppSecret, nil))
	assert.Contains(t, w.Body.String(), `"errcode":0`)
}

func TestTheNewestAreKept(t *testing.T) {
	t.Parallel()
	sim := wecomsim.New()
	handler := func(target string) {
		sim.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, target, nil))
	}
	handler("/cgi-bin/first")
	for range 10_000 {
		handler("/cgi-bin/later")
	}
	journal := sim.Journal()
	assert.Len(t, journal, 10_000)
	assert.Equal(t, "/cgi-bin/later", journal[0].Path)
}
