package wecomsim

import (
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	maxUint32  = 1<<32 - 1
	maxLevels  = 15
	nameEnMax  = 64
	badInNames = "\\:*?\"<>|｜\uFFFD" // U+FFFD: what was no UTF-8 ends as an illegal character, as observed
)

// departmentCreate is document 90205; the errcodes are those three public test suites assert of the real server.
func (c *call) departmentCreate() (success, error) {
	name, given := c.body.text("name")
	if !given {
		return success{}, refuse(codeNameLength)
	}
	if err := c.checkDepartmentNames(name); err != nil {
		return success{}, err
	}
	d := Department{Name: name, NameEN: c.body.str("name_en")}
	var err error
	if d.Order, err = c.orderOf(0); err != nil {
		return success{}, err
	}
	if d.ParentID, err = c.parentOf(codeParentUnknown, codeNameInvalid); err != nil {
		return success{}, err
	}
	if d.ID, err = c.newDepartmentID(); err != nil {
		return success{}, err
	}
	if err := c.corp.fits(d, 1); err != nil {
		return success{}, err
	}
	c.corp.addDepartment(d)
	return success{text: "created", fields: fields{{"id", d.ID}}}, nil
}

// departmentUpdate is document 90206: what is not sent stays.
func (c *call) departmentUpdate() (success, error) {
	d := c.corp.department(c.body.integer("id").value)
	if d == nil {
		return success{}, refuse(codePartyUnknown)
	}
	changed := *d
	if name, given := c.body.text("name"); given {
		changed.Name = name
	}
	if err := c.checkDepartmentNames(changed.Name); err != nil {
		return success{}, err
	}
	if nameEN, given := c.body.text("name_en"); given {
		changed.NameEN = nameEN
	}
	var err error
	if changed.Order, err = c.orderOf(d.Order); err != nil {
		return success{}, err
	}
	if err := c.move(&changed); err != nil {
		return success{}, err
	}
	if err := c.corp.fits(changed, c.corp.height(d.ID)); err != nil {
		return success{}, err
	}
	*d = changed
	return success{text: "updated"}, nil
}

// move takes over a new parent, if one was sent: an existing one that is not the department itself nor below it.
func (c *call) move(d *Department) error {
	if !c.body.integer("parentid").given {
		return nil
	}
	parent, err := c.parentOf(codeParentInvalid, codeParentInvalid)
	if err != nil {
		return err
	}
	if c.corp.subtree(d.ID)[parent] {
		return refuse(codePartyLoop)
	}
	d.ParentID = parent
	return nil
}

// departmentDelete is a GET, as the pages say. A department must be empty before it can go.
func (c *call) departmentDelete() (success, error) {
	d, err := c.askedDepartment()
	if err != nil {
		return success{}, err
	}
	if d.ID == rootID {
		return success{}, refuse(codePartyIsRoot)
	}
	for _, m := range c.corp.Members {
		if slices.Contains(m.Department, d.ID) {
			return success{}, refuse(codePartyHasMembers)
		}
	}
	if len(c.corp.subtree(d.ID)) > 1 {
		return success{}, refuse(codePartyHasParties)
	}
	c.corp.removeDepartment(d.ID)
	return success{text: "deleted"}, nil
}

// checkDepartmentNames judges the name and, as it was sent, the English name. That the two use different errcodes for
// the same mistake was observed.
func (c *call) checkDepartmentNames(name string) error {
	limit := c.corp.Rules.departmentNameLength()
	nameEN, givenEN := c.body.text("name_en")
	switch {
	case name == "":
		return refuseParameter("name exceed min utf8 words 1")
	case utf8.RuneCountInString(name) > limit:
		return refuse(codeNameLength)
	case givenEN && nameEN == "":
		return refuse(codeNameLength)
	case utf8.RuneCountInString(nameEN) > nameEnMax:
		return refuseLength("name_en", nameEnMax)
	case strings.ContainsAny(name, badInNames), strings.ContainsAny(nameEN, badInNames):
		return refuse(codeNameInvalid)
	}
	return nil
}

// orderOf reads the order, keeping the old one when none is sent.
func (c *call) orderOf(old int) (int, error) {
	order := c.body.integer("order")
	if !order.given {
		return old, nil
	}
	if !order.valid || order.value < 0 || order.value > maxUint32 {
		return 0, refuse(codeNameInvalid)
	}
	return order.value, nil
}

// parentOf reads the parent. The errcodes for an unknown one and for one that is no number depend on the call.
func (c *call) parentOf(unknown, malformed int) (int, error) {
	parent := c.body.integer("parentid")
	if parent.given && (!parent.valid || parent.value > maxUint32) {
		return 0, refuse(malformed)
	}
	if c.corp.department(parent.value) == nil {
		return 0, refuse(unknown)
	}
	return parent.value, nil
}

// newDepartmentID reads the wanted id, or makes one.
func (c *call) newDepartmentID() (int, error) {
	id := c.body.integer("id")
	switch {
	case !id.given:
		return c.corp.freeDepartmentID(), nil
	case !id.valid || id.value > maxUint32:
		return 0, refuse(codeNameInvalid)
	case id.value <= rootID:
		return 0, refuse(codePartyInvalid)
	case c.corp.department(id.value) != nil:
		return 0, refuse(codePartyExists)
	}
	return id.value, nil
}

// fits judges the place in the tree that a department of so many levels is to take.
func (e *enterprise) fits(d Department, levels int) error {
	for _, other := range e.Departments {
		sibling := other.ParentID == d.ParentID && other.ID != d.ID
		if sibling && (other.Name == d.Name || d.NameEN != "" && other.NameEN == d.NameEN) {
			return refuse(codePartyExists)
		}
	}
	if e.level(d.ParentID)+levels > maxLevels {
		return refuse(codeTooManyLevels)
	}
	old := e.department(d.ID)
	arrives := old == nil || old.ParentID != d.ParentID
	if arrives && e.full(d.ParentID) {
		return refuse(codePartyFull)
	}
	return nil
}

// full reports whether a department has no room for another sub-department or member.
func (e *enterprise) full(id int) bool {
	limit := e.Limits.NodesPerDepartment
	return limit > 0 && e.nodes(id) >= limit
}
