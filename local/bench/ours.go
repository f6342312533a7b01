package main

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/catalog"
	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/core/wecom"
	"github.com/wecom-functions/wecom-functions/local/bench/floor"
)

// The inputs of the measured actions, as a caller writes them.
type (
	textInput struct {
		ToUser         string `json:"touser"`
		Content        string `json:"content"`
		DuplicateCheck int    `json:"enable_duplicate_check,omitempty"`
	}
	articleInput struct {
		ToUser       string `json:"touser"`
		Title        string `json:"title"`
		ThumbMediaID string `json:"thumb_media_id"`
		Content      string `json:"content"`
	}
)

const (
	sendText        = "message.text.send"
	sendArticle     = "message.mpnews.send"
	listDepartments = "department.list"
)

func newTextInput(content string, duplicateCheck bool) textInput {
	input := textInput{ToUser: recipient, Content: content}
	if duplicateCheck {
		input.DuplicateCheck = 1
	}
	return input
}

func newArticleInput(content string) articleInput {
	return articleInput{ToUser: recipient, Title: articleTitle, ThumbMediaID: articleThumb, Content: content}
}

func encode(input any) []byte {
	encoded, err := json.Marshal(input)
	if err != nil {
		panic(err) // structs of strings and numbers always encode
	}
	return encoded
}

func settings(p party) connection.Settings {
	return connection.Settings{
		Name:    connection.DefaultName,
		Type:    connection.Application,
		CorpID:  "ww0123456789abcdef",
		Secret:  connection.Value("bench-secret"),
		AgentID: floor.AgentID,
		BaseURL: p.URL,
	}
}

// connector is the whole way of a call, as adapters use it.
type connector struct{ core *core.Connector }

func newConnector(p party) (contender, error) {
	c, err := core.New(core.Settings{Connections: []connection.Settings{settings(p)}})
	return connector{c}, err
}

func (c connector) text(content string, duplicateCheck bool) call {
	return c.invoke(sendText, newTextInput(content, duplicateCheck), nil)
}

func (c connector) article(content string) call {
	return c.invoke(sendArticle, newArticleInput(content), nil)
}

func (c connector) departments(want int) call {
	return c.invoke(listDepartments, struct{}{}, func(output any) error { return checkDepartments(output, want) })
}

func (c connector) invoke(id string, input any, check func(output any) error) call {
	request := core.Request{Action: id, Input: encode(input)}
	return func(ctx context.Context) error {
		result, err := c.core.Invoke(ctx, request)
		if err == nil && check != nil {
			err = check(result.Output)
		}
		return err
	}
}

// client is the part of the way from the decoded action to the socket.
type client struct{ app *wecom.App }

func newClient(p party) contender {
	return client{wecom.NewApp(settings(p), wecom.Options{UserAgent: "wecom-functions/bench"})}
}

func (c client) text(content string, duplicateCheck bool) call {
	return c.run(sendText, newTextInput(content, duplicateCheck), nil)
}

func (c client) article(content string) call {
	return c.run(sendArticle, newArticleInput(content), nil)
}

func (c client) departments(want int) call {
	return c.run(listDepartments, struct{}{}, func(output any) error { return checkDepartments(output, want) })
}

func (c client) run(id string, input any, check func(output any) error) call {
	called := catalog.Lookup(id)
	decoded := called.New()
	report := action.Decode(decoded, encode(input))
	return func(ctx context.Context) error {
		if len(report.Violations) > 0 {
			return fault.Invalid(report.Violations...)
		}
		output, err := called.Run(ctx, c.app, decoded)
		if err == nil && check != nil {
			err = check(output)
		}
		return err
	}
}

func checkDepartments(output any, want int) error {
	list, ok := output.(*catalog.Departments)
	if !ok {
		return errors.New("department.list answers with another type")
	}
	return wantDepartments(len(list.DepartmentID), want)
}

const unknownOutcome = string(fault.OutcomeUnknown)

// kindOf names a failure; "" is success.
func kindOf(err error) string {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*fault.Error](err); ok {
		return string(e.Kind)
	}
	return "failed"
}
