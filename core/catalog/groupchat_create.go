package catalog

import (
	"context"
	"strings"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

var _ = define(action.Info{
	ID:       "groupchat.create",
	Title:    "Creating a group chat",
	Doc:      "Creates a group chat. The app's visible range must be the root department; at most 1,000 chats a day in an enterprise. With a chatid a lost answer is found out by itself; without one it is reported as unknown. A new chat may stay invisible until its first message.",
	Call:     "POST appchat/create",
	Document: 90245,
	Examples: []action.Example{{
		Title:  "A chat for an incident",
		Input:  `{"name":"故障处理 0421","owner":"amy.lin","userlist":["amy.lin","zhangsan","bo.chen"],"chatid":"incident0421"}`,
		Output: `{"chatid":"incident0421"}`,
	}},
	Refusals: []int64{86215, 60011, 86006},
}, (*GroupchatCreate).Run)

// GroupchatCreate is the input of groupchat.create and the body of appchat/create.
type GroupchatCreate struct {
	Name     string   `json:"name,omitempty"`
	Owner    string   `json:"owner,omitempty"`
	UserList []string `json:"userlist"`
	ChatID   string   `json:"chatid,omitempty"`
}

// Bind declares the fields.
func (g *GroupchatCreate) Bind(f *action.Fields) {
	f.String("name", &g.Name).Chars(0, maxChatName).Truncate().Name().Title("Group Chat Name").
		Doc("What exceeds 50 characters is cut.")
	f.String("owner", &g.Owner).ID().Bytes(1, 64).Is(userID).Title("Group Owner ID").
		Doc("One of the members. WeCom picks one at random if not given.")
	f.Strings("userlist", &g.UserList).Required().Items(2, 2000).Each(userID).Title("Group Member IDs").
		Doc("The members. The enterprise may have a lower limit of its own.")
	f.String("chatid", &g.ChatID).ID().Is(newChatID).Title("Group Chat ID").Doc("Unique. WeCom generates one if not given.")
	f.Check(func(r *action.Report) {
		if r.Fit("owner") && r.Fit("userlist") && !membersOf(g.UserList).has(g.Owner) {
			r.Violate("owner", fault.RuleOneOf, "one of userlist", g.Owner, "owner must be one of userlist.")
		}
	})
}

// GroupchatCreated is the output of groupchat.create.
type GroupchatCreated struct {
	wecom.Status
	ChatID string `json:"chatid" doc:"The id of the new chat."`
}

// Run creates the chat. Its chatid, where one is given, is a natural key.
func (g *GroupchatCreate) Run(ctx context.Context, app *wecom.App) (*GroupchatCreated, error) {
	call := wecom.Call{Path: "appchat/create", Body: g, Effect: wecom.Create}
	if g.ChatID != "" {
		call.Effect, call.Reconcile = wecom.CreateKeyed, []int64{86215}
	}
	created, err := wecom.Do[*GroupchatCreated](ctx, app, call)
	if wecom.MetOwnWork(err) {
		return g.readBack(ctx, app, err)
	}
	if err == nil && created.ChatID == "" {
		return nil, withoutID("appchat/create", "Give a chatid of your own to be able to find the chat.")
	}
	return created, err
}

// readBack looks whether the chat that exists is the one that our first try was to make.
func (g *GroupchatCreate) readBack(ctx context.Context, app *wecom.App, refusal error) (*GroupchatCreated, error) {
	found, err := readChat(ctx, app, g.ChatID)
	if err != nil || found.ChatInfo == nil {
		return nil, unverified(err)
	}
	if !g.made(found.ChatInfo) {
		return nil, refusal
	}
	reconciled(ctx, "the chat is there as it was to be made")
	return &GroupchatCreated{ChatID: g.ChatID}, nil
}

func (g *GroupchatCreate) made(chat *ChatInfo) bool {
	return (g.Name == "" || chat.Name == g.Name) && (g.Owner == "" || strings.EqualFold(chat.Owner, g.Owner)) &&
		sameMembers(chat.UserList, g.UserList)
}
