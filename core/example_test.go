package core_test

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/core/rawjson"
	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

// connect makes a connector to the emulator of WeCom. To reach WeCom itself, leave out BaseURL and give the ids and
// secrets of your enterprise.
func connect(sim *wecomsim.Sim) *core.Connector {
	connector, err := core.New(core.Settings{Connections: []connection.Settings{
		{
			Name: "default", Type: connection.Application, BaseURL: sim.URL(),
			CorpID: wecomsim.SeedCorpID, AgentID: wecomsim.SeedAgentID,
			Secret:         connection.Value(wecomsim.SeedAppSecret),
			ContactsSecret: connection.Value(wecomsim.SeedContactsSecret),
		},
		{Name: "releases", Type: connection.Chatbot, BaseURL: sim.URL(), Key: connection.Value(wecomsim.SeedChatbotKey)},
	}})
	if err != nil {
		panic(err)
	}
	return connector
}

// show runs an action and prints what comes of it.
func show(connector *core.Connector, action, input string) {
	result, err := connector.Invoke(context.Background(), core.Request{Action: action, Input: []byte(input)})
	if err != nil {
		fmt.Println(err)
		return
	}
	output, err := rawjson.Marshal(result.Output)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(output))
	for _, warning := range result.Warnings {
		fmt.Println("warning:", warning.Field, warning.Rule, warning.Detail)
	}
}

func Example_department() {
	sim := wecomsim.New()
	defer sim.Close()
	connector := connect(sim)

	show(connector, "department.create", `{"name":"数据组","parentid":2,"order":5,"id":20}`)
	show(connector, "department.update", `{"id":20,"name":"数据平台组"}`)
	show(connector, "department.list", `{"id":20}`)
	show(connector, "department.delete", `{"id":20}`)
	show(connector, "department.delete", `{"id":20}`)
	// Output:
	// {"id":20}
	// {}
	// {"department_id":[{"id":20,"parentid":2,"order":5}]}
	// {}
	// not_found: WeCom refused the call: the department does not exist (errcode 60123).
}

func Example_member() {
	sim := wecomsim.New()
	defer sim.Close()
	connector := connect(sim)

	show(connector, "member.create", `{"userid":"grace.he","name":"Grace He","mobile":"13800000021","department":[2]}`)
	show(connector, "member.update", `{"userid":"grace.he","position":"Engineer","gender":2}`)
	show(connector, "member.delete", `{"userid":"grace.he"}`)
	show(connector, "member.list", `{"limit":2}`)
	show(connector, "member.create", `{"userid":"_","name":"Nobody"}`)
	// Output:
	// {}
	// {}
	// {}
	// {"next_cursor":"ZGVwdF91c2VyOjI","dept_user":[{"userid":"zhangsan","department":5},{"userid":"lisi","department":5}]}
	// invalid_input (validation): The input breaks 2 rules. userid must be a userid that begins with a letter or digit. Give at least one of mobile, email.
}

func Example_groupchat() {
	sim := wecomsim.New()
	defer sim.Close()
	connector := connect(sim)

	show(connector, "groupchat.create", `{"name":"故障处理","owner":"lisi","userlist":"lisi,zhangsan","chatid":"incident0421"}`)
	show(connector, "groupchat.update", `{"chatid":"incident0421","add_user_list":["wangwu"]}`)
	show(connector, "groupchat.text.send", `{"chatid":"incident0421","content":"db-03 已恢复"}`)
	show(connector, "groupchat.get", `{"chatid":"incident0421"}`)
	for _, message := range sim.Inbox(wecomsim.InboxFilter{UserID: "wangwu"}) {
		fmt.Println("wangwu reads:", message.Text())
	}
	// Output:
	// {"chatid":"incident0421"}
	// {}
	// {}
	// {"chat_info":{"chatid":"incident0421","name":"故障处理","owner":"lisi","userlist":["lisi","zhangsan","wangwu"],"chat_type":0}}
	// wangwu reads: db-03 已恢复
}

func Example_message() {
	sim := wecomsim.New()
	defer sim.Close()
	connector := connect(sim)
	ctx := context.Background()

	// WeCom sends to the members that it knows and names the others.
	result, err := connector.Invoke(ctx, core.Request{
		Action: "message.text.send",
		Input:  []byte(`{"touser":"zhangsan|nobody","content":"今晚 20:00 例行维护"}`),
	})
	fmt.Println(result.Partial, result.Warnings, err)
	for _, message := range sim.Inbox(wecomsim.InboxFilter{UserID: "zhangsan"}) {
		fmt.Println("zhangsan reads:", message.Text())
	}

	// An error says of what kind it is, and everything that is wrong with an input.
	_, err = connector.Invoke(ctx, core.Request{
		Action: "message.textcard.send",
		Input:  []byte(`{"touser":"zhangsan","title":"告警","description":"已用 91%","url":"ops.example.com"}`),
	})
	if errors.Is(err, fault.InvalidInput) {
		for _, violation := range fault.From(err).Violations {
			fmt.Println(violation.Field, violation.Rule+":", violation.Detail)
		}
	}
	// Output:
	// true [{ recipients_refused WeCom sent the message and refused 1 of its recipients; the output lists them}] <nil>
	// zhangsan reads: 今晚 20:00 例行维护
	// /url format: url must begin with http:// or https://.
}

func Example_chatbot() {
	sim := wecomsim.New()
	defer sim.Close()
	connector := connect(sim)

	show(connector, "chatbot.markdown.send", `{"content":"**发布完成** <font color=\"red\">v1.8.2</font>"}`)
	for _, message := range sim.Inbox(wecomsim.InboxFilter{Key: wecomsim.SeedChatbotKey}) {
		fmt.Println("the group reads:", message.Text())
	}
	// Output:
	// {}
	// warning: /content unsupported a font colour is none of info, comment and warning, and is not shown
	// the group reads: **发布完成** <font color="red">v1.8.2</font>
}

func Example_file() {
	sim := wecomsim.New()
	defer sim.Close()
	connector := connect(sim)

	// A file in place of its id is uploaded first, and then sent.
	show(connector, "groupchat.file.send", `{"chatid":"ops20240901","file":{"filename":"排班表.txt","content":"5ZGo5LiAIOW8oOS4iQo="}}`)
	show(connector, "chatbot.file.send", `{"file":{"filename":"release-notes.txt","content":"djEuOC4yOiBmaXhlcwo="}}`)
	for _, message := range sim.Inbox(wecomsim.InboxFilter{}) {
		fmt.Println(message.Text(), message.Size)
	}

	// A large one goes on to WeCom while it comes.
	_, err := connector.Invoke(context.Background(), core.Request{
		Action: "media.upload", Input: []byte(`{"type":"file"}`),
		File: &core.File{Name: "log.txt", Size: 12, Content: strings.NewReader("db-03 is up\n")},
	})
	fmt.Println(err)

	// A file may also be fetched from a link, if the deployment lists its host.
	show(connector, "chatbot.image.send", `{"file":{"url":"https://files.example.com/chart.png?signature=..."}}`)
	// Output:
	// {}
	// {}
	// [file] 排班表.txt 14
	// [file] release-notes.txt 14
	// <nil>
	// invalid_input (link): This deployment follows no links.
}
