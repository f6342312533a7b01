package catalog

import "github.com/wecom-functions/wecom-functions/core/action"

// MentioningText is the body of a text message that mentions members: to group chats and of chatbots.
type MentioningText struct {
	Text
	MentionedList       []string `json:"mentioned_list,omitempty"`
	MentionedMobileList []string `json:"mentioned_mobile_list,omitempty"`
}

func (t *MentioningText) bind(f *action.Fields) {
	t.Text.bind(f)
	t.bindMembers(f)
}

func (t *MentioningText) bindMembers(f *action.Fields) {
	f.Strings("mentioned_list", &t.MentionedList).Each(receiver).Title("User IDs to Mention").
		Doc("Members to mention, or @all for everybody, also beside others.")
}

// bindMobiles declares the mentions by mobile number, which chatbots alone have.
func (t *MentioningText) bindMobiles(f *action.Fields) {
	f.Strings("mentioned_mobile_list", &t.MentionedMobileList).Each(mentionedMobile).Title("Mobile Numbers to Remind").
		Doc("Members to mention by mobile number, or @all for everybody.")
}

func (t *MentioningText) body() body { return body{MsgType: "text", Text: t} }
