package fakewecom

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// reply is what goes back over the connection, and what becomes of the connection.
type reply struct {
	bytes []byte
	delay time.Duration
	end   end
}

type end int

const (
	endKeep end = iota
	endReset
	endHang
)

// handle decides the answer to one request. The lock is held throughout: a call costs far less than a contended switch.
func (f *Fake) handle(req request) reply {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch string(req.path) {
	case "/cgi-bin/gettoken":
		return f.gettoken()
	case "/cgi-bin/message/send":
		if r, ok := f.checkToken(req); !ok {
			return r
		}
		return f.message(req)
	case "/cgi-bin/webhook/send":
		return f.message(req)
	case "/cgi-bin/department/list":
		return f.read(req, f.answers.list)
	case "/cgi-bin/department/simplelist":
		return f.read(req, f.answers.simplelist)
	}
	return reply{bytes: f.answers.notFound}
}

func (f *Fake) gettoken() reply {
	f.counts.Tokens++
	if f.behaviour.TokenFault != None {
		return f.fail(f.behaviour.TokenFault, request{})
	}
	body := fmt.Sprintf(`{"errcode":0,"errmsg":"ok","access_token":%q,"expires_in":7200}`, f.newToken())
	return reply{bytes: httpAnswer("200 OK", body), delay: f.behaviour.TokenDelay}
}

func (f *Fake) read(req request, answer []byte) reply {
	if r, ok := f.checkToken(req); !ok {
		return r
	}
	return reply{bytes: answer}
}

// message takes a message or fails it.
func (f *Fake) message(req request) reply {
	f.counts.Messages++
	fault := None
	if every := max(f.behaviour.Every, 1); f.counts.Messages%every == 0 {
		fault = f.behaviour.Fault
	}
	if fault != None {
		f.counts.Faults++
	}
	if f.ledger != nil {
		f.ledger.enter(req.body, fault.takesMessage())
	}
	if fault != None {
		return f.fail(fault, req)
	}
	return reply{bytes: f.answers.sent, delay: f.behaviour.Delay}
}

func (f *Fake) fail(fault Fault, req request) reply {
	switch fault {
	case TokenExpired:
		f.tokens[string(accessToken(req.query))] = false
		return reply{bytes: f.answers.expired}
	case Busy:
		return reply{bytes: f.answers.busy}
	case BadGateway, BadGatewayAfter:
		return reply{bytes: f.answers.badGateway}
	case Reset, ResetAfter:
		return reply{end: endReset}
	case Hang:
		return reply{end: endHang}
	case HangInBody:
		return reply{bytes: f.answers.sent[:len(f.answers.sent)-10], end: endHang}
	}
	panic(fmt.Sprintf("fakewecom: no such fault: %d", fault))
}

// checkToken answers as WeCom does: 42001 for a token that lived once, 40014 for anything else.
func (f *Fake) checkToken(req request) (reply, bool) {
	alive, known := f.tokens[string(accessToken(req.query))]
	switch {
	case alive:
		return reply{}, true
	case known:
		return reply{bytes: f.answers.expired}, false
	}
	return reply{bytes: f.answers.badToken}, false
}

var accessTokenParameter = []byte("access_token=")

func accessToken(query []byte) []byte {
	_, token, _ := bytes.Cut(query, accessTokenParameter)
	token, _, _ = bytes.Cut(token, []byte("&"))
	return token
}

// answers are whole HTTP answers, made once.
type answers struct {
	sent, expired, badToken, busy []byte
	badGateway, notFound          []byte
	list, simplelist              []byte
}

func newAnswers() answers {
	a := answers{
		sent:       httpAnswer("200 OK", `{"errcode":0,"errmsg":"ok","msgid":"`+strings.Repeat("m", 90)+`"}`),
		expired:    httpAnswer("200 OK", failure(42001, "access_token expired")),
		badToken:   httpAnswer("200 OK", failure(40014, "invalid access_token")),
		busy:       httpAnswer("200 OK", failure(-1, "system error")),
		badGateway: httpAnswer("502 Bad Gateway", "<html><body><h1>502 Bad Gateway</h1></body></html>"),
		notFound:   httpAnswer("404 Not Found", ""),
	}
	a.departments(1)
	return a
}

// httpAnswer has the headers that no client can do without: each one more would cost both sides the same and make them
// look more alike than they are.
func httpAnswer(status, body string) []byte {
	return fmt.Appendf(nil, "HTTP/1.1 %s\r\nContent-Type: application/json; charset=UTF-8\r\nContent-Length: %d\r\n\r\n%s",
		status, len(body), body)
}

func failure(errcode int, errmsg string) string {
	return fmt.Sprintf(`{"errcode":%d,"errmsg":%q}`, errcode, errmsg)
}

// department has the fields of department/list in their order on the wire; department/simplelist has fewer.
type department struct {
	ID       int      `json:"id"`
	Name     string   `json:"name,omitempty"`
	NameEn   string   `json:"name_en,omitempty"`
	Leaders  []string `json:"department_leader,omitempty"`
	ParentID int      `json:"parentid"`
	Order    int      `json:"order"`
}

// departments prepares both listings of a tree ten wide.
func (a *answers) departments(n int) {
	full, ids := make([]department, n), make([]department, n)
	for i := range n {
		d := department{ID: i + 1, ParentID: (i + 9) / 10, Order: 100000000 - i}
		ids[i] = d
		d.Name = fmt.Sprintf("第%d研发部", i+1)
		d.NameEn = fmt.Sprintf("Engineering %d", i+1)
		d.Leaders = []string{fmt.Sprintf("leader%d", i+1)}
		full[i] = d
	}
	a.list = listing("department", full)
	a.simplelist = listing("department_id", ids)
}

func listing(key string, departments []department) []byte {
	rows, err := json.Marshal(departments)
	if err != nil {
		panic(err) // structs of numbers and strings always encode
	}
	return httpAnswer("200 OK", fmt.Sprintf(`{"errcode":0,"errmsg":"ok",%q:%s}`, key, rows))
}
