package wecomsim_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

const sendPath = "/cgi-bin/message/send"

// with sets one fault for message/send.
func (b *bench) with(do wecomsim.Do) {
	b.t.Helper()
	b.faults(wecomsim.Fault{Match: wecomsim.Match{Path: sendPath}, Do: do})
}

func (b *bench) faults(faults ...wecomsim.Fault) {
	b.t.Helper()
	require.NoError(b.t, b.sim.SetFaults(wecomsim.Faults{Seed: 1, Faults: faults}))
}

// rawSend sends a message on a connection of its own and returns what happened to it.
func (b *bench) rawSend() (status int, body string, err error) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.sim.URL()+sendPath+"?access_token="+b.app(),
		strings.NewReader(toLisi("text", `{"content":"x"}`)))
	require.NoError(b.t, err)
	transport := &http.Transport{DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	w, err := (&http.Client{Transport: transport}).Do(r)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = w.Body.Close() }()
	raw, err := io.ReadAll(w.Body)
	return w.StatusCode, string(raw), err
}

func TestFaultErrcode(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.with(wecomsim.Do{Errcode: 60020, IP: "203.0.113.9"})
	a := b.send(toLisi("text", `{"content":"x"}`))
	a.refused(t, 60020, "not allow to access from your ip")
	assert.Contains(t, a.Errmsg, "from ip: 203.0.113.9,")
	assert.Equal(t, "60020", a.Header.Get("Error-Code"))
	assert.Empty(t, b.inbox())
	e := b.lastEntry()
	assert.Equal(t, []any{"errcode 60020", 60020, 200, false}, []any{e.Fault, e.Errcode, e.Status, e.Accepted})

	b.with(wecomsim.Do{Errcode: -1})
	b.send(toLisi("text", `{"content":"x"}`)).refused(t, -1, "system busy")
	b.with(wecomsim.Do{Errcode: 40014})
	assert.Equal(t, `{"errcode":40014,"errmsg":"invalid access_token"}`, b.send("{}").Raw)
	b.with(wecomsim.Do{Errcode: 67203})
	b.send("{}").refused(t, 67203, "unknown error")
}

func TestFaultStatus(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.with(wecomsim.Do{Status: 503, Headers: map[string]string{"Retry-After": "2"}})
	a := b.send(toLisi("text", `{"content":"x"}`))
	assert.Equal(t, 503, a.Status)
	assert.Equal(t, "2", a.Header.Get("Retry-After"))
	assert.Equal(t, "text/html", a.Header.Get("Content-Type"))
	assert.Contains(t, a.Raw, "<h1>503 Service Unavailable</h1>")
	assert.Equal(t, 503, b.lastEntry().Status)
	assert.Empty(t, b.inbox())
}

func TestFaultDelay(t *testing.T) {
	t.Parallel()
	t.Run("then the call goes on", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.with(wecomsim.Do{DelayMS: 30})
		start := time.Now()
		b.send(toLisi("text", `{"content":"x"}`)).success(t, "ok")
		assert.GreaterOrEqual(t, time.Since(start), 30*time.Millisecond)
		assert.Equal(t, "delay 30 ms", b.lastEntry().Fault)
		assert.Len(t, b.inbox(), 1)
	})
	t.Run("ends when the client leaves", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		token := b.app()
		b.with(wecomsim.Do{DelayMS: 60_000})
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
		defer cancel()
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, b.sim.URL()+sendPath+"?access_token="+token, strings.NewReader("{}"))
		require.NoError(t, err)
		w, err := http.DefaultClient.Do(r)
		if err == nil {
			_ = w.Body.Close()
		}
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Eventually(t, func() bool { return b.lastEntry().Path == sendPath }, 5*time.Second, time.Millisecond)
		assert.Zero(t, b.lastEntry().Status)
		assert.False(t, b.lastEntry().Accepted)
	})
	t.Run("with another fault", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.with(wecomsim.Do{DelayMS: 1, Errcode: 45009})
		b.send("{}").refused(t, 45009, "")
		assert.Equal(t, "delay 1 ms, errcode 45009", b.lastEntry().Fault)
	})
}

func TestFaultDrop(t *testing.T) {
	t.Parallel()
	t.Run("request", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.with(wecomsim.Do{Drop: wecomsim.DropRequest})
		_, _, err := b.rawSend()
		require.ErrorIs(t, err, syscall.ECONNRESET)
		assert.Empty(t, b.inbox())
		assert.False(t, b.lastEntry().Accepted)
	})
	t.Run("accepted", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.with(wecomsim.Do{Drop: wecomsim.DropAccepted})
		_, _, err := b.rawSend()
		require.ErrorIs(t, err, syscall.ECONNRESET)
		assert.Len(t, b.inbox(), 1)
		e := b.lastEntry()
		assert.Equal(t, []any{"drop accepted", 0, 0, true}, []any{e.Fault, e.Errcode, e.Status, e.Accepted})
	})
	t.Run("body", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.with(wecomsim.Do{Drop: wecomsim.DropBody})
		status, body, err := b.rawSend()
		assert.Equal(t, 200, status)
		assert.Regexp(t, `^\{"errcode":0,"errmsg":"ok","msgid":"[A-Za-z0-9_-]*$`, body)
		assert.True(t, errors.Is(err, syscall.ECONNRESET) || errors.Is(err, io.ErrUnexpectedEOF), err)
		assert.Len(t, b.inbox(), 1)
	})
}

func TestFaultGarbage(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		do   wecomsim.Do
		body string
		kept int
	}{
		"html":                {wecomsim.Do{Garbage: wecomsim.GarbageHTML}, "<html>", 0},
		"truncated":           {wecomsim.Do{Garbage: wecomsim.GarbageTruncated}, `{"errcode":0,`, 0},
		"empty":               {wecomsim.Do{Garbage: wecomsim.GarbageEmpty}, "", 0},
		"html, accepted":      {wecomsim.Do{Garbage: wecomsim.GarbageHTML, Accepted: true}, "<html>", 1},
		"truncated, accepted": {wecomsim.Do{Garbage: wecomsim.GarbageTruncated, Accepted: true}, `{"errcode":0,"errmsg":"ok","msgid":"`, 1},
		"empty, accepted":     {wecomsim.Do{Garbage: wecomsim.GarbageEmpty, Accepted: true}, "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.with(row.do)
			status, body, err := b.rawSend()
			require.NoError(t, err)
			assert.Equal(t, 200, status)
			assert.True(t, strings.HasPrefix(body, row.body), body)
			assert.NotRegexp(t, `\}$`, body)
			assert.Len(t, b.inbox(), row.kept)
			assert.Equal(t, row.do.Accepted, b.lastEntry().Accepted)
		})
	}
}

func TestFaultToken(t *testing.T) {
	t.Parallel()
	for word, code := range map[string]int{wecomsim.TokenExpired: 42001, wecomsim.TokenRevoked: 40014} {
		t.Run(word, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.faults(wecomsim.Fault{Do: wecomsim.Do{Token: word}, Match: wecomsim.Match{Path: sendPath}, Times: 1})
			token, other := b.app(), b.app()
			message := toLisi("text", `{"content":"x"}`)
			b.post("message/send", token, "", message).refused(t, code, "")
			b.post("message/send", token, "", message).refused(t, code, "") // for good
			b.post("message/send", other, "", message).success(t, "ok")
		})
	}
}

// codes calls simplelist n times and lists the errcodes.
func (b *bench) codes(n int) []int {
	b.t.Helper()
	token := b.contacts()
	list := make([]int, n)
	for i := range list {
		list[i] = b.get("department/simplelist", token, "").Errcode
	}
	return list
}

func TestFaultMatching(t *testing.T) {
	t.Parallel()
	busy := wecomsim.Do{Errcode: -1}
	const path = "/cgi-bin/department/simplelist"
	for _, row := range []struct {
		name  string
		fault wecomsim.Fault
		want  []int
	}{
		{"every nth", wecomsim.Fault{Match: wecomsim.Match{Path: path, Nth: 3}, Do: busy}, []int{0, 0, -1, 0, 0, -1}},
		{"so many times", wecomsim.Fault{Match: wecomsim.Match{Path: path}, Do: busy, Times: 2}, []int{-1, -1, 0, 0, 0, 0}},
		{"nth, so many times", wecomsim.Fault{Match: wecomsim.Match{Path: path, Nth: 2}, Do: busy, Times: 1}, []int{0, -1, 0, 0, 0, 0}},
		{"beginning of a path", wecomsim.Fault{Match: wecomsim.Match{Path: "/cgi-bin/department/*"}, Do: busy}, []int{-1, -1, -1, -1, -1, -1}},
		{"another path", wecomsim.Fault{Match: wecomsim.Match{Path: "/cgi-bin/department"}, Do: busy}, []int{0, 0, 0, 0, 0, 0}},
		{"method", wecomsim.Fault{Match: wecomsim.Match{Path: path, Method: "post"}, Do: busy}, []int{0, 0, 0, 0, 0, 0}},
		{"message type", wecomsim.Fault{Match: wecomsim.Match{MsgType: "text"}, Do: busy}, []int{0, 0, 0, 0, 0, 0}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.faults(row.fault)
			assert.Equal(t, row.want, b.codes(6))
		})
	}
	t.Run("an empty match is every call, gettoken too", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.faults(wecomsim.Fault{Do: busy})
		b.get("gettoken", "", "").refused(t, -1, "")
	})
	t.Run("message type of a message", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.faults(wecomsim.Fault{Match: wecomsim.Match{MsgType: "text"}, Do: busy})
		b.send(toLisi("text", `{"content":"x"}`)).refused(t, -1, "")
		b.send(toLisi("markdown", `{"content":"x"}`)).success(t, "ok")
	})
	t.Run("the first whose turn it is wins", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.faults(wecomsim.Fault{Match: wecomsim.Match{Path: path, Nth: 2}, Do: busy}, wecomsim.Fault{Match: wecomsim.Match{Path: path, Nth: 3}, Do: wecomsim.Do{Errcode: 6000}})
		assert.Equal(t, []int{0, -1, 6000, -1, 0, -1}, b.codes(6))
	})
}

func TestFaultProbabilityFollowsItsSeed(t *testing.T) {
	t.Parallel()
	run := func(seed int64) []int {
		b := newBench(t)
		require.NoError(t, b.sim.SetFaults(wecomsim.Faults{Seed: seed, Faults: []wecomsim.Fault{
			{Match: wecomsim.Match{Path: "/cgi-bin/department/simplelist"}, Do: wecomsim.Do{Errcode: -1}, Probability: 0.5},
		}}))
		return b.codes(40)
	}
	first := run(1)
	assert.Equal(t, first, run(1))
	assert.NotEqual(t, first, run(2))
	assert.Contains(t, first, 0)
	assert.Contains(t, first, -1)
}

func TestFaultsThatMakeNoSense(t *testing.T) {
	t.Parallel()
	sim := wecomsim.New()
	for text, fault := range map[string]wecomsim.Fault{
		"do must have one of":       {},
		"do must have only one of":  {Do: wecomsim.Do{Errcode: -1, Status: 502}},
		"do.drop must be one of":    {Do: wecomsim.Do{Drop: "all"}},
		"do.garbage must be one of": {Do: wecomsim.Do{Garbage: "x"}},
		"do.token must be one of":   {Do: wecomsim.Do{Token: "x"}},
		"do.ip goes with":           {Do: wecomsim.Do{IP: "x", Status: 502}},
		"do.headers goes with":      {Do: wecomsim.Do{Headers: map[string]string{"a": "b"}, Errcode: -1}},
		"do.accepted goes with":     {Do: wecomsim.Do{Accepted: true, Errcode: -1}},
		"do.delay_ms must not":      {Do: wecomsim.Do{DelayMS: -1}},
		"do.status must be":         {Do: wecomsim.Do{Status: 100}},
		"match.nth must not":        {Match: wecomsim.Match{Nth: -1}, Do: wecomsim.Do{Errcode: -1}},
		"times must not":            {Times: -1, Do: wecomsim.Do{Errcode: -1}},
		"probability must be":       {Probability: 1.5, Do: wecomsim.Do{Errcode: -1}},
	} {
		assert.ErrorContains(t, sim.SetFaults(wecomsim.Faults{Faults: []wecomsim.Fault{fault}}), "faults[0]: "+text)
	}
}
