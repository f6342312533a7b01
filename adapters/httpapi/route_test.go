package httpapi_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/caller"
	"github.com/wecom-functions/wecom-functions/core/catalog"
	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/local/testlog"
	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

func TestPathsThatAreNoAction(t *testing.T) {
	t.Parallel()
	s := start(t)
	for _, test := range []struct{ name, path string }{
		{"B16 an unknown action", "/actions/message.text.sing"},
		{"B16 an action with ../ in front", "/actions/../message.text.send"},
		{"B16 an action with ../ behind", "/actions/message.text.send/.."},
		{"B16 an escaped stop", "/actions/message%2etext.send"},
		{"B16 an escaped slash", "/actions%2fmessage.text.send"},
		{"B16 an escaped letter", "/%61ctions/message.text.send"},
		{"B16 upper case", "/actions/Message.Text.Send"},
		{"B16 another spelling", "/actions/message_text_send"},
		{"B16 a trailing slash", "/actions/message.text.send/"},
		{"B16 the list with a trailing slash", "/actions/"},
		{"B16 10 KB", "/actions/" + strings.Repeat("x", 10<<10)},
		{"B16 markup", "/actions/%3Cscript%3E"},
		{"B16 the root", "/"},
		{"B16 another path", "/v1/messages"},
		{"B16 another health path", "/health/secret"},
		{"B16 the health folder", "/health/"},
		{"B16 the document with a trailing slash", "/openapi.json/"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			answer := s.raw(t, rawPost(test.path, "Content-Length: 2\r\n", "{}"))
			assert.Equal(t, http.StatusNotFound, answer.status)
			assert.Equal(t, fault.NotFound, answer.problem(t).Kind)
			for _, reflected := range []string{"xxxx", "script", "sing", "%2e", "../"} {
				assert.NotContains(t, string(answer.body), reflected)
			}
			assert.Zero(t, s.sent())
		})
	}
}

func TestAMisspeltActionNamesTheNearest(t *testing.T) {
	t.Parallel()
	s := start(t)
	assert.Contains(t, s.post(t, "/actions/message.text.sent", "{}").problem(t).Hint, "message.text.send")
}

func TestRepeatedSlashesCountAsOneWithoutARedirect(t *testing.T) {
	t.Parallel()
	s := start(t)
	for _, path := range []string{"//actions/message.text.send", "/actions//message.text.send", "///actions////message.text.send"} {
		answer := s.raw(t, rawPost(path, "Content-Length: 41\r\n", goodText))
		assert.Equal(t, http.StatusOK, answer.status, path)
	}
	assert.Equal(t, 3, s.sent())
}

func TestMethods(t *testing.T) {
	t.Parallel()
	s := start(t)
	for _, test := range []struct {
		name   string
		method string
		path   string
		status int
		allow  string
	}{
		{"B17 PUT of an action", "PUT", sendText, 405, "GET, HEAD, POST"},
		{"B17 DELETE of an action", "DELETE", sendText, 405, "GET, HEAD, POST"},
		{"B17 OPTIONS of an action", "OPTIONS", sendText, 405, "GET, HEAD, POST"},
		{"B17 TRACE of an action", "TRACE", sendText, 405, "GET, HEAD, POST"},
		{"B17 a method of our own", "BREW", sendText, 405, "GET, HEAD, POST"},
		{"B17 a method in lower case", "post", sendText, 405, "GET, HEAD, POST"},
		{"B17 HEAD of an action's description", "HEAD", sendText, 200, ""},
		{"B17 POST of the list", "POST", "/actions", 405, "GET, HEAD"},
		{"B17 HEAD of the list", "HEAD", "/actions", 200, ""},
		{"B17 POST of the document", "POST", "/openapi.json", 405, "GET, HEAD"},
		{"B17 HEAD of the document", "HEAD", "/openapi.json", 200, ""},
		{"B17 POST of health", "POST", "/health/live", 405, "GET, HEAD"},
		{"B17 HEAD of health", "HEAD", "/health/ready", 200, ""},
		{"B17 TRACE of nothing", "TRACE", "/nowhere", 404, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			answer := s.do(t, test.method, test.path, nil, header{"X-Secret", "do-not-echo"})
			assert.Equal(t, test.status, answer.status)
			assert.Equal(t, test.allow, answer.header.Get("Allow"))
			assert.NotContains(t, string(answer.body), "do-not-echo")
			if test.status == http.StatusMethodNotAllowed {
				assert.Equal(t, "method_not_allowed", answer.problem(t).Reason)
			}
			if test.method == http.MethodHead {
				assert.Empty(t, answer.body)
			}
		})
	}
	t.Run("B17 OPTIONS of the server", func(t *testing.T) {
		t.Parallel()
		assert.Equal(t, http.StatusNotFound, s.raw(t, "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n").status)
	})
}

func TestADeploymentOfOneActionServesItOnEveryOtherPath(t *testing.T) {
	t.Parallel()
	s := start(t, only("message.text.send"))
	for _, path := range []string{"/", "/any/path", "/health", "//x", "/%61ctions", sendText} {
		s.post(t, path, goodText).result(t)
	}
	for _, path := range []string{"/actions/", "/actions/x", "/health/x"} {
		assert.Equal(t, http.StatusNotFound, s.post(t, path, goodText).status, path)
	}
	for _, path := range []string{"/actions", "/openapi.json", "/health/live"} {
		assert.Equal(t, http.StatusMethodNotAllowed, s.post(t, path, goodText).status, path)
	}
	refused := s.get(t, "/any/path")
	assert.Equal(t, http.StatusMethodNotAllowed, refused.status)
	assert.Equal(t, "POST", refused.header.Get("Allow"))
}

func TestActionsThatADeploymentMayNotRun(t *testing.T) {
	t.Parallel()
	s := start(t, only("message.*", "department.list"))
	assert.Equal(t, fault.Forbidden, s.post(t, "/actions/member.delete", `{"userid":"zhangsan"}`).problem(t).Kind)
	assert.Equal(t, fault.Forbidden, s.get(t, "/actions/member.delete").problem(t).Kind)
	assert.Equal(t, fault.NotFound, s.get(t, "/actions/no.such").problem(t).Kind)
	assert.NotContains(t, string(s.get(t, "/actions").body), "member.delete")
	assert.NotContains(t, string(s.get(t, "/openapi.json").body), "member.delete")
	assert.Equal(t, fault.NotFound, s.post(t, "/", goodText).problem(t).Kind)
}

func TestTheCatalogue(t *testing.T) {
	t.Parallel()
	s := start(t)
	var list struct{ Actions []map[string]string }
	require.NoError(t, json.Unmarshal(s.get(t, "/actions").body, &list))
	require.Len(t, list.Actions, len(catalog.Actions()))
	for i, a := range catalog.Actions() {
		assert.Equal(t, map[string]string{
			"id": a.ID, "title": a.Title, "doc": a.Doc, "connection": string(a.Connection),
			"route": "/actions/" + a.ID, "call": a.Call,
		}, list.Actions[i])
	}
}

func TestTheDescriptionOfEachAction(t *testing.T) {
	t.Parallel()
	s := start(t)
	for _, a := range catalog.Actions() {
		t.Run(a.ID, func(t *testing.T) {
			t.Parallel()
			var d struct {
				ID, Document string
				Input        struct{ Properties map[string]any }
				Output       map[string]any
				Examples     []struct{ Title, Input, Output any }
				Refusals     []struct {
					Errcode       int64
					Kind, Meaning string
					Status        int
				}
			}
			require.NoError(t, json.Unmarshal(s.get(t, "/actions/"+a.ID).body, &d))
			assert.Equal(t, a.ID, d.ID)
			assert.True(t, strings.HasPrefix(d.Document, "https://developer.work.weixin.qq.com/document/path/"), d.Document)
			assert.NotEmpty(t, d.Input.Properties)
			assert.Equal(t, "object", d.Output["type"])
			assert.Len(t, d.Examples, len(a.Examples))
			require.Len(t, d.Refusals, len(a.Refusals))
			for _, refusal := range d.Refusals {
				assert.NotEqual(t, string(fault.Internal), refusal.Kind, refusal.Errcode)
				assert.Greater(t, refusal.Status, 399)
			}
		})
	}
}

func TestHealth(t *testing.T) {
	t.Parallel()
	good := start(t, func(s *setup) { s.settings.Callers = caller.Policy{Mode: caller.Keys} })
	for _, path := range []string{"/health/live", "/health/ready"} {
		assert.JSONEq(t, `{"status":"ok"}`, string(good.get(t, path).body), path)
	}
	bad := start(t, func(s *setup) { s.settings.Connections[0].CorpID = "" })
	assert.Equal(t, http.StatusOK, bad.get(t, "/health/live").status)
	ready := bad.get(t, "/health/ready")
	assert.Equal(t, http.StatusServiceUnavailable, ready.status)
	assert.Equal(t, fault.Misconfigured, ready.problem(t).Kind)
	assert.NotContains(t, string(ready.body), "CorpID", "everybody may ask, and what is wrong is not for everybody")
}

func TestEveryCallOfAMisconfiguredDeploymentSaysSo(t *testing.T) {
	t.Parallel()
	for _, mode := range []caller.Mode{caller.Undecided, caller.Keys, caller.Platform, caller.None} { // keys of which none is right
		settings := core.Settings{Callers: caller.Policy{Mode: mode}}
		connector := core.Misconfigured(settings, fault.New(fault.Misconfigured, "WECOM_DEFAULT_CORP_ID is required."))
		s := service{sim: wecomsim.New(), log: &testlog.Log{}}.listen(t, connector, setup{})
		for _, path := range []string{sendText, "/actions/no.such", "/", "/any/path"} {
			answer := s.post(t, path, goodText)
			problem := answer.problem(t)
			assert.Equal(t, http.StatusInternalServerError, answer.status, path)
			assert.Equal(t, fault.Misconfigured, problem.Kind, path)
			assert.Contains(t, problem.Detail, "WECOM_DEFAULT_CORP_ID", path)
		}
	}
}
