package catalog

import (
	"context"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

var _ = define(action.Info{
	ID:       "department.delete",
	Title:    "Deleting a department",
	Doc:      "Deletes a department that has neither members nor sub-departments. The root department (1) cannot be deleted. Needs the contact-sync secret.",
	Call:     "GET department/delete",
	Document: 90207,
	Examples: []action.Example{{
		Title:  "Delete an empty department, made before",
		Input:  `{"id":8}`,
		Output: `{}`,
	}},
	Refusals: []int64{60123, 60005, 60006},
}, (*DepartmentDelete).Run)

// DepartmentDelete is the input of department.delete.
type DepartmentDelete struct{ ID int64 }

// Bind declares the fields.
func (d *DepartmentDelete) Bind(f *action.Fields) {
	f.Int("id", &d.ID).Required().Range(1, maxUint32).Title("Dept ID").Doc("The department to delete; not the root, 1.")
	f.Check(func(r *action.Report) {
		if d.ID == 1 {
			r.Violate("id", fault.RuleUnsupported, "not 1", "1", "id must not be 1: WeCom does not delete the root department.")
		}
	})
}

// Run deletes the department.
func (d *DepartmentDelete) Run(ctx context.Context, app *wecom.App) (*wecom.Empty, error) {
	return remove(ctx, app, wecom.Call{
		Path: "department/delete", Query: idQuery(d.ID), Contacts: true, Reconcile: []int64{60003, 60123},
	}, "the department")
}
