package catalog

import (
	"context"
	"net/url"
	"time"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

var _ = define(action.Info{
	ID:       "groupchat.get",
	Title:    "Obtaining a group chat",
	Doc:      "Reads a group chat that this very app has made. WeCom has no list of group chats.",
	Call:     "GET appchat/get",
	Document: 98914,
	Examples: []action.Example{{
		Title:  "The on-call chat",
		Input:  `{"chatid":"ops20240901"}`,
		Output: `{"chat_info":{"chatid":"ops20240901","name":"值班群 On-call","owner":"lisi","userlist":["zhangsan","lisi","wangwu","amy.lin"],"chat_type":0}}`,
	}},
	Refusals: []int64{86003, 86008},
}, (*GroupchatGet).Run)

// GroupchatGet is the input of groupchat.get.
type GroupchatGet struct{ ChatID string }

// Bind declares the fields.
func (g *GroupchatGet) Bind(f *action.Fields) {
	bindChatID(f, &g.ChatID, "The chat to read.")
}

// Groupchat is the output of groupchat.get.
type Groupchat struct {
	wecom.Status
	ChatInfo *ChatInfo `json:"chat_info" doc:"The chat."`
}

// ChatInfo is a group chat.
type ChatInfo struct {
	ChatID   string   `json:"chatid" doc:"The chat's id."`
	Name     string   `json:"name" doc:"The chat's name."`
	Owner    string   `json:"owner" doc:"The owner's userid."`
	UserList []string `json:"userlist" doc:"The members' userids."`
	ChatType int64    `json:"chat_type" doc:"0: ordinary; 1: course group."`
}

// Run reads the chat.
func (g *GroupchatGet) Run(ctx context.Context, app *wecom.App) (*Groupchat, error) {
	chat, err := readChat(ctx, app, g.ChatID)
	if err == nil && chat.ChatInfo == nil {
		e := fault.New(fault.Unavailable, "WeCom answered appchat/get with errcode 0 but without the chat.").Because("upstream_protocol")
		e.RetryAfter = time.Second
		return nil, e
	}
	return chat, err
}

func readChat(ctx context.Context, app *wecom.App, chatID string) (*Groupchat, error) {
	return wecom.Do[*Groupchat](ctx, app, wecom.Call{
		Path: "appchat/get", Query: url.Values{"chatid": {chatID}}, Effect: wecom.Read,
	})
}
