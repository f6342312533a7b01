package wecomsim

import (
	"slices"
	"strconv"
)

// wireDepartment is a department as list and get answer it.
type wireDepartment struct {
	ID       int      `json:"id"`
	Name     string   `json:"name"`
	NameEN   string   `json:"name_en,omitempty"`
	Leaders  []string `json:"department_leader"`
	ParentID int      `json:"parentid"`
	Order    int      `json:"order"`
}

// departmentNode is a department as simplelist answers it.
type departmentNode struct {
	ID       int `json:"id"`
	ParentID int `json:"parentid"`
	Order    int `json:"order"`
}

// departmentSimpleList is document 95350. The root's parentid (0) and the order of the rows are our choice.
func (c *call) departmentSimpleList() (success, error) {
	found, err := c.askedDepartments()
	if err != nil {
		return success{}, err
	}
	nodes := make([]departmentNode, len(found))
	for i, d := range found {
		nodes[i] = departmentNode{d.ID, d.ParentID, d.Order}
	}
	return success{fields: fields{{"department_id", nodes}}}, nil
}

// departmentList is document 90208.
func (c *call) departmentList() (success, error) {
	found, err := c.askedDepartments()
	if err != nil {
		return success{}, err
	}
	list := make([]wireDepartment, len(found))
	for i, d := range found {
		list[i] = c.corp.describe(d)
	}
	return success{fields: fields{{"department", list}}}, nil
}

// departmentGet answers one department in the shape of document 90208.
func (c *call) departmentGet() (success, error) {
	d, err := c.askedDepartment()
	if err != nil {
		return success{}, err
	}
	return success{fields: fields{{"department", c.corp.describe(*d)}}}, nil
}

// askedDepartments are those the query's id selects, as far as the token sees them: all when it is absent (or, our
// choice, empty), else that department and everything below it.
func (c *call) askedDepartments() ([]Department, error) {
	seen := c.corp.scopeOf(c.agent)
	found := []Department{}
	below := map[int]bool(nil)
	if c.query.Get("id") != "" {
		d, err := c.askedDepartment()
		if err != nil {
			return nil, err
		}
		below = c.corp.subtree(d.ID)
	}
	for _, d := range c.corp.Departments {
		if seen.hasDepartment(d.ID) && (below == nil || below[d.ID]) {
			found = append(found, d)
		}
	}
	return found, nil
}

// askedDepartment is the one that the query's id names.
func (c *call) askedDepartment() (*Department, error) {
	id, err := strconv.Atoi(c.query.Get("id"))
	if err != nil {
		return nil, refuse(codeParameter)
	}
	d := c.corp.department(id)
	if d == nil {
		return nil, refuse(codePartyInvalid)
	}
	if !c.corp.scopeOf(c.agent).hasDepartment(id) {
		return nil, refuse(codeNoPrivilege)
	}
	return d, nil
}

func (e *enterprise) describe(d Department) wireDepartment {
	return wireDepartment{d.ID, d.Name, d.NameEN, e.leaders(d.ID), d.ParentID, d.Order}
}

// leaders are the members who lead a department.
func (e *enterprise) leaders(id int) []string {
	leaders := []string{}
	for _, m := range e.Members {
		if at := slices.Index(m.Department, id); at >= 0 && m.IsLeaderInDept[at] == 1 {
			leaders = append(leaders, m.UserID)
		}
	}
	return leaders
}
