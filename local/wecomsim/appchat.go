package wecomsim

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
)

const (
	chatNameRunes = 50
	maxChatID     = 32
)

var chatIDPattern = regexp.MustCompile(`^[0-9A-Za-z]+$`)

// checkChatRight: group chats are for apps that everyone can see. That others get 60011 was observed on create; the
// error table says 48002.
func (c *call) checkChatRight() error {
	if !c.corp.scopeOf(c.agent).everything {
		return refuse(codeNoPrivilege)
	}
	return nil
}

// chatCreate is document 90245. Without owner, WeCom takes any member; here it is the first.
func (c *call) chatCreate() (success, error) {
	if err := c.checkChatRight(); err != nil {
		return success{}, err
	}
	chat := Chat{AgentID: c.agent.AgentID}
	for _, read := range []func(*Chat) error{c.readMembers, c.readChatName, c.readOwner, c.readChatID} {
		if err := read(&chat); err != nil {
			return success{}, err
		}
	}
	if !c.sim.windows.admit(c.now, rule{"chat creations", c.corp.Limits.ChatCreationsPerDay, day}, "") {
		return success{}, refuse(codeFrequency)
	}
	c.corp.Chats = append(c.corp.Chats, chat)
	return success{fields: fields{{"chatid", chat.ChatID}}}, nil
}

func (c *call) readMembers(chat *Chat) error {
	ids, _ := c.body.texts("userlist")
	if len(ids) == 0 {
		return refuse(codeChatMembersMissing)
	}
	for _, id := range ids {
		m := c.corp.member(id)
		if m == nil {
			return refuse(codeChatMember)
		}
		if !slices.Contains(chat.UserList, m.UserID) {
			chat.UserList = append(chat.UserList, m.UserID)
		}
	}
	return c.checkSize(chat)
}

// checkSize counts distinct members; the app itself takes one of the places.
func (c *call) checkSize(chat *Chat) error {
	limit := c.corp.Limits.ChatMembers
	if len(chat.UserList) < 2 || limit > 0 && len(chat.UserList)+1 > limit {
		return refuse(codeChatSize)
	}
	return nil
}

// checkNewSize leaves a chat alone whose members do not change, however small it has become.
func (c *call) checkNewSize(chat *Chat) error {
	_, adding := c.body.raw("add_user_list")
	_, removing := c.body.raw("del_user_list")
	if !adding && !removing {
		return nil
	}
	return c.checkSize(chat)
}

// readChatName cuts a name; that control characters make it a bad one is our choice.
func (c *call) readChatName(chat *Chat) error {
	name := c.body.str("name")
	if strings.ContainsFunc(name, unicode.IsControl) {
		return refuse(codeChatName)
	}
	chat.Name = cutRunes(name, chatNameRunes)
	return nil
}

func (c *call) readOwner(chat *Chat) error {
	owner := c.body.str("owner")
	if owner == "" {
		chat.Owner = chat.UserList[0]
		return nil
	}
	return c.setOwner(chat, owner)
}

// setOwner takes a member of the directory (else 86005) who is in the chat (else 86207).
func (c *call) setOwner(chat *Chat, owner string) error {
	m := c.corp.member(owner)
	if m == nil {
		return refuse(codeChatOwner)
	}
	if !slices.Contains(chat.UserList, m.UserID) {
		return refuse(codeOwnerNotMember)
	}
	chat.Owner = m.UserID
	return nil
}

func (c *call) readChatID(chat *Chat) error {
	id := c.body.str("chatid")
	switch {
	case id == "":
		id = strings.NewReplacer("-", "0", "_", "1").Replace(randomID(maxChatID))
	case len(id) > maxChatID:
		return refuse(codeChatIDLength)
	case !chatIDPattern.MatchString(id):
		return refuse(codeChatID)
	case c.corp.chat(id) != nil:
		return refuse(codeChatExists)
	}
	chat.ChatID = id
	return nil
}

// ownChat finds a chat that this app made. Which errcode an unknown one gets is not certain: 86003, or the older 40050.
func (c *call) ownChat(id string) (*Chat, error) {
	if err := c.checkChatRight(); err != nil {
		return nil, err
	}
	if id == "" {
		return nil, refuse(codeChatIDMissing)
	}
	if !chatIDPattern.MatchString(id) {
		return nil, refuse(codeChatID)
	}
	chat := c.corp.chat(id)
	switch {
	case chat == nil:
		return nil, refuse(codeChatUnknown)
	case chat.AgentID != c.agent.AgentID:
		return nil, refuse(codeChatForeign)
	case chat.Dissolved:
		return nil, refuse(codeChatDissolved)
	}
	return chat, nil
}

// wireChat is a chat as appchat/get answers it.
type wireChat struct {
	ChatID   string   `json:"chatid"`
	Name     string   `json:"name"`
	Owner    string   `json:"owner"`
	UserList []string `json:"userlist"`
	ChatType int      `json:"chat_type"`
}

// chatGet is document 98914.
func (c *call) chatGet() (success, error) {
	chat, err := c.ownChat(c.query.Get("chatid"))
	if err != nil {
		return success{}, err
	}
	wire := wireChat{chat.ChatID, chat.Name, chat.Owner, chat.UserList, chat.ChatType}
	return success{fields: fields{{"chat_info", wire}}}, nil
}

// chatUpdate is document 98913: what is not sent stays. What an empty name or owner does is unknown; here it counts as
// missing.
func (c *call) chatUpdate() (success, error) {
	chat, err := c.ownChat(c.body.str("chatid"))
	if err != nil {
		return success{}, err
	}
	changed := chat.clone()
	for _, change := range []func(*Chat) error{c.rename, c.addMembers, c.removeMembers, c.changeOwner, c.checkNewSize} {
		if err := change(&changed); err != nil {
			return success{}, err
		}
	}
	if !c.sim.windows.admit(c.now, rule{"chat changes", c.corp.Limits.ChatChangesPerHour, time.Hour}, "") {
		return success{}, refuse(codeFrequency)
	}
	*chat = changed
	return success{}, nil
}

func (c *call) rename(chat *Chat) error {
	name, given := c.body.text("name")
	if !given {
		return nil
	}
	if name == "" {
		return refuse(codeChatNameMissing)
	}
	return c.readChatName(chat)
}

func (c *call) addMembers(chat *Chat) error {
	ids, _ := c.body.texts("add_user_list")
	for _, id := range ids {
		m := c.corp.member(id)
		if m == nil {
			return refuse(codeChatChange)
		}
		if !slices.Contains(chat.UserList, m.UserID) {
			chat.UserList = append(chat.UserList, m.UserID)
		}
	}
	return nil
}

func (c *call) removeMembers(chat *Chat) error {
	ids, _ := c.body.texts("del_user_list")
	for _, id := range ids {
		at := slices.IndexFunc(chat.UserList, func(member string) bool { return strings.EqualFold(member, id) })
		if at < 0 {
			return refuse(codeChatChange)
		}
		chat.UserList = slices.Delete(chat.UserList, at, at+1)
	}
	return nil
}

// changeOwner comes after the members have changed: a removed owner needs a new one.
func (c *call) changeOwner(chat *Chat) error {
	owner, given := c.body.text("owner")
	switch {
	case given && owner != "":
		return c.setOwner(chat, owner)
	case given, !slices.Contains(chat.UserList, chat.Owner):
		return refuse(codeChatOwnerMissing)
	}
	return nil
}

// chatSend is document 90248. Its answer has no msgid: group messages can not be recalled.
func (c *call) chatSend() (success, error) {
	chat, err := c.ownChat(c.body.str("chatid"))
	if err != nil {
		return success{}, err
	}
	d := draft{call: c, channel: FromChat, msgType: c.body.str("msgtype")}
	if err := d.checkType(); err != nil {
		return success{}, err
	}
	if err := d.checkContent(); err != nil {
		return success{}, err
	}
	limits := c.corp.Limits
	m := d.message()
	m.ID = "chat-" + randomID(20)
	m.AgentID, m.ChatID = c.agent.AgentID, chat.ChatID
	m.ToUser = c.underQuota(chat.UserList,
		rule{"group messages by the minute", limits.MemberChatPerMinute, time.Minute},
		rule{"group messages by the day", limits.MemberChatPerDay, day})
	if c.idle = len(m.ToUser) == 0; !c.idle {
		c.sim.deliver(m)
	}
	return success{}, nil
}
