package catalog_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/catalog"
	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/core/rawjson"
)

// badRow is one row of the table of bad input. It is run over every field of every action that it applies to, found by
// name and kind, so that a new action is covered by itself.
type badRow struct {
	id     string
	on     func(a *catalog.Action, f *action.Field) bool
	values []badValue
}

// badValue is a value of the field, and what must come of it: a violation by rule, or a request that was sent.
type badValue struct {
	name    string
	value   any            // or raw, or a function of the field
	extra   map[string]any // further members beside the field
	rule    fault.Rule     // of the violation; "" where the value is accepted
	whole   bool           // the violation is one of the whole input, not of the field
	warning fault.Rule     // of the warning on a value that is accepted
	sent    string         // the field's JSON in the request; not looked at if empty
}

// raw is JSON, or what pretends to be, that is given as it is.
type raw string

func accepts(name string, value any) badValue { return badValue{name: name, value: value} }

func refuses(name string, value any, rule fault.Rule) badValue {
	return badValue{name: name, value: value, rule: rule}
}

func sends(name string, value any, sent string) badValue {
	return badValue{name: name, value: value, sent: sent}
}

func warns(name string, value any, rule fault.Rule) badValue {
	return badValue{name: name, value: value, warning: rule}
}

func (v badValue) with(extra map[string]any) badValue { v.extra = extra; return v }

// field finds the fields of these names, at any depth.
func field(names ...string) func(*catalog.Action, *action.Field) bool {
	return func(_ *catalog.Action, f *action.Field) bool { return slices.Contains(names, f.Name) }
}

// of narrows a condition to one family of actions.
func of(family string, on func(*catalog.Action, *action.Field) bool) func(*catalog.Action, *action.Field) bool {
	return func(a *catalog.Action, f *action.Field) bool { return strings.HasPrefix(a.ID, family) && on(a, f) }
}

// where narrows a condition by what the field declares.
func where(is func(*action.Field) bool, on func(*catalog.Action, *action.Field) bool) func(*catalog.Action, *action.Field) bool {
	return func(a *catalog.Action, f *action.Field) bool { return on(a, f) && is(f) }
}

func (v badValue) check(t *testing.T, a *catalog.Action, pointer string, f *action.Field) {
	t.Helper()
	var weCom ledger
	result, err := weCom.connector(t).Invoke(t.Context(), core.Request{Action: a.ID, Input: v.input(t, a, pointer, f)})
	if v.rule != "" {
		require.ErrorIs(t, err, fault.InvalidInput)
		assert.Empty(t, weCom.bodies, "nothing is sent")
		if v.whole {
			pointer = ""
		}
		requireViolation(t, fault.From(err), pointer, v.rule)
		return
	}
	require.NoError(t, err)
	require.Len(t, weCom.bodies, 1)
	if v.sent != "" && weCom.bodies[0] != "" { // a GET has none, nor has an upload
		assert.Contains(t, weCom.bodies[0], `"`+f.Name+`":`+v.sent)
	}
	if v.warning == "" {
		assert.Empty(t, result.Warnings)
	} else {
		assert.Contains(t, warningsOf(result.Warnings), pointer+" "+string(v.warning))
	}
}

// requireViolation demands that the rule of the field, and no other, is broken, and that everything is said about it.
func requireViolation(t *testing.T, e *fault.Error, pointer string, rule fault.Rule) {
	t.Helper()
	require.Len(t, e.Violations, 1, e.Error())
	violation := e.Violations[0]
	switch rule {
	case fault.RuleAnyOf:
		assert.Empty(t, violation.Field, "the rule is one of the whole object")
	case fault.RuleSameLength, fault.RuleExclusive:
		assert.NotEmpty(t, violation.Field)
	default:
		assert.True(t, violation.Field == pointer || strings.HasPrefix(violation.Field, pointer+"/"), violation.Field)
	}
	assert.Equal(t, rule, violation.Rule, violation.Detail)
	assert.NotEmpty(t, violation.Given)
	assert.NotEmpty(t, violation.Detail)
	if rule != fault.RuleRequired { // what is missing may have no limit
		assert.NotEmpty(t, violation.Limit)
	}
}

// input is the least input of the action that is free of violations, with the value in the field.
func (v badValue) input(t *testing.T, a *catalog.Action, pointer string, f *action.Field) []byte {
	t.Helper()
	const placeholder = "the value"
	value := v.value
	switch v := value.(type) {
	case raw:
		value = placeholder
	case func(*action.Field) any:
		value = v(f)
	}
	object := place(action.FieldsOf(a.New()), strings.Split(pointer[1:], "/"), value)
	maps.Copy(object, v.extra)
	maps.DeleteFunc(object, func(_ string, member any) bool { return member == absent })
	data, err := json.Marshal(object)
	require.NoError(t, err)
	if given, is := v.value.(raw); is {
		data = bytes.Replace(data, []byte(`"`+placeholder+`"`), []byte(given), 1)
	}
	return data
}

// absent takes a member out of the input.
var absent = any(struct{ absent bool }{})

// place makes the least object with the value at the path, whose step after a list of objects is an index.
func place(fields *action.Fields, path []string, value any) map[string]any {
	object := least(fields)
	at := fields.Lookup(path[0])
	for _, group := range fields.Groups() {
		switch {
		case group.Rule == fault.RuleExclusive && group.First == at.Name:
			for _, name := range group.Names {
				delete(object, name)
			}
		case group.Rule == fault.RuleSameLength && slices.Contains(group.Names, at.Name):
			object[group.First] = sample(fields.Lookup(group.First))
		}
	}
	switch {
	case len(path) == 1:
		object[at.Name] = value
	case at.Kind == action.Objects:
		object[at.Name] = []any{place(at.Nested(), path[2:], value)}
	default:
		object[at.Name] = place(at.Nested(), path[1:], value)
	}
	return object
}

// least is the least object that breaks no rule.
func least(fields *action.Fields) map[string]any {
	object := map[string]any{}
	for _, f := range fields.List() {
		if f.Required {
			object[f.Name] = sample(f)
		}
	}
	for _, group := range fields.Groups() {
		if group.Rule == fault.RuleAnyOf {
			first := fields.Lookup(group.Names[0])
			object[first.Name] = sample(first)
		}
	}
	return object
}

// sample is a value of the field that breaks no rule.
func sample(f *action.Field) any {
	switch {
	case f.Kind == action.Base64:
		return pngBase64
	case f.Name == "type" && f.Kind == action.String:
		return "file"
	}
	if value, known := samples[f.Name]; known && f.Name != "order" {
		return value
	}
	switch f.Kind {
	case action.String:
		return "x"
	case action.Strings:
		return []string{"amy", "bo"}
	case action.Integer:
		return max(f.Range.Min, 1)
	case action.Integers:
		return []int{1, 0}
	case action.Objects:
		return []any{least(f.Nested())}
	case action.Object:
		return least(f.Nested())
	default:
		return true
	}
}

const pngBase64 = "iVBORw0KGgoAAAA="

var samples = map[string]any{
	"url": "https://x.cn", "mobile": "138", "type": 0, "department": []int{1, 2}, "toparty": []int{2},
	"email": "a@b.cn", "userid": "Member", "id": 2, "filename": "a.png",
}

// ledger carries calls to nowhere, says that they succeeded, and keeps the bodies of all but those for tokens. Of an upload
// it keeps nothing but that there was one, until its message follows.
type ledger struct {
	mu       sync.Mutex
	bodies   []string
	uploaded bool // the last one is that of an upload
}

func (l *ledger) RoundTrip(r *http.Request) (*http.Response, error) {
	answer := `{"errcode":0,"errmsg":"ok","id":2,"chatid":"c","msgid":"m","department_id":[],"dept_user":[],"chat_info":{},"media_id":"M","created_at":"1"}`
	if strings.HasSuffix(r.URL.Path, "/gettoken") {
		answer = `{"errcode":0,"errmsg":"ok","access_token":"t","expires_in":7200}`
	} else {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		l.note(r, string(body))
	}
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(answer)), ContentLength: int64(len(answer)), Request: r,
	}, nil
}

func (l *ledger) note(r *http.Request, body string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	uploading := strings.Contains(r.URL.Path, "upload")
	if uploading {
		body = ""
	}
	if l.uploaded {
		l.bodies = l.bodies[:len(l.bodies)-1]
	}
	l.uploaded = uploading
	l.bodies = append(l.bodies, body)
}

func (l *ledger) connector(t *testing.T) *core.Connector {
	t.Helper()
	connector, err := core.New(core.Settings{Connections: []connection.Settings{
		{Name: "default", Type: connection.Application, CorpID: "ww1", AgentID: 7, Secret: connection.Value("s"), Transport: l},
		{Name: "bot", Type: connection.Chatbot, Key: connection.Value("k"), Transport: l},
	}})
	require.NoError(t, err)
	return connector
}

// What fields have in common.
func isText(f *action.Field) bool { return f.Kind == action.String }

func isFree(f *action.Field) bool {
	return isText(f) && !f.Token && f.Format == nil && f.Name != "base64"
}
func isID(f *action.Field) bool       { return isText(f) && f.Token }
func isList(f *action.Field) bool     { return f.Kind == action.Strings || f.Kind == action.Integers }
func isInteger(f *action.Field) bool  { return f.Kind == action.Integer }
func isRequired(f *action.Field) bool { return f.Required }
func isOptional(f *action.Field) bool { return !f.Required }
func isCut(f *action.Field) bool      { return f.Truncate }
func isUncut(f *action.Field) bool    { return !f.Truncate }

func anywhere(*catalog.Action, *action.Field) bool { return true }

// free are the fields of free text that have room for a few dozen characters.
func free(f *action.Field) bool {
	return isFree(f) && f.Forbidden == "" && f.Name != "btntxt" && (f.Chars.Max == 0 || f.Chars.Max > 12)
}

// long is n times a letter.
func long(n int) string { return strings.Repeat("x", n) }

// quoted is a string as it is sent.
func quoted(s string) string {
	data, _ := rawjson.Marshal(s)
	return string(data)
}

// ids makes distinct userids, and numbers distinct numbers.
func ids(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = "u" + strconv.Itoa(i)
	}
	return list
}

func numbers(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i + 1
	}
	return list
}
