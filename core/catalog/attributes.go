package catalog

import (
	"fmt"
	"slices"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/fault"
)

// ExtAttr is a member's extended attributes.
type ExtAttr struct {
	Attrs []*Attribute `json:"attrs"`
}

// Bind declares the fields.
func (e *ExtAttr) Bind(f *action.Fields) {
	action.ObjectsField(f, "attrs", &e.Attrs).Required().Items(1, 100).Title("Attributes").Doc("The attributes to set.")
}

// ExternalProfile is what people outside see of a member.
type ExternalProfile struct {
	ExternalCorpName string          `json:"external_corp_name,omitempty"`
	WechatChannels   *WechatChannels `json:"wechat_channels,omitempty"`
	ExternalAttr     []*Attribute    `json:"external_attr,omitempty"`
}

// Bind declares the fields.
func (e *ExternalProfile) Bind(f *action.Fields) {
	f.String("external_corp_name", &e.ExternalCorpName).Chars(0, 64).Title("Short Name of the Enterprise").
		Doc("Must be one that the enterprise has certified.")
	action.ObjectField(f, "wechat_channels", &e.WechatChannels).Title("WeChat Channel").Doc("The member's WeChat channel.")
	action.ObjectsField(f, "external_attr", &e.ExternalAttr).Items(1, 100).Title("External Attributes").
		Doc("Text, link and mini program attributes.")
}

// WechatChannels names a WeChat channel.
type WechatChannels struct {
	Nickname string `json:"nickname"`
}

// Bind declares the fields.
func (w *WechatChannels) Bind(f *action.Fields) {
	f.String("nickname", &w.Nickname).Required().Chars(1, 64).Title("Channel Nickname").Doc("The channel's name.")
}

// Attribute is one extended or external attribute: a text, a link or a mini program, as type says.
type Attribute struct {
	Type        int64        `json:"type"`
	Name        string       `json:"name"`
	Text        *AttrText    `json:"text,omitempty"`
	Web         *AttrWeb     `json:"web,omitempty"`
	Miniprogram *AttrProgram `json:"miniprogram,omitempty"`
}

// Bind declares the fields.
func (a *Attribute) Bind(f *action.Fields) {
	f.Int("type", &a.Type).Required().OneOf(0, 1, 2).Title("Type").Doc("0: text; 1: web; 2: miniprogram, for external attributes.")
	f.String("name", &a.Name).Required().Chars(1, 64).Title("Name").Doc("The attribute's name in the admin console.")
	action.ObjectField(f, "text", &a.Text).Title("Text").Doc("For type 0.")
	action.ObjectField(f, "web", &a.Web).Title("Link").Doc("For type 1.")
	action.ObjectField(f, "miniprogram", &a.Miniprogram).Title("Mini Program").Doc("For type 2.")
	f.AnyOf(attributeValues...)
	f.Check(a.demandValue)
}

// attributeValues are the members that hold an attribute's value, by type.
var attributeValues = []string{"text", "web", "miniprogram"}

// demandValue: of the values, the one that the type names must be there.
func (a *Attribute) demandValue(r *action.Report) {
	if !r.Fit("type") || !slices.ContainsFunc(attributeValues, r.Given) {
		return
	}
	if value := attributeValues[a.Type]; !r.Given(value) {
		r.Violate(value, fault.RuleRequired, "the value that type names", "nothing", fmt.Sprintf("%s is required where type is %d.", value, a.Type))
	}
}

// AttrText is the value of a text attribute.
type AttrText struct {
	Value string `json:"value"`
}

// Bind declares the fields.
func (a *AttrText) Bind(f *action.Fields) {
	f.String("value", &a.Value).Chars(0, 64).Title("Value").Doc("The text.")
}

// AttrWeb is the value of a link attribute.
type AttrWeb struct {
	URL   string `json:"url"`
	Title string `json:"title"`
}

// Bind declares the fields.
func (a *AttrWeb) Bind(f *action.Fields) {
	f.String("url", &a.URL).Required().Bytes(1, maxLink).Is(link).Title("URL").Doc("The page.")
	f.String("title", &a.Title).Required().Chars(1, 12).Title("Title").Doc("What is shown of the link.")
}

// AttrProgram is the value of a mini program attribute.
type AttrProgram struct {
	AppID    string `json:"appid"`
	PagePath string `json:"pagepath"`
	Title    string `json:"title"`
}

// Bind declares the fields.
func (a *AttrProgram) Bind(f *action.Fields) {
	f.String("appid", &a.AppID).ID().Required().Bytes(1, 64).Title("App ID").Doc("The mini program.")
	f.String("pagepath", &a.PagePath).Required().Bytes(1, 1024).Title("Page").Doc("The page of the mini program.")
	f.String("title", &a.Title).Required().Chars(1, 12).Title("Title").Doc("What is shown of the mini program.")
}
