package catalog

import (
	"context"
	"strings"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

var _ = define(action.Info{
	ID:       "groupchat.update",
	Title:    "Modifying a group chat",
	Doc:      "Changes the name, owner or members of a group chat that this very app has made. When the present owner is removed, a new owner must be given. At most 1,000 changes an hour in an enterprise.",
	Call:     "POST appchat/update",
	Document: 98913,
	Examples: []action.Example{{
		Title:  "A new name, one member in, one out",
		Input:  `{"chatid":"ops20240901","name":"值班群 2.0","add_user_list":["zhaoliu"],"del_user_list":["wangwu"]}`,
		Output: `{}`,
	}},
	Refusals: []int64{86003, 86008, 86216},
}, (*GroupchatUpdate).Run)

// GroupchatUpdate is the input of groupchat.update and the body of appchat/update.
type GroupchatUpdate struct {
	ChatID      string   `json:"chatid"`
	Name        *string  `json:"name,omitempty"`
	Owner       *string  `json:"owner,omitempty"`
	AddUserList []string `json:"add_user_list,omitempty"`
	DelUserList []string `json:"del_user_list,omitempty"`
}

// Bind declares the fields.
func (g *GroupchatUpdate) Bind(f *action.Fields) {
	bindChatID(f, &g.ChatID, "The chat to change.")
	f.OptString("name", &g.Name).NotEmpty().Chars(1, maxChatName).Truncate().Name().Title("Group Chat Name").
		Doc("The new name. What exceeds 50 characters is cut.")
	f.OptString("owner", &g.Owner).ID().NotEmpty().Bytes(1, 64).Is(userID).Title("Group Owner ID").
		Doc("The new owner. The owner of a course group must have the right to create course groups.")
	f.Strings("add_user_list", &g.AddUserList).MaxItems(2000).Each(userID).Title("Member IDs to Add").Doc("The members to add.")
	f.Strings("del_user_list", &g.DelUserList).MaxItems(2000).Each(userID).Title("Member IDs to Remove").Doc("The members to remove.")
	f.AnyOf("name", "owner", "add_user_list", "del_user_list")
	f.Check(g.refuseBoth)
}

// refuseBoth: what adding and removing the same member would come to is not documented.
func (g *GroupchatUpdate) refuseBoth(r *action.Report) {
	if !r.Fit("add_user_list") || !r.Fit("del_user_list") {
		return
	}
	leaving := membersOf(g.DelUserList)
	for _, id := range g.AddUserList {
		if leaving.has(id) {
			r.Violate("del_user_list", fault.RuleExclusive, "not in add_user_list", id, id+" must not be in both add_user_list and del_user_list.")
		}
	}
}

// Run changes the chat.
func (g *GroupchatUpdate) Run(ctx context.Context, app *wecom.App) (*wecom.Empty, error) {
	done, err := wecom.Do[*wecom.Empty](ctx, app, wecom.Call{
		// A repeat of a removal that was carried out meets members that are not in the chat any more.
		Path: "appchat/update", Body: g, Effect: wecom.Set, Reconcile: []int64{86216},
	})
	if wecom.MetOwnWork(err) {
		return g.readBack(ctx, app, err)
	}
	return done, err
}

// readBack looks whether the chat is as our first try was to make it.
func (g *GroupchatUpdate) readBack(ctx context.Context, app *wecom.App, refusal error) (*wecom.Empty, error) {
	found, err := readChat(ctx, app, g.ChatID)
	if err != nil || found.ChatInfo == nil {
		return nil, unverified(err)
	}
	if !g.made(found.ChatInfo) {
		return nil, refusal
	}
	reconciled(ctx, "the chat is as the call was to change it")
	return &wecom.Empty{}, nil
}

func (g *GroupchatUpdate) made(chat *ChatInfo) bool {
	present := membersOf(chat.UserList)
	return present.hasAll(g.AddUserList) && !present.hasAny(g.DelUserList) &&
		(g.Name == nil || chat.Name == *g.Name) && (g.Owner == nil || strings.EqualFold(chat.Owner, *g.Owner))
}
