package wecomsim

import (
	"regexp"
)

const (
	maxBatchDelete = 200 // document 90199
	maxUserID      = 64  // bytes
)

// userIDPattern is the official alphabet of a userid.
var userIDPattern = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z_.@-]*$`)

// userCreate is document 90195.
func (c *call) userCreate() (success, error) {
	userID, err := c.newUserID("userid")
	if err != nil {
		return success{}, err
	}
	if limit := c.corp.Limits.AccountsInEnterprise; limit > 0 && len(c.corp.Members) >= limit {
		return success{}, refuse(codeHeadCount)
	}
	form := memberForm{call: c, creating: true, member: Member{UserID: userID, Status: StatusNotActivated}}
	if err := form.fill(); err != nil {
		return success{}, err
	}
	created := form.createMissing()
	c.corp.addMember(form.member)
	done := success{text: "created"}
	if len(created) > 0 {
		done.fields = fields{{"created_department_list", map[string]any{"department_info": created}}}
	}
	return done, nil
}

// userUpdate is document 90197: what is not sent stays, and "" clears.
func (c *call) userUpdate() (success, error) {
	userID := c.body.str("userid")
	if userID == "" {
		return success{}, refuse(codeUserIDMissing)
	}
	m := c.corp.member(userID)
	if m == nil {
		return success{}, refuse(codeUserUnknown)
	}
	newID, err := c.renaming(m)
	if err != nil {
		return success{}, err
	}
	form := memberForm{call: c, member: m.clone()}
	if err := form.fill(); err != nil {
		return success{}, err
	}
	*m = form.member
	if newID != "" {
		m.GeneratedUserID = false
		c.corp.renameMember(m, newID)
	}
	return success{text: "updated"}, nil
}

// renaming reads new_userid: allowed once, and only when the system made the present userid.
func (c *call) renaming(m *Member) (string, error) {
	if c.body.str("new_userid") == "" {
		return "", nil
	}
	if !m.GeneratedUserID {
		return "", refuse(codeUserIDFixed)
	}
	return c.newUserID("new_userid")
}

// newUserID reads a userid that nobody may have yet.
func (c *call) newUserID(key string) (string, error) {
	userID := c.body.str(key)
	switch {
	case userID == "":
		return "", refuse(codeUserIDMissing)
	case len(userID) > maxUserID:
		return "", refuseLength(key, maxUserID)
	case !userIDPattern.MatchString(userID):
		return "", refuse(codeUserIDInvalid)
	case c.corp.member(userID) != nil:
		return "", refuse(codeUserExists)
	}
	return userID, nil
}

// userDelete is document 90198, a GET.
func (c *call) userDelete() (success, error) {
	m, err := c.askedMember()
	if err != nil {
		return success{}, err
	}
	if m == c.corp.member(c.corp.Corp.Creator) {
		return success{}, refuse(codeCreator)
	}
	c.corp.removeMember(m.UserID)
	return success{text: "deleted"}, nil
}

// userBatchDelete is document 90199: one bad id, and nobody is deleted.
func (c *call) userBatchDelete() (success, error) {
	ids, _ := c.body.texts("useridlist")
	if len(ids) > maxBatchDelete {
		return success{}, refuse(codeUserListSize)
	}
	if len(ids) == 0 {
		return success{}, refuse(codeUserList)
	}
	for _, id := range ids {
		switch m := c.corp.member(id); m {
		case nil:
			return success{}, refuse(codeUserList)
		case c.corp.member(c.corp.Corp.Creator):
			return success{}, refuse(codeCreator)
		}
	}
	for _, id := range ids {
		c.corp.removeMember(id)
	}
	return success{text: "deleted"}, nil
}
