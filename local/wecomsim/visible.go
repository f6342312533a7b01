package wecomsim

import (
	"slices"
	"strings"
)

// scope is what the holder of a token may see of the directory.
type scope struct {
	everything  bool
	departments map[int]bool
	users       map[string]bool // by lower-cased userid
}

// scopeOf computes an app's visible range; contact synchronisation (nil) sees everything.
func (e *enterprise) scopeOf(a *Agent) scope {
	if a == nil || slices.Contains(a.AllowParty, rootID) {
		return scope{everything: true}
	}
	s := scope{users: make(map[string]bool)}
	parties := slices.Clone(a.AllowParty)
	for _, id := range a.AllowTag {
		if tag := e.tag(id); tag != nil {
			parties = append(parties, tag.PartyList...)
			s.addUsers(tag.UserList)
		}
	}
	s.addUsers(a.AllowUser)
	s.departments = e.subtree(parties...)
	return s
}

func (s scope) addUsers(ids []string) {
	for _, id := range ids {
		s.users[strings.ToLower(id)] = true
	}
}

func (s scope) hasDepartment(id int) bool { return s.everything || s.departments[id] }

func (s scope) hasMember(m *Member) bool {
	return s.everything || s.users[strings.ToLower(m.UserID)] || slices.ContainsFunc(m.Department, s.hasDepartment)
}
