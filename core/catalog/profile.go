package catalog

import (
	"slices"
	"strconv"
	"strings"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/fault"
)

// Profile is what member.create and member.update both say of a member, under WeCom's wire names (documents 90195 and
// 90197). A member of it that is nil is not sent; in an update it then stays as it is.
type Profile struct {
	Name             *string          `json:"name,omitempty"`
	Alias            *string          `json:"alias,omitempty"`
	Mobile           *string          `json:"mobile,omitempty"`
	Department       []int64          `json:"department,omitempty"`
	Order            []int64          `json:"order,omitempty"`
	Position         *string          `json:"position,omitempty"`
	Gender           *int64           `json:"gender,omitempty,string"` // WeCom's samples send a string
	Email            *string          `json:"email,omitempty"`
	BizMail          *string          `json:"biz_mail,omitempty"`
	Telephone        *string          `json:"telephone,omitempty"`
	IsLeaderInDept   []int64          `json:"is_leader_in_dept,omitempty"`
	DirectLeader     []string         `json:"direct_leader,omitzero"`
	AvatarMediaID    *string          `json:"avatar_mediaid,omitempty"`
	Enable           *int64           `json:"enable,omitempty"`
	ExtAttr          *ExtAttr         `json:"extattr,omitempty"`
	ExternalPosition *string          `json:"external_position,omitempty"`
	ExternalProfile  *ExternalProfile `json:"external_profile,omitempty"`
	Nickname         *string          `json:"nickname,omitempty"`
	Address          *string          `json:"address,omitempty"`
	MainDepartment   *int64           `json:"main_department,omitempty"`
}

// occasion is whether a member is created or updated: what an empty text means differs.
type occasion bool

const (
	creating occasion = false
	updating occasion = true
)

// text declares an optional text: empty is as absent when a member is created, and clears when one is updated.
func (o occasion) text(f *action.Fields, name string, to **string) *action.Text {
	declared := f.OptString(name, to)
	if o == updating {
		declared.Clears()
	}
	return declared
}

func (p *Profile) bind(f *action.Fields, when occasion) {
	name := f.OptString("name", &p.Name).Chars(1, 64).Name().Title("Member Name").Doc("The member's name.")
	if when == creating {
		name.Required()
	} else {
		name.NotEmpty()
	}
	when.text(f, "alias", &p.Alias).Chars(1, 64).Name().Title("Alias").Doc("Another name of the member.")
	p.bindPlace(f, when)
	p.bindContact(f, when)
	p.bindExtras(f, when)
	f.OptInt("gender", &p.Gender).OneOf(1, 2).Title("Gender").Doc("1: male; 2: female.")
	f.OptInt("enable", &p.Enable).OneOf(0, 1).Title("Enable Member").Doc("1: enabled; 0: disabled.")
}

// bindPlace declares the member's place in the enterprise.
func (p *Profile) bindPlace(f *action.Fields, when occasion) {
	title := "Title"
	if when == updating {
		title = "Job Title"
	}
	when.text(f, "position", &p.Position).Chars(0, 128).Title(title).Doc("What the member does.")
	f.Ints("department", &p.Department).Parallel().Unique().NotEmpty().MaxItems(100).Range(1, maxUint32).Title("Dept IDs").
		Doc("The departments that the member belongs to. An id that does not exist is created by WeCom when a member is created, with a warning.")
	f.Ints("order", &p.Order).Parallel().MaxItems(100).Range(0, maxUint32).Title("Sorting Members in Dept").
		Doc("The member's place in each department, one for each of department: the larger stands first. WeCom takes 0 if not given.")
	f.Ints("is_leader_in_dept", &p.IsLeaderInDept).Parallel().MaxItems(100).OneOf(0, 1).Title("Department Leaders?").
		Doc("Whether the member leads each department, one for each of department. 1: leader; 0: not.")
	leaders := f.Strings("direct_leader", &p.DirectLeader).MaxItems(5).Each(userID).Title("Immediate Superior IDs").
		Doc("The member's direct superiors. WeCom's present text allows one, earlier ones five.")
	if when == updating {
		leaders.Clears()
	}
	f.OptInt("main_department", &p.MainDepartment).Range(1, maxUint32).Title("Major Dept ID").
		Doc("The main one of the member's departments.")
	f.SameLength("department", "order", "is_leader_in_dept")
	f.Check(p.checkMainDepartment)
}

// checkMainDepartment: the main department must be among the departments, where both are given.
func (p *Profile) checkMainDepartment(r *action.Report) {
	if r.Fit("main_department") && r.Fit("department") && !slices.Contains(p.Department, *p.MainDepartment) {
		r.Violate("main_department", fault.RuleOneOf, "one of department", strconv.FormatInt(*p.MainDepartment, 10),
			"main_department must be one of department.")
	}
}

// bindContact declares how the member is reached.
func (p *Profile) bindContact(f *action.Fields, when occasion) {
	when.text(f, "mobile", &p.Mobile).Is(mobile).Title("Mobile Number").
		Doc("Unique in the enterprise. Numbers from outside mainland China carry their country code. WeCom ignores a change without a word once the member has activated the account.")
	when.text(f, "email", &p.Email).Bytes(6, 64).Is(email).Title("Email Address").Doc("Unique in the enterprise.")
	when.text(f, "biz_mail", &p.BizMail).Bytes(6, 64).Is(email).Title("Enterprise Mailbox").
		Doc("For enterprises with the mailbox function; unique. Without it WeCom makes a default address, which can be changed once.")
	when.text(f, "telephone", &p.Telephone).Bytes(1, 32).Is(telephone).Title("Fixed-line Phone").Doc("Digits, - + and ,")
	when.text(f, "address", &p.Address).Chars(0, 128).Title("Address").Doc("Where the member works.")
}

// bindExtras declares what WeCom's own page has beside the connector's form.
func (p *Profile) bindExtras(f *action.Fields, when occasion) {
	when.text(f, "avatar_mediaid", &p.AvatarMediaID).ID().MaxBytes(maxMediaID).Is(mediaID).Title("Avatar Media ID").
		Doc("The media_id of an uploaded image.")
	when.text(f, "nickname", &p.Nickname).Chars(0, 64).Title("Channel Nickname").Doc("The name of a bound WeChat channel.")
	when.text(f, "external_position", &p.ExternalPosition).Chars(0, 12).Title("External Position").
		Doc("The position that people outside see; at most 12 Chinese characters.")
	action.ObjectField(f, "extattr", &p.ExtAttr).Title("Extended Attributes").
		Doc("Attributes that the admin console defines; WeCom ignores unknown ones.")
	action.ObjectField(f, "external_profile", &p.ExternalProfile).Title("External Profile").
		Doc("What people outside see of the member.")
}

// refuseOwnLeader: nobody is their own superior.
func (p *Profile) refuseOwnLeader(r *action.Report, userID string) {
	if slices.ContainsFunc(p.DirectLeader, func(leader string) bool { return strings.EqualFold(leader, userID) }) {
		r.Violate("direct_leader", fault.RuleFormat, "another member", userID, "direct_leader must not be the member itself.")
	}
}
