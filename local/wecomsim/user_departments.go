package wecomsim

import (
	"fmt"
	"slices"
)

// holdingName is where members without department, and departments that user/create makes, go. That there is such a
// place is official ("Other (department to be set)"); its Chinese name and the names of those departments are ours.
const holdingName = "其他（待设置部门）"

// readDepartments takes over the department list: unknown ids are allowed only for a new member, for whom
// createMissing later makes them. Their errcode on user/update is our choice.
func (f *memberForm) readDepartments() error {
	_, sent := f.body.raw("department")
	ids, valid := f.body.integers("department")
	switch {
	case sent && !valid, sent && len(ids) == 0 && !f.creating:
		return refuse(codePartyList)
	case len(ids) == 0 && f.creating && f.corp.Rules.DepartmentRequired:
		return refuse(codePartyMissing)
	case len(ids) == 0 && f.creating:
		ids = []int{0}
	case !sent:
		return nil
	}
	if limit := f.corp.Limits.DepartmentsPerMember; limit > 0 && len(ids) > limit {
		return refuse(codeTooManyParties)
	}
	for _, id := range ids {
		if err := f.checkJoining(id); err != nil {
			return err
		}
	}
	f.member.Department = ids
	f.member.Order = make([]int, len(ids))
	f.member.IsLeaderInDept = make([]int, len(ids))
	return nil
}

func (f *memberForm) checkJoining(id int) error {
	mayCreate := f.creating && !f.corp.Rules.RefuseUnknownDepartments && id > rootID && id <= maxUint32
	switch {
	case id == 0 && f.creating: // the holding place
		return nil
	case f.corp.department(id) == nil && !mayCreate:
		return refuse(codePartyUnknown)
	case f.corp.department(id) != nil && !slices.Contains(f.member.Department, id) && f.corp.full(id):
		return refuse(codePartyFull)
	}
	return nil
}

// readOrder has an effect only together with department. The errcode for a wrong count is our choice.
func (f *memberForm) readOrder() error {
	order, given := f.body.integers("order")
	if _, together := f.body.raw("department"); !given || !together {
		return nil
	}
	if len(order) != len(f.member.Department) {
		return refuse(codeListInvalid)
	}
	for _, value := range order {
		if value < 0 || value > maxUint32 {
			return refuse(codeListInvalid)
		}
	}
	f.member.Order = order
	return nil
}

func (f *memberForm) readLeaders() error {
	leader, given := f.body.integers("is_leader_in_dept")
	if !given {
		return nil
	}
	if len(leader) != len(f.member.Department) {
		return refuse(codeLeaderCount)
	}
	for _, value := range leader {
		if value != 0 && value != 1 {
			return refuse(codeListInvalid)
		}
	}
	f.member.IsLeaderInDept = leader
	return nil
}

// readMainDepartment: whether it must be one of the member's departments is not documented; here it need only exist.
func (f *memberForm) readMainDepartment() error {
	wanted := f.body.integer("main_department")
	switch {
	case !wanted.given:
		if len(f.member.Department) > 0 && !slices.Contains(f.member.Department, f.member.MainDepartment) {
			f.member.MainDepartment = f.member.Department[0]
		}
		return nil
	case f.corp.department(wanted.value) == nil && !slices.Contains(f.member.Department, wanted.value):
		return refuse(codePartyUnknown)
	}
	f.member.MainDepartment = wanted.value
	return nil
}

// createdDepartment is a row of created_department_list.
type createdDepartment struct {
	Name string `json:"name"`
	ID   int    `json:"id"`
}

// createMissing makes the departments that a new member names and nobody has, and replaces 0 by the holding place.
func (f *memberForm) createMissing() []createdDepartment {
	var created []createdDepartment
	m := &f.member
	for i, id := range m.Department {
		switch {
		case id == 0:
			m.Department[i] = f.corp.holdingDepartment(m.Department)
		case f.corp.department(id) == nil:
			d := Department{ID: id, Name: fmt.Sprintf("待设置部门%d", id), ParentID: f.corp.holdingDepartment(m.Department)}
			f.corp.addDepartment(d)
			created = append(created, createdDepartment{d.Name, d.ID})
		}
	}
	if m.MainDepartment == 0 {
		m.MainDepartment = m.Department[0]
	}
	return created
}

// holdingDepartment finds the holding place under the root, or makes it with an id that nobody else is about to get.
func (e *enterprise) holdingDepartment(promised []int) int {
	isHolding := func(d *Department) bool { return d.ParentID == rootID && d.Name == holdingName }
	if d := find(e.Departments, isHolding); d != nil {
		return d.ID
	}
	d := Department{ID: e.freeDepartmentID(promised...), Name: holdingName, ParentID: rootID}
	e.addDepartment(d)
	return d.ID
}
