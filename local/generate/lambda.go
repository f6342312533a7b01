package main

import (
	_ "embed"
	"slices"
	"strings"
	"text/template"

	"github.com/wecom-functions/wecom-functions/core/catalog"
	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/core/describe"
	"github.com/wecom-functions/wecom-functions/local/generate/marked"
)

// lambda is what template.yaml repeats of the catalogue: its resources for each action, or group of actions.
func lambda() []marked.Section {
	individual, grouped := individualFunctions(), groupedFunctions()
	return []marked.Section{
		{Name: "secrets", Text: rows("secret", secrets)},
		{Name: "functions", Text: rows("function", individual)},
		{Name: "groups", Text: rows("function", grouped)},
		{Name: "routes", Text: rows("route", individual)},
		{Name: "outputs", Text: rows("output", append(individual, grouped...))},
	}
}

// secret is one of the template's parameters that refer to a secret.
type secret struct{ Parameter, Title, Condition string }

var secrets = []secret{
	{"Secret", "the application's secret", "Application"},
	{"ContactsSecret", "the contact-sync secret", "HasContactsSecret"},
	{"ChatbotKey", "the key of the chatbot's webhook", "Chatbot"},
}

// lambdaFunction is one function of the template, with what belongs to it.
type lambdaFunction struct {
	Name    string // of its resources: MessageTextSend
	Suffix  string // of the deployed function's name: message-text-send
	Title   string
	Handler string
	// Only is WECOM_ACTION, where no handler can say it; "" elsewhere.
	Only string
	// Deployment is the condition that it is deployed under: Individual or Grouped.
	Deployment string
	// Group is the name of the grouped function that serves the same.
	Group   string
	actions []*catalog.Action
}

// group is a function that serves several actions.
type group struct {
	suffix, title, handler string
	has                    func(id string) bool
}

var groups = []group{
	{"department", "Departments", "department.*", family("department")},
	{"member", "Members", "member.*", family("member")},
	{"groupchat", "Group chats", "bootstrap", func(id string) bool { return family("groupchat")(id) && !sends(id) }},
	{"message", "Application messages and their files", "bootstrap", func(id string) bool { return family("message")(id) || family("media")(id) }},
	{"groupchat-messages", "Messages to group chats", "groupchat.*.send", func(id string) bool { return family("groupchat")(id) && sends(id) }},
	{"chatbot", "Messages by chatbot", "chatbot.*", family("chatbot")},
}

func family(name string) func(id string) bool {
	return func(id string) bool { return strings.HasPrefix(id, name+".") }
}

func sends(id string) bool { return strings.HasSuffix(id, ".send") }

func (g group) name() string {
	return describe.GoType(strings.ReplaceAll(g.suffix, "-", ".")) + "Group"
}

func individualFunctions() []lambdaFunction {
	list := make([]lambdaFunction, 0, len(catalog.IDs()))
	for _, a := range catalog.Actions() {
		of := groups[slices.IndexFunc(groups, func(g group) bool { return g.has(a.ID) })]
		list = append(list, lambdaFunction{
			Name: describe.GoType(a.ID), Suffix: strings.TrimPrefix(describe.Function(a.ID), "wecom-"), Title: a.Title,
			Handler: a.ID, Deployment: "Individual", Group: of.name(), actions: []*catalog.Action{a},
		})
	}
	return list
}

func groupedFunctions() []lambdaFunction {
	list := make([]lambdaFunction, 0, len(groups))
	for _, g := range groups {
		f := lambdaFunction{Name: g.name(), Suffix: g.suffix, Title: g.title, Handler: g.handler, Deployment: "Grouped"}
		var ids []string
		for _, a := range catalog.Actions() {
			if g.has(a.ID) {
				f.actions, ids = append(f.actions, a), append(ids, a.ID)
			}
		}
		if g.handler == "bootstrap" {
			f.Only = strings.Join(ids, ",")
		}
		list = append(list, f)
	}
	return list
}

// Connection is the name of the type, as the template's conditions have it.
func (f lambdaFunction) Connection() string {
	if f.actions[0].Connection == connection.Chatbot {
		return "Chatbot"
	}
	return "Application"
}

// Sends tells whether a queue may stand before the function.
func (f lambdaFunction) Sends() bool { return f.any(sends) }

// Agent tells whether the application's id is needed: messages name their sender.
func (f lambdaFunction) Agent() bool {
	return f.any(func(id string) bool { return family("message")(id) && sends(id) })
}

// Contacts tells whether the contact-sync secret is needed.
func (f lambdaFunction) Contacts() bool { return f.any(writesContacts) }

// Own tells whether the application's own secret is needed: contacts are written with the other one, but after a lost
// answer compared with what the application sees, since WeCom lets the contact-sync secret read no details.
func (f lambdaFunction) Own() bool {
	return f.any(func(id string) bool {
		return !writesContacts(id) || slices.Contains([]string{"department.create", "member.create", "member.update"}, id)
	})
}

func writesContacts(id string) bool {
	return family("member")(id) || family("department")(id) && id != "department.list"
}

func (f lambdaFunction) any(is func(id string) bool) bool {
	return slices.ContainsFunc(f.actions, func(a *catalog.Action) bool { return is(a.ID) })
}

//go:embed lambda.tmpl
var lambdaRows string

// rows is a part of lambda.tmpl, filled in for each item.
func rows[T any](part string, items []T) string {
	parts := template.Must(template.New("").Parse(lambdaRows))
	var b strings.Builder
	for _, item := range items {
		if err := parts.ExecuteTemplate(&b, part, item); err != nil {
			panic(err) // a template that does not fit is a bug
		}
	}
	return b.String()
}
