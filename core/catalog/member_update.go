package catalog

import (
	"context"
	"errors"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

var _ = define(action.Info{
	ID:       "member.update",
	Title:    "Updating a member",
	Doc:      "Changes what is given of a member and leaves the rest alone; an empty text clears. Needs the contact-sync secret.",
	Call:     "POST user/update",
	Document: 90197,
	Examples: []action.Example{{
		Title:  "A promotion and a move; the alias is cleared",
		Input:  `{"userid":"bo.chen","position":"Head of Platform","alias":"","department":[2,5],"order":[1,10],"is_leader_in_dept":[0,1]}`,
		Output: `{}`,
	}},
	Refusals: []int64{60111, 60104, 48002},
}, (*MemberUpdate).Run)

// MemberUpdate is the input of member.update and the body of user/update.
type MemberUpdate struct {
	UserID    string  `json:"userid"`
	NewUserID *string `json:"new_userid,omitempty"`
	Profile
	BizMailAlias *MailAliases `json:"biz_mail_alias,omitempty"`
}

// MailAliases are further addresses of the enterprise mailbox.
type MailAliases struct {
	Item []string `json:"item,omitzero"`
}

// Bind declares the fields.
func (m *MailAliases) Bind(f *action.Fields) {
	f.Strings("item", &m.Item).MaxItems(5).Each(mailAlias).Clears().Title("Addresses").
		Doc("They replace the present ones; an empty list clears them. 6 to 63 bytes each.")
}

// Bind declares the fields.
func (m *MemberUpdate) Bind(f *action.Fields) {
	f.String("userid", &m.UserID).ID().Required().Bytes(1, 64).Is(userID).Title("Member ID").Doc("The member to change, in any case.")
	f.OptString("new_userid", &m.NewUserID).ID().NotEmpty().Bytes(1, 64).Is(userID).Title("New Member ID").
		Doc("Renames the member: only a userid that WeCom generated, and only once.")
	m.Profile.bind(f, updating)
	action.ObjectField(f, "biz_mail_alias", &m.BizMailAlias).Title("Mailbox Aliases").
		Doc("Further addresses of the enterprise mailbox; they replace the present ones.")
	f.Check(func(r *action.Report) { m.refuseOwnLeader(r, m.UserID) })
}

// Run changes the member.
func (m *MemberUpdate) Run(ctx context.Context, app *wecom.App) (*wecom.Empty, error) {
	call := wecom.Call{Path: "user/update", Body: m, Contacts: true, Effect: wecom.Set}
	if m.NewUserID != nil {
		// A repeat of a rename that was carried out does not find the old userid any more.
		call.Reconcile = []int64{60111, 301036}
	}
	done, err := wecom.Do[*wecom.Empty](ctx, app, call)
	if wecom.MetOwnWork(err) {
		return m.readBack(ctx, app, err)
	}
	return done, err
}

// readBack looks whether the member has the new userid.
func (m *MemberUpdate) readBack(ctx context.Context, app *wecom.App, refusal error) (*wecom.Empty, error) {
	found, err := readMember(ctx, app, *m.NewUserID)
	switch {
	case errors.Is(err, fault.NotFound):
		return nil, refusal
	case err != nil:
		return nil, unverified(err)
	case !agree(m.Name, found.Name):
		return nil, refusal
	}
	reconciled(ctx, "the member is as the call was to change it")
	return &wecom.Empty{}, nil
}
