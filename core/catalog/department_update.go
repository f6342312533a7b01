package catalog

import (
	"context"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

var _ = define(action.Info{
	ID:       "department.update",
	Title:    "Updating a department",
	Doc:      "Changes what is given of a department and leaves the rest alone. Needs the contact-sync secret.",
	Call:     "POST department/update",
	Document: 90206,
	Examples: []action.Example{{
		Title:  "Rename a department and move it to the front",
		Input:  `{"id":7,"name":"华东大区","name_en":"East China Region","order":100}`,
		Output: `{}`,
	}},
	Refusals: []int64{60003, 60008, 48002},
}, (*DepartmentUpdate).Run)

// DepartmentUpdate is the input of department.update and the body of department/update.
type DepartmentUpdate struct {
	ID       int64   `json:"id"`
	Name     *string `json:"name,omitempty"`
	NameEn   *string `json:"name_en,omitempty"`
	ParentID int64   `json:"parentid,omitempty"`
	Order    *int64  `json:"order,omitempty"`
}

// Bind declares the fields.
func (d *DepartmentUpdate) Bind(f *action.Fields) {
	f.Int("id", &d.ID).Required().Range(1, maxUint32).Title("Dept ID").Doc("The department to change.")
	f.OptString("name", &d.Name).NotEmpty().Chars(1, 64).Without(departmentForbidden).Name().Title("Dept Name").
		Doc(`Unique among the departments of the same parent. None of \ : * ? " < > |`)
	f.OptString("name_en", &d.NameEn).NotEmpty().Chars(1, 64).Without(departmentForbidden).Name().Title("English Name").
		Doc(`Takes effect only where the multi-language function is on. None of \ : * ? " < > |`)
	f.Int("parentid", &d.ParentID).Range(1, maxUint32).Title("Parent Dept ID").Doc("Moves the department below this one.")
	f.OptInt("order", &d.Order).Range(0, maxUint32).Title("Order").Doc("Place within the parent: the larger stands first.")
	f.Check(func(r *action.Report) { refuseOwnParent(r, d.ID, d.ParentID) })
}

// Run changes the department.
func (d *DepartmentUpdate) Run(ctx context.Context, app *wecom.App) (*wecom.Empty, error) {
	return wecom.Do[*wecom.Empty](ctx, app, wecom.Call{
		Path: "department/update", Body: d, Contacts: true, Effect: wecom.Set,
	})
}
