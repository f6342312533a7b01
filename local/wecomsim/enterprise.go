package wecomsim

import (
	"slices"
	"strings"
	"time"
)

// rootID is the id of the root department of every enterprise.
const rootID = 1

// enterprise is a State made quick to look things up in. The pointers it hands out live until the next change.
type enterprise struct {
	State
	memberAt     map[string]int // position in Members by lower-cased userid: uniqueness ignores case
	departmentAt map[int]int    // position in Departments by id
}

// newEnterprise takes over s, filling in what a hand-written state may leave out.
func newEnterprise(s State, now time.Time) *enterprise {
	e := &enterprise{State: s}
	for i := range e.Media {
		if e.Media[i].CreatedAt == 0 {
			e.Media[i].CreatedAt = now.Unix()
		}
		if e.Media[i].Size == 0 {
			e.Media[i].Size = len(e.Media[i].Content)
		}
	}
	for i := range e.Members {
		e.Members[i].fillIn()
	}
	e.index()
	return e
}

// fillIn completes a member written without the parallel lists, main department or status.
func (m *Member) fillIn() {
	if m.Department == nil {
		m.Department, m.Order, m.IsLeaderInDept = []int{}, []int{}, []int{} // empty lists on the wire, not null
	}
	for len(m.Order) < len(m.Department) {
		m.Order = append(m.Order, 0)
	}
	for len(m.IsLeaderInDept) < len(m.Department) {
		m.IsLeaderInDept = append(m.IsLeaderInDept, 0)
	}
	if m.MainDepartment == 0 && len(m.Department) > 0 {
		m.MainDepartment = m.Department[0]
	}
	if m.Status == 0 {
		m.Status = StatusActive
	}
}

func (e *enterprise) index() {
	e.memberAt = make(map[string]int, len(e.Members))
	for i, m := range e.Members {
		e.memberAt[strings.ToLower(m.UserID)] = i
	}
	e.departmentAt = make(map[int]int, len(e.Departments))
	for i, d := range e.Departments {
		e.departmentAt[d.ID] = i
	}
}

func (e *enterprise) member(userID string) *Member {
	if i, ok := e.memberAt[strings.ToLower(userID)]; ok {
		return &e.Members[i]
	}
	return nil
}

func (e *enterprise) addMember(m Member) {
	e.memberAt[strings.ToLower(m.UserID)] = len(e.Members)
	e.Members = append(e.Members, m)
}

func (e *enterprise) department(id int) *Department {
	if i, ok := e.departmentAt[id]; ok {
		return &e.Departments[i]
	}
	return nil
}

func (e *enterprise) addDepartment(d Department) {
	e.departmentAt[d.ID] = len(e.Departments)
	e.Departments = append(e.Departments, d)
}

func (e *enterprise) removeDepartment(id int) {
	e.Departments = slices.DeleteFunc(e.Departments, func(d Department) bool { return d.ID == id })
	e.index()
}

// freeDepartmentID is the lowest id that no department has, nor is promised to one.
func (e *enterprise) freeDepartmentID(promised ...int) int {
	id := rootID + 1
	for e.department(id) != nil || slices.Contains(promised, id) {
		id++
	}
	return id
}

// subtree is the set of id and everything below it.
func (e *enterprise) subtree(ids ...int) map[int]bool {
	children := make(map[int][]int, len(e.Departments))
	for _, d := range e.Departments {
		children[d.ParentID] = append(children[d.ParentID], d.ID)
	}
	found := make(map[int]bool)
	for len(ids) > 0 {
		id := ids[len(ids)-1]
		ids = ids[:len(ids)-1]
		if e.department(id) == nil || found[id] {
			continue
		}
		found[id] = true
		ids = append(ids, children[id]...)
	}
	return found
}

// level is the depth of a department; the root is level 1.
func (e *enterprise) level(id int) int {
	level := 0
	for d := e.department(id); d != nil && level <= len(e.Departments); d = e.department(d.ParentID) {
		level++
	}
	return level
}

// height is the number of levels that the department and everything below it span.
func (e *enterprise) height(id int) int {
	deepest := 0
	for below := range e.subtree(id) {
		deepest = max(deepest, e.level(below))
	}
	return deepest - e.level(id) + 1
}

// nodes counts the sub-departments and members directly in a department.
func (e *enterprise) nodes(id int) int {
	count := 0
	for _, d := range e.Departments {
		if d.ParentID == id {
			count++
		}
	}
	for _, m := range e.Members {
		if slices.Contains(m.Department, id) {
			count++
		}
	}
	return count
}

func (e *enterprise) agent(id int) *Agent {
	return find(e.Agents, func(a *Agent) bool { return a.AgentID == id })
}

func (e *enterprise) chat(id string) *Chat {
	return find(e.Chats, func(c *Chat) bool { return c.ChatID == id })
}

func (e *enterprise) tag(id int) *Tag { return find(e.Tags, func(t *Tag) bool { return t.ID == id }) }

func (e *enterprise) chatbot(key string) *Chatbot {
	return find(e.Chatbots, func(b *Chatbot) bool { return b.Key == key })
}

func find[T any](list []T, match func(*T) bool) *T {
	for i := range list {
		if match(&list[i]) {
			return &list[i]
		}
	}
	return nil
}

// removeMember takes a member out of the directory and out of everything that names it.
func (e *enterprise) removeMember(userID string) {
	same := func(id string) bool { return strings.EqualFold(id, userID) }
	e.Members = slices.DeleteFunc(e.Members, func(m Member) bool { return same(m.UserID) })
	for i := range e.Members {
		e.Members[i].DirectLeader = slices.DeleteFunc(e.Members[i].DirectLeader, same)
	}
	for i := range e.Tags {
		e.Tags[i].UserList = slices.DeleteFunc(e.Tags[i].UserList, same)
	}
	for i := range e.Chats {
		chat := &e.Chats[i]
		chat.UserList = slices.DeleteFunc(chat.UserList, same)
		if same(chat.Owner) && len(chat.UserList) > 0 {
			chat.Owner = chat.UserList[0]
		}
	}
	e.index()
}

// renameMember changes a userid everywhere it is used.
func (e *enterprise) renameMember(m *Member, userID string) {
	old := m.UserID
	rename := func(ids []string) {
		for i := range ids {
			if strings.EqualFold(ids[i], old) {
				ids[i] = userID
			}
		}
	}
	m.UserID = userID
	for i := range e.Members {
		rename(e.Members[i].DirectLeader)
	}
	for i := range e.Tags {
		rename(e.Tags[i].UserList)
	}
	for i := range e.Chats {
		rename(e.Chats[i].UserList)
		if strings.EqualFold(e.Chats[i].Owner, old) {
			e.Chats[i].Owner = userID
		}
	}
	e.index()
}
