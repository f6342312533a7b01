package catalog

import (
	"context"
	"net/url"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

var _ = define(action.Info{
	ID:       "department.list",
	Title:    "Obtaining department IDs",
	Doc:      "Lists the ids of a department and all its descendants, or of everything that the secret may see. Names are not in WeCom's answer.",
	Call:     "GET department/simplelist",
	Document: 95350,
	Examples: []action.Example{{
		Title:  "A department and what is below it",
		Input:  `{"id":2}`,
		Output: `{"department_id":[{"id":2,"parentid":1,"order":100},{"id":5,"parentid":2,"order":20},{"id":6,"parentid":2,"order":10}]}`,
	}},
	Refusals: []int64{60123, 60011},
}, (*DepartmentList).Run)

// DepartmentList is the input of department.list.
type DepartmentList struct{ ID int64 }

// Bind declares the fields.
func (d *DepartmentList) Bind(f *action.Fields) {
	f.Int("id", &d.ID).Range(1, maxUint32).Title("Department ID").
		Doc("This department and, recursively, its sub-departments. Without it the whole structure.")
}

// Departments is the output of department.list.
type Departments struct {
	wecom.Status
	DepartmentID []DepartmentNode `json:"department_id" doc:"The departments, in WeCom's order."`
}

// DepartmentNode is a department's place in the tree.
type DepartmentNode struct {
	ID       int64 `json:"id" doc:"The department."`
	ParentID int64 `json:"parentid" doc:"Its parent."`
	Order    int64 `json:"order" doc:"Its place within the parent: the larger stands first."`
}

// Run lists the departments.
func (d *DepartmentList) Run(ctx context.Context, app *wecom.App) (*Departments, error) {
	var query url.Values
	if d.ID != 0 {
		query = idQuery(d.ID)
	}
	departments, err := wecom.Do[*Departments](ctx, app, wecom.Call{
		Path: "department/simplelist", Query: query, Effect: wecom.Read, MaxAnswer: maxList,
	})
	if err != nil {
		return nil, err
	}
	if departments.DepartmentID == nil {
		departments.DepartmentID = []DepartmentNode{}
		missingInAnswer(ctx, "department_id")
	}
	return departments, nil
}
