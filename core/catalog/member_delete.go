package catalog

import (
	"context"
	"net/url"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

var _ = define(action.Info{
	ID:       "member.delete",
	Title:    "Deleting a member",
	Doc:      "Deletes a member, and the Tencent mailbox that is bound to the account. The creator of the enterprise cannot be deleted. Needs the contact-sync secret.",
	Call:     "GET user/delete",
	Document: 90198,
	Examples: []action.Example{{
		Title:  "A member who has left",
		Input:  `{"userid":"zhouba"}`,
		Output: `{}`,
	}},
	Refusals: []int64{60111, 48002},
}, (*MemberDelete).Run)

// MemberDelete is the input of member.delete.
type MemberDelete struct{ UserID string }

// Bind declares the fields.
func (m *MemberDelete) Bind(f *action.Fields) {
	f.String("userid", &m.UserID).ID().Required().Bytes(1, 64).Is(userID).Title("Member ID").Doc("The member to delete.")
}

// Run deletes the member.
func (m *MemberDelete) Run(ctx context.Context, app *wecom.App) (*wecom.Empty, error) {
	return remove(ctx, app, wecom.Call{
		Path: "user/delete", Query: url.Values{"userid": {m.UserID}}, Contacts: true, Reconcile: []int64{40003, 46004, 60111},
	}, "the member")
}
