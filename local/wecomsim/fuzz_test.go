package wecomsim_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"unicode/utf8"

	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

// inMemory calls a handler without a socket.
func inMemory(sim *wecomsim.Sim, method, target string, body []byte) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	r := httptest.NewRequest(method, target, bytes.NewReader(body))
	sim.ServeHTTP(w, r)
	return w
}

func inMemoryToken(sim *wecomsim.Sim, secret string) string {
	query := url.Values{"corpid": {wecomsim.SeedCorpID}, "corpsecret": {secret}}
	var a struct {
		AccessToken string `json:"access_token"`
	}
	_ = json.Unmarshal(inMemory(sim, http.MethodGet, "/cgi-bin/gettoken?"+query.Encode(), nil).Body.Bytes(), &a)
	return a.AccessToken
}

// FuzzBody sends anything to everything that reads JSON: the answer is JSON in UTF-8, and so are journal and inbox.
func FuzzBody(f *testing.F) {
	for _, body := range []string{
		``, `{`, `null`, `[]`, `{"a":1}}`, "{\"name\":\"\xff\",\"parentid\":1}",
		toLisi("text", `{"content":"\ud800"}`), toLisi("news", `{"articles":[{"title":"t","url":"https://x"},{}]}`),
		`{"chatid":"ops20240901","msgtype":"text","text":{"content":"x"},"safe":"1"}`,
		`{"userid":"x1","name":"x","mobile":"1","department":[1e3,-1],"extattr":{"attrs":[]}}`,
		`{"msgtype":"image","image":{"base64":"eA==","md5":"9dd4e461268c8034f5c8564e155c67a6"}}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		sim := wecomsim.New()
		contacts, app := inMemoryToken(sim, wecomsim.SeedContactsSecret), inMemoryToken(sim, wecomsim.SeedAppSecret)
		for path, query := range map[string]string{
			"department/create": "access_token=" + contacts, "department/update": "access_token=" + contacts,
			"user/list_id": "access_token=" + contacts, "user/create": "access_token=" + contacts,
			"user/update": "access_token=" + contacts, "user/batchdelete": "access_token=" + contacts,
			"message/send": "access_token=" + app, "message/recall": "access_token=" + app,
			"appchat/create": "access_token=" + app, "appchat/update": "access_token=" + app, "appchat/send": "access_token=" + app,
			"webhook/send": "key=" + wecomsim.SeedChatbotKey,
		} {
			expectJSON(t, inMemory(sim, http.MethodPost, "/cgi-bin/"+path+"?"+query, body))
		}
		expectJSON(t, inMemory(sim, http.MethodGet, "/_sim/journal", nil))
		expectJSON(t, inMemory(sim, http.MethodGet, "/_sim/inbox", nil))
		state := inMemory(sim, http.MethodGet, "/_sim/state", nil)
		expectJSON(t, state)
		if w := inMemory(sim, http.MethodPut, "/_sim/state", state.Body.Bytes()); w.Code != http.StatusOK {
			t.Errorf("the state that came out does not go in: %s", w.Body)
		}
	})
}

func expectJSON(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	if w.Code != http.StatusOK || !json.Valid(w.Body.Bytes()) || !utf8.Valid(w.Body.Bytes()) {
		t.Errorf("no JSON in UTF-8: %d %q", w.Code, w.Body)
	}
}
