package wecomsim

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// maxListID is the largest limit of list_id; when no limit is sent it is also ours, the real default being unknown.
const maxListID = 10_000

// memberRow is one row of list_id: a member of n departments has n of them.
type memberRow struct {
	UserID     string `json:"userid"`
	Department int    `json:"department"`
}

// userListID is document 96067.
func (c *call) userListID() (success, error) {
	limit := c.body.integer("limit")
	if limit.given && (!limit.valid || limit.value < 1 || limit.value > maxListID) {
		return success{}, refuseParameter("limit out of range [1, %d]", maxListID) // our choice of errcode
	}
	if !limit.given {
		limit.value = maxListID
	}
	rows := c.corp.memberRows()
	start, ok := decodeCursor(c.body.str("cursor"))
	if !ok || start > len(rows) {
		return success{}, refuse(codeCursor)
	}
	end := min(start+limit.value, len(rows))
	next := ""
	if end < len(rows) {
		next = encodeCursor(end)
	}
	return success{fields: fields{{"next_cursor", next}, {"dept_user", rows[start:end]}}}, nil
}

func (e *enterprise) memberRows() []memberRow {
	rows := make([]memberRow, 0, len(e.Members))
	for _, m := range e.Members {
		for _, id := range m.Department {
			rows = append(rows, memberRow{m.UserID, id})
		}
	}
	return rows
}

// A cursor is opaque to callers; inside it is the number of rows already seen.
const cursorMark = "dept_user:"

func encodeCursor(seen int) string {
	return base64.RawURLEncoding.EncodeToString([]byte(cursorMark + strconv.Itoa(seen)))
}

func decodeCursor(cursor string) (seen int, ok bool) {
	if cursor == "" {
		return 0, true
	}
	plain, err := base64.RawURLEncoding.DecodeString(cursor)
	digits, marked := strings.CutPrefix(string(plain), cursorMark)
	if err != nil || !marked {
		return 0, false
	}
	seen, err = strconv.Atoi(digits)
	return seen, err == nil && seen >= 0
}

// wireMember is a member as user/get answers it.
type wireMember struct {
	UserID           string          `json:"userid"`
	Name             string          `json:"name"`
	Department       []int           `json:"department"`
	Order            []int           `json:"order"`
	Position         string          `json:"position"`
	Mobile           string          `json:"mobile,omitempty"`
	Gender           string          `json:"gender,omitempty"`
	Email            string          `json:"email,omitempty"`
	BizMail          string          `json:"biz_mail,omitempty"`
	IsLeaderInDept   []int           `json:"is_leader_in_dept"`
	DirectLeader     []string        `json:"direct_leader"`
	Telephone        string          `json:"telephone"`
	Alias            string          `json:"alias"`
	Address          string          `json:"address,omitempty"`
	MainDepartment   int             `json:"main_department"`
	Status           int             `json:"status"`
	ExternalPosition string          `json:"external_position,omitempty"`
	ExtAttr          json.RawMessage `json:"extattr"`
	ExternalProfile  json.RawMessage `json:"external_profile,omitempty"`
}

// userGet answers one member. Apps made after June 2022 read no personal details, and the seed's apps count as such.
func (c *call) userGet() (success, error) {
	m, err := c.askedMember()
	if err != nil {
		return success{}, err
	}
	if !c.corp.scopeOf(c.agent).hasMember(m) {
		return success{}, refuse(codeNoPrivilege)
	}
	wire := wireMember{
		UserID: m.UserID, Name: m.Name, Department: m.Department, Order: m.Order, Position: m.Position,
		IsLeaderInDept: m.IsLeaderInDept, DirectLeader: append([]string{}, m.DirectLeader...), Telephone: m.Telephone,
		Alias: m.Alias, MainDepartment: m.MainDepartment, Status: m.Status, ExternalPosition: m.ExternalPosition,
		ExtAttr: m.ExtAttr, ExternalProfile: m.ExternalProfile,
	}
	if len(wire.ExtAttr) == 0 {
		wire.ExtAttr = json.RawMessage(`{"attrs":[]}`)
	}
	if c.agent == nil {
		wire.Mobile, wire.Email, wire.BizMail, wire.Address = m.Mobile, m.Email, m.BizMail, m.Address
		wire.Gender = m.Gender
		if wire.Gender == "" {
			wire.Gender = "0"
		}
	}
	return success{fields: fieldsOf(wire)}, nil
}

// fieldsOf spreads an object over the top level of an answer.
func fieldsOf(value any) fields {
	o := parseObject(encodeJSON(value))
	spread := make(fields, len(o.keys))
	for i, key := range o.keys {
		spread[i] = field{key, o.values[key]}
	}
	return spread
}

// simpleMember is a member as simplelist answers it.
type simpleMember struct {
	UserID     string `json:"userid"`
	Name       string `json:"name"`
	Department []int  `json:"department"`
	OpenUserID string `json:"open_userid"` // empty: it means something to third-party apps only
}

// userSimpleList answers the members directly in one department.
func (c *call) userSimpleList() (success, error) {
	id, err := strconv.Atoi(c.query.Get("department_id"))
	if err != nil {
		return success{}, refuseInvalid("department_id")
	}
	if c.corp.department(id) == nil {
		return success{}, refuse(codePartyUnknown)
	}
	if !c.corp.scopeOf(c.agent).hasDepartment(id) {
		return success{}, refuse(codeNoPrivilege)
	}
	list := []simpleMember{}
	for _, m := range c.corp.Members {
		if slices.Contains(m.Department, id) {
			list = append(list, simpleMember{UserID: m.UserID, Name: m.Name, Department: m.Department})
		}
	}
	return success{fields: fields{{"userlist", list}}}, nil
}

// askedMember is the one that the query's userid names.
func (c *call) askedMember() (*Member, error) {
	userID := c.query.Get("userid")
	if userID == "" {
		return nil, refuse(codeUserIDMissing)
	}
	m := c.corp.member(userID)
	if m == nil {
		return nil, refuse(codeUserUnknown)
	}
	return m, nil
}
