package wecom_test

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

// benchServer answers as WeCom does and allocates next to nothing, so that what is counted is the client's.
func benchServer(b *testing.B) string {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go answerAll(conn)
		}
	}()
	return "http://" + listener.Addr().String()
}

// answerAll answers every request of a connection. It knows a request's length from its Content-Length alone.
func answerAll(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	r := bufio.NewReaderSize(conn, 64<<10)
	whole := func(body string) []byte {
		return fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=UTF-8\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	}
	token := whole(`{"errcode":0,"errmsg":"ok","access_token":"` + strings.Repeat("t", 200) + `","expires_in":7200}`)
	done := whole(`{"errcode":0,"errmsg":"ok","msgid":"` + strings.Repeat("m", 86) + `"}`)
	const lengthHeader = "Content-Length: "
	for {
		answer, length := done, 0
		for first := true; ; first = false {
			line, err := r.ReadSlice('\n')
			if err != nil {
				return
			}
			if first && len(line) > 20 && string(line[13:17]) == "gett" {
				answer = token
			}
			if len(line) > len(lengthHeader) && string(line[:len(lengthHeader)]) == lengthHeader {
				for _, c := range line[len(lengthHeader) : len(line)-2] {
					length = 10*length + int(c-'0')
				}
			}
			if len(line) == 2 {
				break
			}
		}
		if _, err := r.Discard(length); err != nil {
			return
		}
		if _, err := conn.Write(answer); err != nil {
			return
		}
	}
}

type benchMessage struct {
	ToUser  string `json:"touser"`
	MsgType string `json:"msgtype"`
	AgentID int64  `json:"agentid"`
	Text    struct {
		Content string `json:"content"`
	} `json:"text"`
	Safe int64 `json:"safe"`
}

type benchSent struct {
	wecom.Status
	MsgID       string `json:"msgid"`
	InvalidUser string `json:"invaliduser"`
}

// BenchmarkSend is a warm send, from the decoded message to the decoded answer. The goal is no more than a client
// written by hand with net/http, JSON and a token: 66 allocations and 5,752 bytes.
func BenchmarkSend(b *testing.B) {
	base := benchServer(b)
	transport := wecom.NewTransport(nil)
	defer transport.CloseIdleConnections()
	settings := connection.Settings{CorpID: corpID, Secret: connection.Value(appSecret), BaseURL: base, Transport: transport}
	app := wecom.NewApp(settings, wecom.Options{UserAgent: "wecom-functions/bench"})
	m := benchMessage{ToUser: "zhangsan", MsgType: "text", AgentID: 1000002}
	m.Text.Content = "磁盘 db-03 已用 91 %，<a href=\"https://example.com\">详情</a>"
	one := func() error {
		_, err := wecom.Do[*benchSent](b.Context(), app, wecom.Call{Path: "message/send", Body: &m, Effect: wecom.Send})
		return err
	}
	if err := one(); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := one(); err != nil {
			b.Fatal(err)
		}
	}
}
