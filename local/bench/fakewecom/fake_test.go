package fakewecom_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/wecom-functions/wecom-functions/local/bench/fakewecom"
)

func start(t *testing.T) *fakewecom.Fake {
	t.Helper()
	fake, err := fakewecom.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(fake.Close)
	fake.KeepLedger()
	return fake
}

// client never tries again by itself: a POST without GetBody is not repeated by net/http.
func client(t *testing.T) *http.Client {
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: 5 * time.Second}
}

type answer struct {
	Status     int
	ErrCode    int    `json:"errcode"`
	Token      string `json:"access_token"`
	Department []any  `json:"department"`
	IDs        []any  `json:"department_id"`
}

func call(c *http.Client, url, body string) (answer, error) {
	resp, err := c.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer{}, err
	}
	a := answer{Status: resp.StatusCode}
	if resp.StatusCode == http.StatusOK {
		err = json.Unmarshal(raw, &a)
	}
	return a, err
}

func text(content string, duplicateCheck int) string {
	return fmt.Sprintf(`{"touser":"a","text":{"content":%q},"enable_duplicate_check":%d}`, content, duplicateCheck)
}

func send(c *http.Client, fake *fakewecom.Fake, token, body string) (answer, error) {
	return call(c, fake.URL()+"/cgi-bin/message/send?access_token="+token, body)
}

func TestTokensLiveUntilTheyAreExpired(t *testing.T) {
	fake, c := start(t), client(t)
	got, err := call(c, fake.URL()+"/cgi-bin/gettoken?corpid=a&corpsecret=b", "")
	if err != nil || len(got.Token) != 214 {
		t.Fatalf("gettoken: %+v, %v", got, err)
	}
	for _, want := range []int{0, 42001} {
		if a, err := send(c, fake, got.Token, text("x", 0)); err != nil || a.ErrCode != want {
			t.Errorf("errcode %d, %v, want %d", a.ErrCode, err, want)
		}
		fake.ExpireTokens()
	}
	if a, err := send(c, fake, "never-issued", text("x", 0)); err != nil || a.ErrCode != 40014 {
		t.Errorf("errcode %d, %v, want 40014", a.ErrCode, err)
	}
	if counts := fake.Counts(); counts.Tokens != 1 || counts.Connections != 1 || counts.Messages != 1 {
		t.Errorf("counts: %+v", counts)
	}
}

func TestFaultsMeetEachNthMessage(t *testing.T) {
	const failed = -2 // no answer at all
	for _, test := range []struct {
		fault   fakewecom.Fault
		status  int
		errcode int
		effects int
	}{
		{fakewecom.TokenExpired, 200, 42001, 0},
		{fakewecom.Busy, 200, -1, 0},
		{fakewecom.BadGateway, 502, 0, 0},
		{fakewecom.BadGatewayAfter, 502, 0, 1},
		{fakewecom.Reset, failed, 0, 0},
		{fakewecom.ResetAfter, failed, 0, 1},
	} {
		t.Run(fmt.Sprint("fault ", test.fault), func(t *testing.T) {
			fake, c := start(t), client(t)
			token := fake.IssueToken()
			fake.Behave(fakewecom.Behaviour{Fault: test.fault, Every: 2})
			if a, err := send(c, fake, token, text("first", 0)); err != nil || a.Status != 200 || a.ErrCode != 0 {
				t.Fatalf("first: %+v, %v", a, err)
			}
			a, err := send(c, fake, token, text("second", 0))
			if err != nil {
				a.Status = failed
			}
			if a.Status != test.status || a.ErrCode != test.errcode {
				t.Errorf("second: %+v, %v", a, err)
			}
			if entry := fake.Entry("second"); entry.Arrivals != 1 || entry.Effects != test.effects {
				t.Errorf("ledger: %+v", entry)
			}
			if n := fake.Counts().Faults; n != 1 {
				t.Errorf("%d faults counted", n)
			}
		})
	}
}

func TestHangsUntilTheCallerLeaves(t *testing.T) {
	for _, behaviour := range []fakewecom.Behaviour{{Fault: fakewecom.Hang}, {Fault: fakewecom.HangInBody}} {
		fake, c := start(t), client(t)
		c.Timeout = 50 * time.Millisecond
		fake.Behave(behaviour)
		if a, err := send(c, fake, fake.IssueToken(), text("x", 0)); err == nil {
			t.Errorf("%+v was answered: %+v", behaviour, a)
		}
	}
}

func TestDuplicateCheckComparesBytes(t *testing.T) {
	fake, c := start(t), client(t)
	token := fake.IssueToken()
	for _, body := range []string{text("guarded", 1), text("guarded", 1), text("guarded", 1) + " ", text("plain", 0), text("plain", 0)} {
		if _, err := send(c, fake, token, body); err != nil {
			t.Fatal(err)
		}
	}
	if e := fake.Entry("guarded"); e.Arrivals != 3 || e.Effects != 2 || e.Suppressed != 1 || !e.Changed {
		t.Errorf("guarded: %+v", e)
	}
	if e := fake.Entry("plain"); e.Arrivals != 2 || e.Effects != 2 || e.Suppressed != 0 || e.Changed {
		t.Errorf("plain: %+v", e)
	}
}

func TestKeptConnectionsEndOnCommand(t *testing.T) {
	fake, c := start(t), client(t)
	token := fake.IssueToken()
	must := func(content string) {
		t.Helper()
		if _, err := send(c, fake, token, text(content, 0)); err != nil {
			t.Fatal(err)
		}
	}
	must("opens a connection")

	fake.ForgetKept()
	if _, err := send(c, fake, token, text("forgotten", 0)); err == nil {
		t.Error("a forgotten connection still answers")
	}
	if e := fake.Entry("forgotten"); e.Arrivals != 0 {
		t.Errorf("forgotten: %+v", e)
	}
	must("opens another")

	fake.Refuse()
	if _, err := send(c, fake, token, text("refused", 0)); err == nil {
		t.Error("a closed port still answers")
	}
	if err := fake.Accept(); err != nil {
		t.Fatal(err)
	}
	must("opens a third")
	if n := fake.Counts().Connections; n != 3 {
		t.Errorf("%d connections, want 3", n)
	}
}

func TestDepartmentsAreAsManyAsAsked(t *testing.T) {
	fake, c := start(t), client(t)
	fake.SetDepartments(123)
	token := fake.IssueToken()
	full, err := call(c, fake.URL()+"/cgi-bin/department/list?access_token="+token, "")
	if err != nil || len(full.Department) != 123 {
		t.Errorf("department/list: %d, %v", len(full.Department), err)
	}
	ids, err := call(c, fake.URL()+"/cgi-bin/department/simplelist?access_token="+token, "")
	if err != nil || len(ids.IDs) != 123 {
		t.Errorf("department/simplelist: %d, %v", len(ids.IDs), err)
	}
}
