package wecomsim

import (
	"slices"
	"strconv"
	"strings"
)

const (
	maxToUser  = 1000
	maxToParty = 100
	maxToTag   = 100
	everyone   = "@all"
)

// recipients is who a message goes to: the members it reaches, and the answer's lists of those it does not.
type recipients struct {
	reached []string
	invalid fields
}

// resolve reads touser, toparty and totag. @all counts only when it stands alone; inside a list it is a member nobody
// knows (our choice).
func (c *call) resolve() (recipients, error) {
	users, parties, tags := splitIDs(c.body.str("touser")), splitIDs(c.body.str("toparty")), splitIDs(c.body.str("totag"))
	toAll := len(users) == 1 && users[0] == everyone
	if toAll {
		users, parties, tags = nil, nil, nil
	}
	switch {
	case !toAll && len(users)+len(parties)+len(tags) == 0:
		return recipients{}, refuse(codeNoReceiver)
	case len(users) > maxToUser:
		return recipients{}, refuse(codeUserListSize)
	case len(parties) > maxToParty:
		return recipients{}, refuse(codeTooManyToParty)
	case len(tags) > maxToTag:
		return recipients{}, refuse(codeTooManyToTag)
	}
	r := resolver{corp: c.corp, seen: c.corp.scopeOf(c.agent), taken: make(map[string]bool)}
	if toAll {
		r.takeWhere(func(*Member) bool { return true })
	}
	r.users(users)
	r.parties(parties)
	r.tags(tags)
	to := recipients{reached: r.reached, invalid: r.lists()}
	if len(to.reached) == 0 && !r.someValid {
		return to, &refusal{code: codeAllInvalid, text: errorText(codeAllInvalid), fields: append(fields{}, to.invalid...)}
	}
	return to, nil
}

// splitIDs cuts a list at its bars; blanks around them are in the official samples.
func splitIDs(list string) []string {
	var ids []string
	for id := range strings.SplitSeq(list, "|") {
		if id = strings.TrimSpace(id); id != "" {
			ids = append(ids, id)
		}
	}
	return ids
}

// resolver gathers the receivers of one message, each once.
type resolver struct {
	corp      *enterprise
	seen      scope
	taken     map[string]bool
	reached   []string
	someValid bool // a department or tag was valid, even if it is empty

	badUsers, badParties, badTags, unlicensed []string
}

func (r *resolver) take(m *Member) {
	if r.taken[m.UserID] {
		return
	}
	r.taken[m.UserID] = true
	if m.Unlicensed {
		r.unlicensed = append(r.unlicensed, strings.ToLower(m.UserID))
		return
	}
	r.reached = append(r.reached, m.UserID)
}

// takeWhere takes the visible members that match.
func (r *resolver) takeWhere(match func(*Member) bool) {
	for i := range r.corp.Members {
		if m := &r.corp.Members[i]; r.seen.hasMember(m) && match(m) {
			r.take(m)
		}
	}
}

func (r *resolver) users(ids []string) {
	for _, id := range ids {
		if m := r.corp.member(id); m != nil && r.seen.hasMember(m) {
			r.take(m)
		} else {
			r.badUsers = append(r.badUsers, strings.ToLower(id))
		}
	}
}

func (r *resolver) parties(ids []string) {
	for _, text := range ids {
		id, err := strconv.Atoi(text)
		if err != nil || r.corp.department(id) == nil || !r.seen.hasDepartment(id) {
			r.badParties = append(r.badParties, text)
			continue
		}
		r.someValid = true
		below := r.corp.subtree(id)
		r.takeWhere(func(m *Member) bool {
			return slices.ContainsFunc(m.Department, func(d int) bool { return below[d] })
		})
	}
}

func (r *resolver) tags(ids []string) {
	for _, text := range ids {
		id, err := strconv.Atoi(text)
		tag := r.corp.tag(id)
		if err != nil || tag == nil {
			r.badTags = append(r.badTags, text)
			continue
		}
		r.someValid = true
		below := r.corp.subtree(tag.PartyList...)
		r.takeWhere(func(m *Member) bool {
			return slices.ContainsFunc(tag.UserList, func(id string) bool { return strings.EqualFold(id, m.UserID) }) ||
				slices.ContainsFunc(m.Department, func(d int) bool { return below[d] })
		})
	}
}

// lists are the answer's lists of receivers that were not reached, only those that are not empty.
func (r *resolver) lists() fields {
	var lists fields
	for _, l := range []struct {
		name string
		ids  []string
	}{
		{"invaliduser", r.badUsers},
		{"invalidparty", r.badParties},
		{"invalidtag", r.badTags},
		{"unlicenseduser", r.unlicensed},
	} {
		if len(l.ids) > 0 {
			lists = append(lists, field{l.name, strings.Join(l.ids, "|")})
		}
	}
	return lists
}
