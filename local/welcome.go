package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/core/rawjson"
	"github.com/wecom-functions/wecom-functions/local/faas"
	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

// welcome prints where everything is and what to try, and sends a first message to the emulator. When live, nothing
// is sent.
func (a *app) welcome(ctx context.Context, out io.Writer) {
	fmt.Fprint(out, a.addresses())
	fmt.Fprintln(out, "\nConnections")
	for _, c := range a.connector.Connections() {
		fmt.Fprintln(out, "  "+describe(c))
	}
	if a.sim == nil {
		fmt.Fprintln(out, "\nLive: calls go to your enterprise. Ctrl-C stops.")
		return
	}
	fmt.Fprintln(out, "\nTry (paste into another terminal)")
	for _, t := range tries {
		fmt.Fprintf(out, "\n  # %s\n  %s\n", t.what, a.curl(t))
	}
	a.firstMessage(ctx, out)
	fmt.Fprintln(out, "\nReady. Ctrl-C stops.")
}

// addresses lists what the port serves.
func (a *app) addresses() string {
	lines := []string{
		"wecom-functions on " + a.url,
		"",
		fmt.Sprintf("  %s/actions        the %d actions; POST /actions/{id} runs one", a.url, len(a.connector.Actions())),
		fmt.Sprintf("  %s/openapi.json   their OpenAPI 3.1 document", a.url),
		fmt.Sprintf("  %s/fn/            the same as functions of %d platforms; POST /fn/{platform}/{function} calls one", a.url, len(faas.Platforms())),
	}
	if a.sim != nil {
		lines = append(lines,
			fmt.Sprintf("  %s/_sim/inbox     what the emulated WeCom delivered", a.url),
			fmt.Sprintf("  %s/_sim/journal   the calls that it received", a.url),
			fmt.Sprintf("  %s/_sim/state     its enterprise: departments, members, chats", a.url),
			fmt.Sprintf("  %s/_sim/faults    its faults; PUT to inject some", a.url))
	}
	return strings.Join(lines, "\n") + "\n"
}

// describe names a connection, with its ids masked.
func describe(c connection.Settings) string {
	if c.Type == connection.Chatbot {
		return fmt.Sprintf("%-10s chatbot      key ****", c.Name)
	}
	line := fmt.Sprintf("%-10s application  corp id %s", c.Name, masked(c.CorpID))
	if c.AgentID != 0 {
		line += fmt.Sprintf(", agent id %d", c.AgentID)
	}
	if !c.ContactsSecret.IsZero() {
		line += ", with a contact-sync secret"
	}
	return line
}

func masked(id string) string {
	const shown = 4
	if len(id) <= 2*shown {
		return "****"
	}
	return id[:shown] + "****" + id[len(id)-shown:]
}

// try is a call to paste. Its input is JSON, or a file of that name.
type try struct{ what, path, input, file string }

var tries = []try{
	{
		"a text message to two members, one of whom does not exist", "/actions/message.text.send",
		`{"touser":["zhangsan","nobody"],"content":"disk db-03 is 91% full"}`, "",
	},
	{
		"a card to a group chat", "/actions/groupchat.textcard.send",
		`{"chatid":"` + wecomsim.SeedChatID + `","title":"Deploy v1.8.2","description":"waiting for approval","url":"https://ops.example.com/d/182"}`, "",
	},
	{
		"markdown by a chatbot", "/actions/chatbot.markdown.send",
		`{"content":"**Deployed** <font color=\"info\">v1.8.2</font>"}`, "",
	},
	{
		"a file, whose media_id messages can name for three days", "/actions/media.upload",
		"Mon zhangsan, Tue lisi", "值班表.txt",
	},
	{
		"the text message again, through a function of AWS Lambda; " + faas.Prefix + " lists the other platforms", "/fn/lambda/wecom-message-text-send",
		`{"touser":"lisi","content":"disk db-03 is 95% full"}`, "",
	},
}

func (a *app) curl(t try) string {
	if t.file != "" {
		return fmt.Sprintf("echo '%s' | curl -sS %s%s -F type=file -F 'media=@-;filename=%s'", t.input, a.url, t.path, t.file)
	}
	return fmt.Sprintf("curl -sS %s%s -H 'Content-Type: application/json' \\\n    -d '%s'", a.url, t.path, t.input)
}

// firstMessage sends a message the way that anybody would, over HTTP, and prints what the emulated phone shows.
func (a *app) firstMessage(ctx context.Context, out io.Writer) {
	input, err := rawjson.Marshal(map[string]string{"touser": "zhangsan", "content": "Hello from wecom-functions. 你好！"})
	if err == nil {
		err = a.post(ctx, "/actions/message.text.send", input)
	}
	if err != nil {
		fmt.Fprintln(out, "\nThe first message failed:", err)
		return
	}
	for _, m := range a.sim.Inbox(wecomsim.InboxFilter{UserID: "zhangsan"}) {
		fmt.Fprintf(out, "\nzhangsan's phone shows\n  [Ops Assistant 运维助手] %s\n", m.Text())
	}
}

func (a *app) post(ctx context.Context, path string, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.url+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	var problem struct{ Detail string }
	_ = json.NewDecoder(resp.Body).Decode(&problem)
	return fmt.Errorf("HTTP %d: %s", resp.StatusCode, problem.Detail)
}
