package main_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/core/catalog"
	"github.com/wecom-functions/wecom-functions/core/describe"
	"github.com/wecom-functions/wecom-functions/local/faas"
)

// visitor calls actions of one running command, in the same state of the enterprise each time.
type visitor struct {
	*testing.T
	p *process
}

// reset makes the enterprise what it is at the start, and what an action needs of it. It returns the action's input.
func (v visitor) reset(a *catalog.Action) (input string) {
	v.Helper()
	status, _ := v.p.call(v.T, http.MethodPost, "/_sim/state/reset", "")
	require.Less(v, status, 300)
	switch a.ID {
	case "message.recall":
		status, answer := v.p.call(v.T, http.MethodPost, "/actions/message.text.send", `{"touser":"zhangsan","content":"to be withdrawn"}`)
		require.Equal(v, http.StatusOK, status, answer)
		return `{"msgid":` + string(member(v.T, member(v.T, []byte(answer), "output"), "msgid")) + `}`
	case "department.delete":
		status, answer := v.p.call(v.T, http.MethodPost, "/actions/department.create", `{"name":"Leaving","parentid":1,"id":8}`)
		require.Equal(v, http.StatusOK, status, answer)
	}
	return a.Examples[0].Input
}

// member is a member of a JSON object; nil if it has none of the name.
func member(t *testing.T, object []byte, name string) []byte {
	t.Helper()
	var members map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(object, &members), string(object))
	return members[name]
}

// chosen are the ids that WeCom makes up, and its times.
var chosen = regexp.MustCompile(`"(msgid|media_id|created_at|expires_at)":("[^"]+"|\d+)`)

// output is the output of an answer, without what differs from call to call; "" where there is none.
func output(answer string) string {
	var result struct{ Output json.RawMessage }
	if json.Unmarshal([]byte(answer), &result) != nil { // a list, or null
		return ""
	}
	return chosen.ReplaceAllString(string(result.Output), `"$1":"..."`)
}

// calls are what the emulated WeCom carried out since the last reset, but for tokens.
func (v visitor) calls() (paths []string) {
	v.Helper()
	_, journal := v.p.call(v.T, http.MethodGet, "/_sim/journal", "")
	var entries []struct {
		Method, Path string
		Accepted     bool
	}
	require.NoError(v, json.Unmarshal(entriesOf(v.T, journal), &entries), journal)
	for _, e := range entries {
		if e.Accepted && e.Path != "/cgi-bin/gettoken" {
			paths = append(paths, e.Method+" "+strings.TrimPrefix(e.Path, "/cgi-bin/"))
		}
	}
	return paths
}

// Through the events of every platform an action does what it does without one, and its output is the same.
func TestEveryActionThroughEveryPlatform(t *testing.T) {
	t.Parallel()
	require.NotEmpty(t, faas.Platforms())
	for _, platform := range faas.Platforms() {
		require.NotEmpty(t, platform.Events)
		for _, event := range platform.Events {
			t.Run(platform.Name+"/"+event.Name, func(t *testing.T) {
				t.Parallel()
				v := visitor{t, start(t)}
				results := 0
				for _, a := range orderedActions() {
					if v.same(a, "/fn/"+platform.Name+"/"+describe.Function(a.ID)+"?event="+event.Name) {
						results++
					}
				}
				assert.Contains(t, []int{0, len(catalog.IDs())}, results, "an event answers with results, or it does not")
				if event == platform.Events[0] {
					assert.NotZero(t, results, "what is called without ?event= answers with the result")
				}
			})
		}
	}
}

// same compares what comes of an action at a path with what comes of it at /actions/, and tells whether there is a
// result to compare.
func (v visitor) same(a *catalog.Action, path string) (hasResult bool) {
	v.Helper()
	status, plain := v.p.call(v.T, http.MethodPost, "/actions/"+a.ID, v.reset(a))
	require.Equal(v, http.StatusOK, status, "%s: %s", a.ID, plain)
	calls := v.calls()
	status, answer := v.p.call(v.T, http.MethodPost, path, v.reset(a))
	require.Equal(v, http.StatusOK, status, "%s: %s", a.ID, answer)
	assert.NotEmpty(v, calls, a.ID)
	assert.Equal(v, calls, v.calls(), a.ID)
	got := output(answer)
	if got != "" {
		assert.Equal(v, output(plain), got, a.ID)
	}
	return got != ""
}

func TestFunctionsAreNamedInEverySpelling(t *testing.T) {
	t.Parallel()
	p := start(t)
	for _, name := range []string{
		"wecom-department-list", "department.list", "department_list", "DepartmentList", "department-list", "DEPARTMENT.LIST", "*.list", "department.*", "*", "all",
	} {
		path := "/fn/" + faas.Platforms()[0].Name + "/" + name
		if strings.ContainsAny(name, "*") || name == "all" {
			path += "/actions/department.list" // there are several
		}
		status, answer := p.call(t, http.MethodPost, path, `{}`)
		assert.Equal(t, http.StatusOK, status, "%s: %s", name, answer)
		assert.Contains(t, answer, `"action":"department.list"`, name)
	}
	status, answer := p.call(t, http.MethodPost, "/fn/"+faas.Platforms()[0].Name+"/message.*/actions/department.list", `{}`)
	assert.Equal(t, http.StatusForbidden, status, answer)
}

func TestPathsOfFunctionsThatAreWrong(t *testing.T) {
	t.Parallel()
	p := start(t)
	for _, c := range []struct {
		name, method, path string
		status             int
		says               string
	}{
		{"the list", http.MethodGet, "/fn/", 200, `"wecom-message-text-send"`},
		{"the list without its slash", http.MethodGet, "/fn", 200, `"platforms"`},
		{"the list of one platform", http.MethodGet, "/fn/lambda", 200, `"platforms":[{"platform":"lambda","events":["function-url",`},
		{"a call of nothing", http.MethodPost, "/fn/lambda/", 405, "The path names no function."},
		{"a misspelt platform", http.MethodPost, "/fn/lamda/wecom-department-list", 404, `There is no platform \"lamda\" here. Did you mean lambda?`},
		{"a misspelt platform without a function", http.MethodGet, "/fn/lamda", 404, "Did you mean lambda?"},
		{"a misspelt function", http.MethodPost, "/fn/lambda/wecom-departmnt-list", 404, "Did you mean wecom-department-list?"},
		{"a misspelt id", http.MethodPost, "/fn/lambda/department.lsit", 404, "Did you mean department.list?"},
		{"a pattern of nothing", http.MethodPost, "/fn/lambda/calendar.*", 404, `There is no function \"calendar.*\" here.`},
		{"how all is called over HTTP", http.MethodGet, "/fn/", 200, "where the event is one of http_events, add /actions/{id} to its path"},
		{"how all is called by an event", http.MethodGet, "/fn/", 200, "any other event takes a body that names the action"},
		{"the events over HTTP", http.MethodGet, "/fn/gcf", 200, `"events":["http","pubsub","cloudevent"],"http_events":["http"]`},
		{"a misspelt parameter", http.MethodPost, "/fn/lambda/department.list?evnt=sqs", 400, `there is no parameter \"evnt\". Did you mean event?`},
		{"a misspelt parameter beside the right one", http.MethodPost, "/fn/lambda/department.list?event=sqs&Event=sqs", 400, "Did you mean event?"},
		{"a parameter that an event cannot carry", http.MethodPost, "/fn/lambda/department.list?event=sqs&connection=default", 400, "A connection is named in the body"},
		{"a query that an event cannot carry", http.MethodPost, "/fn/lambda/department.list?event=sqs&%zz", 400, "The query cannot be read."},
		{"a parameter of the function's own", http.MethodPost, "/fn/lambda/department.list?event=alb&color=red", 200, `"output"`},
		{"a misspelt event", http.MethodPost, "/fn/lambda/department.list?event=direkt", 400, "Did you mean direct?"},
		{"two events", http.MethodPost, "/fn/lambda/department.list?event=direct&event=sqs", 400, "must be the name of one event"},
		{"an event that is badly escaped", http.MethodPost, "/fn/lambda/department.list?event=%zz", 400, "must be the name of one event"},
		{"a function whose name cannot be printed", http.MethodPost, "/fn/lambda/%01", 404, "(not printable)"},
		{"a path of a function that is none", http.MethodPost, "/fn/lambda/all/nothing", 404, "There is nothing at this path."},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, answer := p.call(t, c.method, c.path, `{}`)
			assert.Equal(t, c.status, status, answer)
			assert.Contains(t, answer, c.says)
			if status != http.StatusOK {
				assert.Contains(t, answer, `"request_id":"`)
			}
		})
	}
}

// A connection is named as everywhere, and what is refused is refused with its own status, whatever the event.
func TestFunctionsTakeWhatActionsTake(t *testing.T) {
	t.Parallel()
	p := start(t)
	for _, platform := range faas.Platforms() {
		path := "/fn/" + platform.Name + "/wecom-chatbot-text-send"
		status, answer := p.call(t, http.MethodPost, path+"?connection=bot", `{"content":"100% 完成 \"quoted\""}`)
		assert.Equal(t, http.StatusOK, status, "%s: %s", path, answer)
		status, answer = p.call(t, http.MethodPost, path+"?connection=nobody", `{"content":"x"}`)
		assert.Equal(t, http.StatusNotFound, status, "%s: %s", path, answer)
		status, answer = p.call(t, http.MethodPost, path, `{"contnt":"x"}`)
		assert.Equal(t, http.StatusBadRequest, status, "%s: %s", path, answer)
		assert.Contains(t, answer, `Did you mean \"content\"?`, path)
		for _, body := range []string{`{"content":`, ``} {
			status, answer = p.call(t, http.MethodPost, path, body)
			assert.Equal(t, http.StatusBadRequest, status, "%s: %s", path, answer)
		}
		status, answer = p.call(t, http.MethodPost, path, `[]`)
		assert.Equal(t, http.StatusBadRequest, status, "%s: %s", path, answer)
	}
	_, inbox := p.call(t, http.MethodGet, "/_sim/inbox", "")
	assert.Equal(t, len(faas.Platforms()), strings.Count(inbox, `"text":"100% 完成 \"quoted\"`), inbox)
}

func TestWebPagesCannotCallFunctions(t *testing.T) {
	t.Parallel()
	p := start(t)
	status, answer := p.call(t, http.MethodPost, "/fn/lambda/wecom-department-list?event=direct", `{}`, "Origin", "https://attacker.example")
	assert.Equal(t, http.StatusForbidden, status, answer)
}
