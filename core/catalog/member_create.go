package catalog

import (
	"context"
	"net/url"
	"strings"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

var _ = define(action.Info{
	ID:       "member.create",
	Title:    "Creating a member",
	Doc:      "Creates a member. Give mobile, email or both. WeCom invites new members by itself unless to_invite is false. Needs the contact-sync secret.",
	Call:     "POST user/create",
	Document: 90195,
	Examples: []action.Example{{
		Title:  "A new engineer, without an invitation",
		Input:  `{"userid":"grace.he","name":"Grace He","mobile":"13800000021","department":[2,5],"order":[10,0],"position":"Engineer","gender":2,"is_leader_in_dept":[0,0],"direct_leader":["bo.chen"],"main_department":5,"enable":1,"to_invite":false}`,
		Output: `{}`,
	}},
	Refusals: []int64{60102, 60104, 48002},
}, (*MemberCreate).Run)

// MemberCreate is the input of member.create and the body of user/create.
type MemberCreate struct {
	UserID string `json:"userid"`
	Profile
	ToInvite *bool `json:"to_invite,omitempty"`
}

// Bind declares the fields.
func (m *MemberCreate) Bind(f *action.Fields) {
	f.String("userid", &m.UserID).ID().Required().Bytes(1, 64).Is(userID).Title("Member ID").
		Doc("The member's account, unique in the enterprise whatever the case: letters, digits, _ - @ . beginning with a letter or digit.")
	m.Profile.bind(f, creating)
	f.OptBool("to_invite", &m.ToInvite).Default(true).Title("Invite the Member").
		Doc("Whether WeCom sends invitations: once a day, for up to three working days.")
	f.AnyOf("mobile", "email")
	f.Check(func(r *action.Report) { m.refuseOwnLeader(r, m.UserID) })
}

// MemberCreated is the output of member.create.
type MemberCreated struct {
	wecom.Status
	CreatedDepartments *CreatedDepartments `json:"created_department_list,omitempty" doc:"Departments that WeCom created because their ids did not exist: usually a mistyped id."`
}

// CreatedDepartments lists departments that came with a member.
type CreatedDepartments struct {
	DepartmentInfo []CreatedDepartment `json:"department_info" doc:"The departments."`
}

// CreatedDepartment is one of them.
type CreatedDepartment struct {
	Name string `json:"name" doc:"The name that WeCom gave it."`
	ID   int64  `json:"id" doc:"Its id."`
}

// Run creates the member. Its userid is a natural key.
func (m *MemberCreate) Run(ctx context.Context, app *wecom.App) (*MemberCreated, error) {
	created, err := wecom.Do[*MemberCreated](ctx, app, wecom.Call{
		Path: "user/create", Body: m, Contacts: true, Effect: wecom.CreateKeyed, Reconcile: []int64{60102},
	})
	if wecom.MetOwnWork(err) {
		return m.readBack(ctx, app, err)
	}
	if err == nil && created.CreatedDepartments != nil {
		wecom.TraceOf(ctx).Warn("/department", fault.RuleWeComWarning,
			"WeCom created departments that did not exist; see created_department_list")
	}
	return created, err
}

// readBack looks whether the member that exists is the one that our first try was to make.
func (m *MemberCreate) readBack(ctx context.Context, app *wecom.App, refusal error) (*MemberCreated, error) {
	found, err := readMember(ctx, app, m.UserID)
	if err != nil {
		return nil, unverified(err)
	}
	if !m.made(found) {
		return nil, refusal
	}
	reconciled(ctx, "the member is there as it was to be made")
	return &MemberCreated{}, nil
}

// memberAnswer is the part of user/get that is compared. Apps made after June 2022 are not shown mobile and email.
type memberAnswer struct {
	wecom.Status
	UserID string `json:"userid"`
	Name   string `json:"name"`
	Mobile string `json:"mobile"`
	Email  string `json:"email"`
}

func readMember(ctx context.Context, app *wecom.App, userID string) (*memberAnswer, error) {
	return readDetails(func(contacts bool) (*memberAnswer, error) {
		return wecom.Do[*memberAnswer](ctx, app, wecom.Call{
			Path: "user/get", Query: url.Values{"userid": {userID}}, Contacts: contacts, Effect: wecom.Read,
		})
	})
}

func (m *MemberCreate) made(found *memberAnswer) bool {
	return strings.EqualFold(found.UserID, m.UserID) && agree(m.Name, found.Name) &&
		agree(m.Mobile, found.Mobile) && agree(m.Email, found.Email)
}

// agree tells whether what was given of a member is not known to differ from what WeCom has.
func agree(given *string, have string) bool { return given == nil || have == "" || *given == have }
