package wecomsim

import (
	"bytes"
	"encoding/json"
	"slices"
)

// State is everything the emulated enterprise consists of. Inside the objects the field names are WeCom's own; the few
// fields that WeCom does not show to callers are marked "emulator" below.
type State struct {
	Corp        Corp         `json:"corp"`
	ContactSync ContactSync  `json:"contact_sync"`
	Agents      []Agent      `json:"agents"`
	Departments []Department `json:"departments"`
	Members     []Member     `json:"members"`
	Tags        []Tag        `json:"tags"`
	Chats       []Chat       `json:"chats"`
	Chatbots    []Chatbot    `json:"chatbots"`
	Media       []Media      `json:"media"`
	Limits      Limits       `json:"limits"`
	Rules       Rules        `json:"rules"`
}

// Corp is the enterprise itself.
type Corp struct {
	CorpID     string `json:"corpid"`
	Name       string `json:"corp_name"`
	Creator    string `json:"creator,omitempty"`     // emulator: this member can not be deleted (301005)
	MailDomain string `json:"mail_domain,omitempty"` // emulator: biz_mail must be in this domain (81015); empty = any
}

// ContactSync is the contact synchronisation assistant: the only credential that may write contacts.
type ContactSync struct {
	Secret     string   `json:"secret"`
	TrustedIPs []string `json:"trusted_ips,omitempty"` // empty = not enforced
	OldIPs     []string `json:"old_ips,omitempty"`     // addresses that may still read details; all others get 48009
}

// Agent is a self-built application with its secret and its visible range.
type Agent struct {
	AgentID    int      `json:"agentid"`
	Name       string   `json:"name"`
	Secret     string   `json:"secret"`
	AllowParty []int    `json:"allow_party,omitempty"`
	AllowUser  []string `json:"allow_user,omitempty"`
	AllowTag   []int    `json:"allow_tag,omitempty"`
	TrustedIPs []string `json:"trusted_ips,omitempty"` // empty = not enforced
	Disabled   bool     `json:"disabled,omitempty"`    // gettoken 40001, living tokens 50003
}

// Department is one node of the tree; the root has id 1 and parentid 0.
type Department struct {
	ID       int    `json:"id"`
	Name     string `json:"name"`
	NameEN   string `json:"name_en,omitempty"`
	ParentID int    `json:"parentid"`
	Order    int    `json:"order"`
}

// Member statuses as user/get reports them.
const (
	StatusActive       = 1
	StatusDisabled     = 2
	StatusNotActivated = 4
	StatusLeft         = 5
)

// Member is one person in the directory. Order and IsLeaderInDept run parallel to Department.
type Member struct {
	UserID           string          `json:"userid"`
	Name             string          `json:"name"`
	Alias            string          `json:"alias,omitempty"`
	Department       []int           `json:"department"`
	Order            []int           `json:"order"`
	IsLeaderInDept   []int           `json:"is_leader_in_dept"`
	DirectLeader     []string        `json:"direct_leader,omitempty"`
	MainDepartment   int             `json:"main_department"`
	Position         string          `json:"position,omitempty"`
	Gender           string          `json:"gender,omitempty"`
	Mobile           string          `json:"mobile,omitempty"`
	Email            string          `json:"email,omitempty"`
	BizMail          string          `json:"biz_mail,omitempty"`
	BizMailAlias     BizMailAlias    `json:"biz_mail_alias,omitzero"`
	Telephone        string          `json:"telephone,omitempty"`
	Address          string          `json:"address,omitempty"`
	AvatarMediaID    string          `json:"avatar_mediaid,omitempty"`
	ExternalPosition string          `json:"external_position,omitempty"`
	Nickname         string          `json:"nickname,omitempty"`
	ExtAttr          json.RawMessage `json:"extattr,omitempty"`
	ExternalProfile  json.RawMessage `json:"external_profile,omitempty"`
	Status           int             `json:"status"`

	GeneratedUserID bool `json:"generated_userid,omitempty"` // emulator: new_userid works, once
	Unlicensed      bool `json:"unlicensed,omitempty"`       // emulator: has no basic API licence
	ResumeStatus    int  `json:"resume_status,omitempty"`    // emulator: the status that enable=1 brings back
}

// BizMailAlias is the wire shape of a member's alias mailboxes.
type BizMailAlias struct {
	Item []string `json:"item,omitempty"`
}

// IsZero reports whether there is no alias, for omitzero.
func (a BizMailAlias) IsZero() bool { return len(a.Item) == 0 }

// Tag is a named set of members and departments.
type Tag struct {
	ID        int      `json:"tagid"`
	Name      string   `json:"tagname"`
	UserList  []string `json:"userlist,omitempty"`
	PartyList []int    `json:"partylist,omitempty"`
}

// Chat is a group chat that an app created.
type Chat struct {
	ChatID    string   `json:"chatid"`
	Name      string   `json:"name"`
	Owner     string   `json:"owner"`
	UserList  []string `json:"userlist"`
	ChatType  int      `json:"chat_type"`
	AgentID   int      `json:"agentid"`             // emulator: the app that created it
	Dissolved bool     `json:"dissolved,omitempty"` // emulator: its owner dissolved it (49008)
}

// Chatbot is the webhook of one group.
type Chatbot struct {
	Key      string `json:"key"`
	Name     string `json:"name"`
	Disabled bool   `json:"disabled,omitempty"` // 93004
}

// Media is an uploaded file, usable for three days. One with a Key belongs to that chatbot, one without to the
// enterprise. CreatedAt zero means "uploaded when this state was put in place", and Size zero that of Content, which is
// not kept of media that are too old.
type Media struct {
	MediaID   string `json:"media_id"`
	Type      string `json:"type"`
	Filename  string `json:"filename"`
	Size      int    `json:"size"`
	CreatedAt int64  `json:"created_at,string"`
	Key       string `json:"key,omitempty"`
	Content   []byte `json:"content,omitempty"`
}

// Limits are the frequency limits and quotas. A number of 0 (or less) is not enforced.
type Limits struct {
	APIPerMinute         int `json:"api_per_minute"`         // one API of the enterprise: 45009
	APIPerHour           int `json:"api_per_hour"`           // the same by the hour
	WrongSecretsPerHour  int `json:"wrong_secrets_per_hour"` // gettoken from one address: 45009 for an hour
	MemberAppPerMinute   int `json:"member_app_per_minute"`  // app messages per app and member: dropped silently
	MemberAppPerHour     int `json:"member_app_per_hour"`    // the same by the hour
	MemberChatPerMinute  int `json:"member_chat_per_minute"` // group messages per app and member: dropped silently
	MemberChatPerDay     int `json:"member_chat_per_day"`    // the same by the day
	ChatCreationsPerDay  int `json:"chat_creations_per_day"` // all apps together: 45009
	ChatChangesPerHour   int `json:"chat_changes_per_hour"`  // all apps together: 45009
	ChatMembers          int `json:"chat_members"`           // one chat, the app counted in: 86006
	ChatbotPerMinute     int `json:"chatbot_per_minute"`     // one webhook: 45009
	NodesPerDepartment   int `json:"nodes_per_department"`   // sub-departments and members of one department: 81001
	AccountsInEnterprise int `json:"accounts_in_enterprise"` // head-count limit: 45024
	DepartmentsPerMember int `json:"departments_per_member"` // 60110
	MediaLifetimeSeconds int `json:"media_lifetime_seconds"` // 40007 afterwards
	RecallWindowSeconds  int `json:"recall_window_seconds"`  // 42052 afterwards
	MediaContentBytes    int `json:"media_content_bytes"`    // emulator: contents of media that are kept, the newest first
}

// Rules choose between texts of different years. Zero values mean the present texts.
type Rules struct {
	DepartmentNameLength     int  `json:"department_name_length,omitempty"`     // 64 today, 32 before August 2023
	DirectLeaders            int  `json:"direct_leaders,omitempty"`             // 1 today, 5 until about 2023
	RefuseUnknownDepartments bool `json:"refuse_unknown_departments,omitempty"` // user/create answers 60003 instead of creating
	DepartmentRequired       bool `json:"department_required,omitempty"`        // user/create without department answers 41019
}

// DefaultLimits are the numbers of the official pages; the number of wrong secrets is our choice.
func DefaultLimits() Limits {
	return Limits{
		APIPerMinute:         10_000,
		APIPerHour:           150_000,
		WrongSecretsPerHour:  100,
		MemberAppPerMinute:   30,
		MemberAppPerHour:     1_000,
		MemberChatPerMinute:  200,
		MemberChatPerDay:     10_000,
		ChatCreationsPerDay:  1_000,
		ChatChangesPerHour:   1_000,
		ChatMembers:          2_000,
		ChatbotPerMinute:     20,
		NodesPerDepartment:   30_000,
		DepartmentsPerMember: 100,
		MediaLifetimeSeconds: 3 * 24 * 3600,
		RecallWindowSeconds:  24 * 3600,
		MediaContentBytes:    256 << 20,
	}
}

func (r Rules) departmentNameLength() int {
	if r.DepartmentNameLength == 0 {
		return 64
	}
	return r.DepartmentNameLength
}

func (r Rules) directLeaders() int {
	if r.DirectLeaders == 0 {
		return 1
	}
	return r.DirectLeaders
}

// clone copies s so deeply that no slice is shared.
func (s State) clone() State {
	s.ContactSync.TrustedIPs = slices.Clone(s.ContactSync.TrustedIPs)
	s.ContactSync.OldIPs = slices.Clone(s.ContactSync.OldIPs)
	s.Agents = cloneEach(s.Agents, Agent.clone)
	s.Departments = slices.Clone(s.Departments)
	s.Members = cloneEach(s.Members, Member.clone)
	s.Tags = cloneEach(s.Tags, Tag.clone)
	s.Chats = cloneEach(s.Chats, Chat.clone)
	s.Chatbots = slices.Clone(s.Chatbots)
	s.Media = cloneEach(s.Media, Media.clone)
	return s
}

func cloneEach[T any](list []T, clone func(T) T) []T {
	out := make([]T, len(list))
	for i, item := range list {
		out[i] = clone(item)
	}
	return out
}

func (a Agent) clone() Agent {
	a.AllowParty = slices.Clone(a.AllowParty)
	a.AllowUser = slices.Clone(a.AllowUser)
	a.AllowTag = slices.Clone(a.AllowTag)
	a.TrustedIPs = slices.Clone(a.TrustedIPs)
	return a
}

func (m Member) clone() Member {
	m.Department = slices.Clone(m.Department)
	m.Order = slices.Clone(m.Order)
	m.IsLeaderInDept = slices.Clone(m.IsLeaderInDept)
	m.DirectLeader = slices.Clone(m.DirectLeader)
	m.BizMailAlias.Item = slices.Clone(m.BizMailAlias.Item)
	m.ExtAttr = bytes.Clone(m.ExtAttr)
	m.ExternalProfile = bytes.Clone(m.ExternalProfile)
	return m
}

func (t Tag) clone() Tag {
	t.UserList = slices.Clone(t.UserList)
	t.PartyList = slices.Clone(t.PartyList)
	return t
}

func (c Chat) clone() Chat {
	c.UserList = slices.Clone(c.UserList)
	return c
}

func (m Media) clone() Media {
	m.Content = bytes.Clone(m.Content)
	return m
}
