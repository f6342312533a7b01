package floor_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/wecom-functions/wecom-functions/local/bench/fakewecom"
	"github.com/wecom-functions/wecom-functions/local/bench/floor"
)

func TestFloorDoesTheWork(t *testing.T) {
	fake, err := fakewecom.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer fake.Close()
	fake.KeepLedger()
	fake.SetDepartments(100)
	client := floor.NewClient(fake.URL(), fake.IssueToken())

	const content = `今晚维护 <a href="https://example.com/">公告</a>`
	request := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{"touser":"a","content":"今晚维护 <a href=\"https://example.com/\">公告</a>"}`))
	recorder := httptest.NewRecorder()
	floor.Handler(client).ServeHTTP(recorder, request)
	answer, _ := io.ReadAll(recorder.Body) // a recorder cannot fail
	if recorder.Code != http.StatusOK || !strings.Contains(string(answer), `"msgid":"mmm`) {
		t.Errorf("the server answered %d: %s", recorder.Code, answer)
	}
	if entry := fake.Entry(content); entry.Effects != 1 {
		t.Errorf("the text was not delivered: %+v", entry)
	}

	list, err := client.Departments(t.Context())
	if err != nil || len(list) != 100 || list[99].Name == "" || list[99].Leaders == nil {
		t.Errorf("departments: %d, %v", len(list), err)
	}

	fake.ExpireTokens()
	if _, err := client.SendText(t.Context(), &floor.TextMessage{}); err == nil {
		t.Error("a refused message was taken for sent")
	}
}
