package wecom_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

// list is the answer of a call that lists much.
type list struct {
	wecom.Status
	Departments []struct {
		ID       int64 `json:"id"`
		ParentID int64 `json:"parentid"`
		Order    int64 `json:"order"`
	} `json:"department_id"`
}

func TestAnswer(t *testing.T) {
	t.Parallel()
	const unreadable = "upstream_protocol"
	for _, c := range []struct {
		name, answer string
		reason       string // "" for a success
		errcode      int64
	}{
		{"success", `{"errcode":0,"errmsg":"ok","msgid":"m1"}`, "", 0},
		{"F25 a page", htmlPage, unreadable, 0},
		{"F26 nothing", "", unreadable, 0},
		{"F26 blanks", " \r\n", unreadable, 0},
		{"F27 truncated JSON", `{"errcode":0,"errmsg":"o`, unreadable, 0},
		{"F27 two values", `{"errcode":0}{"errcode":0}`, unreadable, 0},
		{"F27 two values, the second a refusal", `{"errcode":0}{"errcode":40014}`, unreadable, 0},
		{"F27 garbage at the end", `{"errcode":0}x`, unreadable, 0},
		{"F27 a byte order mark", "\ufeff" + `{"errcode":0}`, "", 0},
		{"F27 two byte order marks", "\ufeff\ufeff" + `{"errcode":0}`, unreadable, 0},
		{"F27 white space around", "\n {\"errcode\":0} \n", "", 0},
		{"F27 a list", `[{"errcode":0}]`, unreadable, 0},
		{"F27 null", `null`, unreadable, 0},
		{"F27 true", `true`, unreadable, 0},
		{"F28 an errcode as text", `{"errcode":"0","errmsg":"ok"}`, "", 0},
		{"F28 a refusal as text", `{"errcode":"60011"}`, "upstream_permission", 60011},
		{"F28 a fraction", `{"errcode":0.0}`, unreadable, 0},
		{"F28 an exponent", `{"errcode":0e0}`, unreadable, 0},
		{"F28 null", `{"errcode":null,"errmsg":"ok"}`, unreadable, 0},
		{"F28 missing", `{"errmsg":"ok","msgid":"m1"}`, unreadable, 0},
		{"F28 an empty object", `{}`, unreadable, 0},
		{"F28 false", `{"errcode":false}`, unreadable, 0},
		{"F28 an empty text", `{"errcode":""}`, unreadable, 0},
		{"F28 an object", `{"errcode":{"value":0}}`, unreadable, 0},
		{"F28 one level down", `{"data":{"errcode":0}}`, unreadable, 0},
		{"F28 twice, the refusal last", `{"errcode":0,"errcode":60011}`, "upstream_permission", 60011},
		{"F28 twice, the refusal first", `{"errcode":60011,"errcode":0}`, "upstream_permission", 60011},
		{"F28 twice, then null", `{"errcode":0,"errcode":null}`, unreadable, 0},
		{"F28 in other letters", `{"ErrCode":60011}`, "upstream_permission", 60011},
		{"F29 beyond 32 bits", `{"errcode":4294967296}`, unreadable, 4294967296},
		{"F29 negative", `{"errcode":-2}`, unreadable, -2},
		{"F29 the smallest", `{"errcode":-9223372036854775808}`, unreadable, -9223372036854775808},
		{"F29 beyond 64 bits", `{"errcode":9223372036854775808}`, unreadable, 0},
		{"F30 success without a field", `{"errcode":0,"errmsg":"ok"}`, "", 0},
		{"F30 success with a field of another type", `{"errcode":0,"msgid":7}`, unreadable, 0},
		{"F30 a refusal with a field of another type", `{"errcode":60011,"msgid":7}`, "upstream_permission", 60011},
		{"F35 fields that nobody knows", `{"errcode":0,"x":{"y":[1,{"z":null}]},"msgid":"m1"}`, "", 0},
		{"F35 an errmsg that is no text", `{"errcode":60011,"errmsg":{"a":1}}`, "upstream_permission", 60011},
		{"F36 invalid UTF-8 in a success", "{\"errcode\":0,\"msgid\":\"\xb2\xe2\xca\xd4\"}", "", 0},
		{"F36 UTF-16", "\xff\xfe{\x00}\x00", unreadable, 0},
		{"wrong json format, for a message", `{"errcode":0,"errmsg":"ok Warning: wrong json format. "}`, "wecom_warning", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.alwaysAnswers("message/send", says(c.answer))
			err := send(t.Context(), newApp(t, f, impatient()))
			assert.Len(t, f.received(), 1)
			if c.reason == "" {
				require.NoError(t, err)
				return
			}
			kind := fault.OutcomeUnknown
			switch {
			case c.errcode == 60011:
				kind = fault.ConnectionRejected
			case c.errcode != 0:
				kind = fault.Internal
			}
			e := requireFault(t, err, kind, c.reason)
			if c.errcode != 0 {
				assert.Equal(t, c.errcode, e.WeCom.Errcode)
			}
		})
	}
}

func TestAnswerHasNoStatus(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	out, err := wecom.Do[*sent](t.Context(), newApp(t, f, impatient()), wecom.Call{Path: "message/send", Body: hello})
	require.NoError(t, err)
	data, err := json.Marshal(out)
	require.NoError(t, err)
	assert.JSONEq(t, `{"msgid":"m1"}`, string(data), "the output is WeCom's answer without errcode and errmsg")
}

func TestMisread(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.alwaysAnswers("department/update", says(`{"errcode":0,"errmsg":"updated. Warning: wrong json format. "}`))
	f.alwaysAnswers("message/send", says(`{"errcode":0,"errmsg":"ok. Warning: wrong json format. "}`))
	app := newApp(t, f, impatient())
	trace := &wecom.Trace{}
	_, err := wecom.Do[*wecom.Empty](wecom.WithTrace(t.Context(), trace), app, classes[1].call)
	require.NoError(t, err, "contacts: a warning")
	require.Len(t, trace.Warnings, 1)
	assert.Equal(t, fault.RuleWeComWarning, trace.Warnings[0].Rule)
	_, err = wecom.Do[*wecom.Empty](t.Context(), app, classes[5].call)
	requireFault(t, err, fault.OutcomeUnknown, "wecom_warning")
	assert.Len(t, f.received(), 2, "the same bytes would be read no better, duplicate check or not")
	e := wecom.Refusal("user/create", 40066, "invalid party list. Warning: wrong json format.")
	assert.Equal(t, fault.InvalidInput, e.Kind)
}

func TestErrmsg(t *testing.T) {
	t.Parallel()
	quoted := func(s string) string {
		b, err := json.Marshal(s)
		require.NoError(t, err)
		return string(b)
	}
	for _, c := range []struct{ name, errmsg string }{
		{"F35 control characters and escapes of a terminal", quoted("a\x00b\x1b[31mred\r\n{\"level\":\"error\"}\u0085\u009b31m")},
		{"F35 64 KB", quoted(strings.Repeat("很长", 10922))},
		{"F35 513 characters", quoted(strings.Repeat("长", 513))},
		{"F36 GBK", "\"\xb2\xe2\xca\xd4\""},
		{"F36 invalid UTF-8 and half a surrogate", "\"\xff\xed\xa0\x80\\ud800\""},
		{"F35 the token", quoted("invalid access_token " + tokenCanary + "1 at all")},
		{"F35 the token, escaped", quoted("https://qyapi.weixin.qq.com/cgi-bin/message/send?access_token=" + strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(tokenCanary, "%", "%25"), "+", "%2B"), "/", "%2F"), "=", "%3D"), "&", "%26") + "1")},
		{"F35 the secret where it is cut", quoted(strings.Repeat("x", 505) + appSecret)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.alwaysAnswers("message/send", says(`{"errcode":60011,"errmsg":`+c.errmsg+`}`))
			e := requireFault(t, send(t.Context(), newApp(t, f, impatient())), fault.ConnectionRejected, "upstream_permission")
			assert.True(t, utf8.ValidString(e.WeCom.Errmsg))
			assert.LessOrEqual(t, utf8.RuneCountInString(e.WeCom.Errmsg), 512)
			assert.Equal(t, -1, strings.IndexFunc(e.WeCom.Errmsg, unicode.IsControl))
			assertNoSecret(t, e)
		})
	}
	t.Run("512 characters are kept", func(t *testing.T) {
		t.Parallel()
		text := strings.Repeat("长", 512)
		assert.Equal(t, text, wecom.Refusal("message/send", 60011, text).WeCom.Errmsg)
		assert.Equal(t, strings.Repeat("长", 511)+"…", wecom.Refusal("message/send", 60011, text+"1").WeCom.Errmsg)
	})
}

func TestHugeAnswers(t *testing.T) {
	t.Parallel()
	t.Run("F33 one GiB is read no further than the limit", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		var written atomic.Int64
		f.alwaysAnswers("message/send", func(w http.ResponseWriter, _ *http.Request) {
			block := bytes.Repeat([]byte(" "), 1<<20)
			for range 1024 {
				n, err := w.Write(block)
				written.Add(int64(n))
				if err != nil {
					return
				}
			}
		})
		requireFault(t, send(t.Context(), newApp(t, f, impatient())), fault.OutcomeUnknown, "upstream_protocol")
		assert.Eventually(t, func() bool { n := written.Load(); time.Sleep(20 * time.Millisecond); return n == written.Load() }, 5*time.Second, time.Millisecond)
		assert.Less(t, written.Load(), int64(32<<20))
	})
	t.Run("F33 a gzip bomb", func(t *testing.T) {
		t.Parallel()
		var bomb bytes.Buffer
		packer, err := gzip.NewWriterLevel(&bomb, gzip.BestSpeed)
		require.NoError(t, err)
		_, _ = packer.Write([]byte(`{"errcode":0,"x":"`))
		for range 8 {
			_, _ = packer.Write(bytes.Repeat([]byte("x"), 1<<20))
		}
		_, _ = packer.Write([]byte(`"}`))
		require.NoError(t, packer.Close())
		f := newFake(t)
		f.alwaysAnswers("message/send", packed(bomb.Bytes()))
		requireFault(t, send(t.Context(), newApp(t, f, impatient())), fault.OutcomeUnknown, "upstream_protocol")
	})
	t.Run("gzip that is none, and gzip that is", func(t *testing.T) {
		t.Parallel()
		var good bytes.Buffer
		packer := gzip.NewWriter(&good)
		_, _ = packer.Write([]byte(`{"errcode":0}`))
		require.NoError(t, packer.Close())
		f := newFake(t)
		f.answers("message/send", packed([]byte(`{"errcode":0}`)), packed(good.Bytes()[:good.Len()-9]), packed(good.Bytes()))
		app := newApp(t, f, impatient())
		require.ErrorIs(t, send(t.Context(), app), fault.OutcomeUnknown)
		require.ErrorIs(t, send(t.Context(), app), fault.OutcomeUnknown, "without its checksum")
		require.NoError(t, send(t.Context(), app))
	})
	t.Run("F33 the limit is the call's own", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		answer := `{"errcode":0,"x":"` + strings.Repeat("x", 1<<20) + `"}`
		f.alwaysAnswers("message/send", says(answer))
		app := newApp(t, f, impatient())
		for limit, ok := range map[int64]bool{0: false, int64(len(answer)) - 1: false, int64(len(answer)): true, 16 << 20: true} {
			_, err := wecom.Do[*sent](t.Context(), app, wecom.Call{Path: "message/send", Body: hello, Effect: wecom.Send, MaxAnswer: limit})
			assert.Equal(t, ok, err == nil, "%d: %v", limit, err)
		}
	})
}

func packed(body []byte) reply {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(body)
	}
}

// Not parallel: it measures the memory and the time of the process.
func TestDeepAndLongAnswers(t *testing.T) {
	for name, answer := range map[string]string{
		"F34 lists, 100,000 deep":     `{"errcode":0,"x":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `}`,
		"F34 objects, 100,000 deep":   `{"errcode":0,"x":` + strings.Repeat(`{"x":`, 100_000) + "1" + strings.Repeat("}", 100_000) + `}`,
		"F34 5 million numbers":       `{"errcode":0,"department_id":[1` + strings.Repeat(",1", 5_000_000) + `]}`,
		"F34 5 million empty objects": `{"errcode":0,"department_id":[{}` + strings.Repeat(",{}", 5_000_000) + `]}`,
		"F34 as many as are taken":    `{"errcode":0,"department_id":[{}` + strings.Repeat(",{}", 1<<19-3) + `,1]}`,
	} {
		t.Run(name, func(t *testing.T) {
			app := wecom.NewApp(inMemory(func(r *http.Request) (string, error) {
				if isGettoken(r) {
					return tokenAnswer, nil
				}
				return answer, nil
			}), impatient())
			runtime.GC()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			started := time.Now()
			_, err := wecom.Do[*list](t.Context(), app, wecom.Call{
				Path: "department/simplelist", Body: hello, Effect: wecom.Send, MaxAnswer: 16 << 20,
			})
			took := time.Since(started)
			runtime.GC()
			runtime.ReadMemStats(&after)
			requireFault(t, err, fault.OutcomeUnknown, "upstream_protocol")
			assert.Less(t, took, 5*time.Second) // a second without the race detector
			assert.Less(t, int64(after.HeapAlloc)-int64(before.HeapAlloc), int64(64<<20))
		})
	}
}

// topErrcodes are the values of the errcodes of an answer, by a reader that shares nothing with the client's.
func topErrcodes(data []byte) (values []string, whole bool) {
	dec := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	dec.UseNumber()
	if first, err := dec.Token(); err != nil || first != json.Delim('{') {
		return nil, false
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return values, false
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return values, false
		}
		if name, ok := key.(string); ok && strings.EqualFold(name, "errcode") {
			values = append(values, string(value))
		}
	}
	if _, err := dec.Token(); err != nil {
		return values, false
	}
	_, err := dec.Token()
	return values, err == io.EOF
}

func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		"", "null", "{}", "[]", htmlPage, `{"errcode":0}`, `{"errcode":"0"}`, `{"errcode":40014,"errcode":0}`, `{"errcode":0,"errcode":1}`,
		`{"errcode":0}{"errcode":1}`, "\ufeff{\"errcode\":0}", `{"errcode":-1}`, `{"errcode":1e3}`, `{"errcode":null}`, `{"ERRCODE":7}`,
		`{"errcode":0,"department_id":[{"id":1}]}`, `{"\u0065rrcode":9}`, `{"errcode":0,"errmsg":"Warning: wrong json format."}`,
		"{\"errcode\":0,\"errmsg\":\"\xff\"}", `{"errcode":99999999999999999999}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		app := wecom.NewApp(inMemory(func(r *http.Request) (string, error) {
			if isGettoken(r) {
				return tokenAnswer, nil
			}
			return "\n" + string(data), nil // "\n": not one of the HTTP statuses that the memory understands
		}), impatient())
		data = append([]byte("\n"), data...)
		_, err := wecom.Do[*list](t.Context(), app, wecom.Call{Path: "message/send", Body: hello, Effect: wecom.Send})
		values, whole := topErrcodes(data)
		if err == nil {
			require.True(t, whole, "a success is whole")
			require.NotEmpty(t, values, "and has an errcode")
			for _, value := range values {
				var zero int64
				_, scanErr := fmt.Sscanf(strings.Trim(value, `"`), "%d", &zero)
				require.NoError(t, scanErr)
				require.Zero(t, zero, "errcode %s became a success", value)
			}
			return
		}
		e := fault.From(err)
		require.NotEmpty(t, e.Detail)
		problem, err := json.Marshal(e.Problem())
		require.NoError(t, err)
		require.True(t, utf8.Valid(problem))
	})
}
