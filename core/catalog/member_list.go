package catalog

import (
	"context"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

var _ = define(action.Info{
	ID:       "member.list",
	Title:    "Obtaining member IDs",
	Doc:      "Lists members page by page, one row for each member and department: a member of two departments stands twice. While next_cursor is not empty there is another page, even if this one has fewer rows than the limit. Needs the contact-sync secret.",
	Call:     "POST user/list_id",
	Document: 96067,
	Examples: []action.Example{{
		Title:  "The first two rows",
		Input:  `{"limit":2}`,
		Output: `{"next_cursor":"...","dept_user":[{"userid":"zhangsan","department":5},{"userid":"lisi","department":5}]}`,
	}},
	Refusals: []int64{48002, 50100},
}, (*MemberList).Run)

// maxPage is the most rows that WeCom gives at once. It is always sent: what WeCom does without a limit is not
// documented.
const maxPage = 10_000

// MemberList is the input of member.list and the body of user/list_id.
type MemberList struct {
	Cursor string `json:"cursor,omitempty"`
	Limit  int64  `json:"limit"`
}

// Bind declares the fields.
func (m *MemberList) Bind(f *action.Fields) {
	f.String("cursor", &m.Cursor).ID().MaxBytes(4096).Title("Pagination Cursor").
		Doc("next_cursor of the previous page; left out for the first page.")
	f.Int("limit", &m.Limit).Range(1, maxPage).Default(maxPage).Title("Total Data").Doc("The number of rows that are wanted.")
}

// Members is the output of member.list.
type Members struct {
	wecom.Status
	NextCursor string      `json:"next_cursor" doc:"The cursor of the next page; empty on the last one."`
	DeptUser   []MemberRow `json:"dept_user" doc:"The rows."`
}

// MemberRow says that a member belongs to a department.
type MemberRow struct {
	UserID     string `json:"userid" doc:"The member."`
	Department int64  `json:"department" doc:"One of the member's departments."`
}

// Run lists a page of members.
func (m *MemberList) Run(ctx context.Context, app *wecom.App) (*Members, error) {
	if m.Limit == 0 {
		m.Limit = maxPage
	}
	members, err := wecom.Do[*Members](ctx, app, wecom.Call{
		Path: "user/list_id", Body: m, Contacts: true, Effect: wecom.Read, MaxAnswer: maxList,
	})
	if err != nil {
		return nil, err
	}
	if members.DeptUser == nil {
		members.DeptUser = []MemberRow{}
		missingInAnswer(ctx, "dept_user")
	}
	return members, nil
}
