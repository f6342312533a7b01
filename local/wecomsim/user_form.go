package wecomsim

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of document 90195 and 90197.
const (
	maxName         = 64 // characters
	maxBizMailAlias = 5
)

var (
	mobilePattern    = regexp.MustCompile(`^[0-9+ -]{1,32}$`) // the blank is in the official sample
	telephonePattern = regexp.MustCompile(`^[0-9+,-]{0,32}$`)
	genderPattern    = regexp.MustCompile(`^[012]?$`)
	mailPattern      = regexp.MustCompile(`^[^@\s]+@[^@\s]+\.[^@\s.]+$`)
)

// memberForm reads the fields of user/create and user/update into a member. WeCom's order of checks is unknown; here
// it is the order of the documents' table.
type memberForm struct {
	*call
	creating bool
	member   Member // starts as the member that exists, or as an empty one
}

func (f *memberForm) fill() error {
	steps := []func() error{
		f.readName, f.readMobile, f.readDepartments, f.readOrder, f.readLeaders, f.readEmail, f.checkReachable, f.readBizMail,
		f.readBizMailAlias, f.readTexts, f.readDirectLeader, f.readAvatar, f.readEnable, f.readMainDepartment, f.readAttributes,
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (f *memberForm) readName() error {
	name, given := f.body.text("name")
	if !given && !f.creating {
		return nil
	}
	if name == "" || utf8.RuneCountInString(name) > maxName {
		return refuse(codeUserName)
	}
	f.member.Name = name
	return nil
}

// readMobile ignores a new number, without a word, once the member has activated WeCom.
func (f *memberForm) readMobile() error {
	mobile, given := f.body.text("mobile")
	if !given || f.member.activated() {
		return nil
	}
	if mobile != "" && !mobilePattern.MatchString(mobile) {
		return refuse(codeMobileInvalid)
	}
	if holder := f.other(func(m *Member) bool { return sameMobile(m.Mobile, mobile) }); holder != nil {
		return refuseText(codeMobileExists, "%s:%s", errorText(codeMobileExists), holder.UserID)
	}
	f.member.Mobile = mobile
	return nil
}

// activated tells whether the person has ever used WeCom.
func (m *Member) activated() bool {
	return m.Status == StatusActive || m.Status == StatusDisabled && m.ResumeStatus == StatusActive
}

// other finds another member than the one of the form.
func (f *memberForm) other(match func(*Member) bool) *Member {
	return find(f.corp.Members, func(m *Member) bool { return m.UserID != f.member.UserID && match(m) })
}

// sameMobile compares numbers without punctuation; mainland numbers may drop their +86.
func sameMobile(a, b string) bool {
	return a != "" && b != "" && plainMobile(a) == plainMobile(b)
}

func plainMobile(number string) string {
	number = strings.NewReplacer(" ", "", "-", "").Replace(number)
	return strings.TrimPrefix(number, "+86")
}

func (f *memberForm) readEmail() error {
	email, given := f.body.text("email")
	if !given {
		return nil
	}
	if email != "" && !isMail(email, 64) {
		return refuse(codeEmailInvalid)
	}
	if email != "" && f.other(func(m *Member) bool { return strings.EqualFold(m.Email, email) }) != nil {
		return refuse(codeEmailExists)
	}
	f.member.Email = email
	return nil
}

func isMail(address string, longest int) bool {
	return len(address) >= 6 && len(address) <= longest && mailPattern.MatchString(address)
}

func (f *memberForm) checkReachable() error {
	if f.member.Mobile == "" && f.member.Email == "" {
		return refuse(codeUnreachable)
	}
	return nil
}

func (f *memberForm) readBizMail() error {
	mail, given := f.body.text("biz_mail")
	if !given {
		return nil
	}
	longest := 63
	if f.creating {
		longest = 64
	}
	if mail != "" && !isMail(mail, longest) {
		return refuse(codeBizMailInvalid)
	}
	domain := f.corp.Corp.MailDomain
	if mail != "" && domain != "" && !strings.HasSuffix(strings.ToLower(mail), "@"+strings.ToLower(domain)) {
		return refuse(codeMailDomain)
	}
	if mail != "" && f.other(func(m *Member) bool { return strings.EqualFold(m.BizMail, mail) }) != nil {
		return refuse(codeBizMailExists)
	}
	f.member.BizMail = mail
	return nil
}

// readBizMailAlias overwrites the alias mailboxes; an empty object clears them. user/create does not have the field.
func (f *memberForm) readBizMailAlias() error {
	if _, given := f.body.raw("biz_mail_alias"); f.creating || !given {
		return nil
	}
	items, _ := f.body.object("biz_mail_alias").texts("item")
	if len(items) > maxBizMailAlias {
		return refuseParameter("field `item` expect array size in [0, %d]", maxBizMailAlias)
	}
	for _, item := range items {
		if !isMail(item, 63) {
			return refuse(codeBizMailInvalid)
		}
	}
	f.member.BizMailAlias.Item = items
	return nil
}

// memberText is a field with nothing but a length or a pattern.
type memberText struct {
	key      string
	maxRunes int
	pattern  *regexp.Regexp
	code     int // codeParameter: the text names the field
	of       func(*Member) *string
}

var memberTexts = []memberText{
	{key: "alias", maxRunes: 64, code: codeParameter, of: func(m *Member) *string { return &m.Alias }},
	{key: "position", maxRunes: 128, code: codePosition, of: func(m *Member) *string { return &m.Position }},
	{key: "gender", pattern: genderPattern, code: codeParameter, of: func(m *Member) *string { return &m.Gender }},
	{key: "telephone", pattern: telephonePattern, code: codeTelephone, of: func(m *Member) *string { return &m.Telephone }},
	{key: "address", maxRunes: 128, code: codeParameter, of: func(m *Member) *string { return &m.Address }},
	{key: "external_position", maxRunes: 12, code: codeParameter, of: func(m *Member) *string { return &m.ExternalPosition }},
	{key: "nickname", code: codeParameter, of: func(m *Member) *string { return &m.Nickname }},
}

func (f *memberForm) readTexts() error {
	for _, t := range memberTexts {
		value, given := f.body.text(t.key)
		if !given {
			continue
		}
		if err := t.check(value); err != nil {
			return err
		}
		*t.of(&f.member) = value
	}
	return nil
}

func (t memberText) check(value string) error {
	tooLong := t.maxRunes > 0 && utf8.RuneCountInString(value) > t.maxRunes
	switch {
	case tooLong && t.code == codeParameter:
		return refuseLength(t.key, t.maxRunes)
	case t.pattern != nil && !t.pattern.MatchString(value) && t.code == codeParameter:
		return refuseInvalid(t.key)
	case tooLong, t.pattern != nil && !t.pattern.MatchString(value):
		return refuse(t.code)
	}
	return nil
}

// readDirectLeader: the errcodes for too many and for unknown leaders are our choice.
func (f *memberForm) readDirectLeader() error {
	leaders, given := f.body.texts("direct_leader")
	if !given {
		return nil
	}
	if limit := f.corp.Rules.directLeaders(); len(leaders) > limit {
		return refuseParameter("field `direct_leader` expect array size in [0, %d]", limit)
	}
	for _, id := range leaders {
		if f.corp.member(id) == nil {
			return refuse(codeUserList)
		}
	}
	f.member.DirectLeader = leaders
	return nil
}

func (f *memberForm) readAvatar() error {
	id, given := f.body.text("avatar_mediaid")
	if !given {
		return nil
	}
	if id != "" && f.usableMedia(id, "image", "") == nil {
		return refuse(codeAvatar)
	}
	f.member.AvatarMediaID = id
	return nil
}

// readEnable: left out, a new member is enabled (our choice; the documents do not say).
func (f *memberForm) readEnable() error {
	enable := f.body.integer("enable")
	if !enable.given {
		return nil
	}
	if !enable.valid || enable.value != 0 && enable.value != 1 {
		return refuseInvalid("enable")
	}
	m := &f.member
	switch {
	case enable.value == 0 && m.Status != StatusDisabled:
		m.ResumeStatus, m.Status = m.Status, StatusDisabled
	case enable.value == 1 && m.Status == StatusDisabled:
		if m.ResumeStatus == 0 {
			m.ResumeStatus = StatusNotActivated
		}
		m.Status, m.ResumeStatus = m.ResumeStatus, 0
	}
	return nil
}

// readAttributes stores the extended attributes as sent; see doc.go for what is not checked.
func (f *memberForm) readAttributes() error {
	for key, target := range map[string]*json.RawMessage{
		"extattr": &f.member.ExtAttr, "external_profile": &f.member.ExternalProfile,
	} {
		raw, given := f.body.raw(key)
		switch {
		case !given:
		case raw[0] == '{':
			*target = slices.Clone(raw)
		default:
			*f.body.warned = true
		}
	}
	return nil
}
