package catalog

import (
	"context"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

var _ = define(action.Info{
	ID:       "department.create",
	Title:    "Creating a department",
	Doc:      "Creates a department under a parent. At most 15 levels and 30,000 departments in an enterprise. Create departments and their members one after the other. Needs the contact-sync secret.",
	Call:     "POST department/create",
	Document: 90205,
	Examples: []action.Example{{
		Title:  "A team under R&D",
		Input:  `{"name":"数据组","name_en":"Data","parentid":2,"order":5,"id":20}`,
		Output: `{"id":20}`,
	}},
	Refusals: []int64{60008, 60004, 48002},
}, (*DepartmentCreate).Run)

// DepartmentCreate is the input of department.create and the body of department/create.
type DepartmentCreate struct {
	Name     string `json:"name"`
	NameEn   string `json:"name_en,omitempty"`
	ParentID int64  `json:"parentid"`
	Order    *int64 `json:"order,omitempty"`
	ID       int64  `json:"id,omitempty"`
}

// Bind declares the fields.
func (d *DepartmentCreate) Bind(f *action.Fields) {
	f.String("name", &d.Name).Required().Chars(1, 64).Without(departmentForbidden).Name().Title("Dept Name").
		Doc(`Unique among the departments of the same parent. None of \ : * ? " < > |`).Example("数据组")
	f.String("name_en", &d.NameEn).Chars(1, 64).Without(departmentForbidden).Name().Title("English Name").
		Doc(`Takes effect only where the multi-language function is on. Unique among the departments of the same parent. None of \ : * ? " < > |`)
	f.Int("parentid", &d.ParentID).Required().Range(1, maxUint32).Title("Parent Dept ID").Doc("The root department is 1.")
	f.OptInt("order", &d.Order).Range(0, maxUint32).Title("Order").Doc("Place within the parent: the larger stands first.")
	f.Int("id", &d.ID).Range(2, maxUint32).Title("Dept ID").Doc("Generated if not given.")
	f.Check(func(r *action.Report) { refuseOwnParent(r, d.ID, d.ParentID) })
}

// DepartmentCreated is the output of department.create.
type DepartmentCreated struct {
	wecom.Status
	ID int64 `json:"id" doc:"The id of the new department."`
}

// Run creates the department. Its id, or its name under its parent, is a natural key.
func (d *DepartmentCreate) Run(ctx context.Context, app *wecom.App) (*DepartmentCreated, error) {
	created, err := wecom.Do[*DepartmentCreated](ctx, app, wecom.Call{
		Path: "department/create", Body: d, Contacts: true, Effect: wecom.CreateKeyed, Reconcile: []int64{60008},
	})
	if wecom.MetOwnWork(err) {
		return d.readBack(ctx, app, err)
	}
	if err == nil && created.ID == 0 {
		return nil, withoutID("department/create", "department.list shows whether it is there.")
	}
	return created, err
}

// readBack looks whether the department that exists is the one that our first try was to make.
func (d *DepartmentCreate) readBack(ctx context.Context, app *wecom.App, refusal error) (*DepartmentCreated, error) {
	found, err := readDetails(func(contacts bool) (*departmentRows, error) {
		return wecom.Do[*departmentRows](ctx, app, wecom.Call{
			Path: "department/list", Query: idQuery(d.ParentID), Contacts: contacts, Effect: wecom.Read, MaxAnswer: maxList,
		})
	})
	if err != nil {
		return nil, unverified(err)
	}
	for _, row := range found.Department {
		if d.made(row) {
			reconciled(ctx, "the department is there as it was to be made")
			return &DepartmentCreated{ID: row.ID}, nil
		}
	}
	return nil, refusal
}

// departmentRows is the answer of department/list.
type departmentRows struct {
	wecom.Status
	Department []departmentRow `json:"department"`
}

type departmentRow struct {
	ID       int64  `json:"id"`
	ParentID int64  `json:"parentid"`
	Name     string `json:"name"`
	NameEn   string `json:"name_en"` // empty where the multi-language function is off
	Order    int64  `json:"order"`
}

func (d *DepartmentCreate) made(row departmentRow) bool {
	return row.Name == d.Name && row.ParentID == d.ParentID && (d.ID == 0 || row.ID == d.ID) &&
		(row.NameEn == "" || row.NameEn == d.NameEn) && (d.Order == nil || row.Order == *d.Order)
}
