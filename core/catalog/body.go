package catalog

import (
	"strings"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/core/media"
)

// The bodies of messages that applications send to members and to group chats (documents 90236 and 90248). Sizes are
// in bytes of UTF-8 unless they say otherwise.
const (
	maxText     = 2048
	maxMarkdown = 2048
	maxMediaID  = 256
	maxTitle    = 128
	maxSummary  = 512
	maxLink     = 2048
	maxButton   = 4 // characters
	maxAuthor   = 64
	maxArticle  = 666 * 1024
	maxArticles = 8
)

// body is a message without its envelope: its type, and the object that WeCom wants under the type's name.
type body struct {
	MsgType  string `json:"msgtype"`
	Text     any    `json:"text,omitempty"`
	Markdown any    `json:"markdown,omitempty"`
	File     any    `json:"file,omitempty"`
	Image    any    `json:"image,omitempty"`
	MPNews   any    `json:"mpnews,omitempty"`
	TextCard any    `json:"textcard,omitempty"`
	News     any    `json:"news,omitempty"`
}

// Text is the body of a text message.
type Text struct {
	Content string `json:"content"`
}

func (t *Text) bind(f *action.Fields) {
	bindText(f, &t.Content)
	f.Check(func(r *action.Report) { warnOfInlineMention(r, t.Content) })
}

func bindText(f *action.Fields, content *string) {
	f.String("content", content).Required().Lines().Bytes(1, maxText).Truncate().WholeTags().Title("Content").
		Doc(`Text, with \n for a new line and <a href="...">...</a> for links. What exceeds 2,048 bytes is cut.`).
		Example("disk db-03 is 91% full")
	f.Check(func(r *action.Report) { warnOfMarkup(r, *content) })
}

func (t *Text) body() body { return body{MsgType: "text", Text: t} }

// warnOfMarkup tells of markup that no reader will see as meant. It is sent as it is: clients decide.
func warnOfMarkup(r *action.Report, content string) {
	lower := strings.ToLower(content)
	for _, suspect := range []string{"<script", "javascript:"} {
		if strings.Contains(lower, suspect) {
			r.Warn("content", fault.RuleUnsupported, "contains %s, which WeCom's clients do not run; it is sent as it is", suspect)
		}
	}
	if strings.Count(lower, "<a ") > strings.Count(lower, "</a>") {
		r.Warn("content", fault.RuleUnsupported, "contains a link that </a> does not close; it is sent as it is")
	}
}

// warnOfInlineMention tells of a <@userid> where it mentions nobody.
func warnOfInlineMention(r *action.Report, content string) {
	if strings.Contains(content, "<@") {
		r.Warn("content", fault.RuleUnsupported, "<@userid> mentions members in chatbot messages only; here it is shown as text")
	}
}

// Markdown is the body of a markdown message.
type Markdown struct {
	Content string `json:"content"`
}

func (m *Markdown) bind(f *action.Fields) {
	bindMarkdown(f, &m.Content, maxMarkdown, "Shown in WeCom, not in the WeChat plug-in.")
	f.Check(func(r *action.Report) { warnOfInlineMention(r, m.Content) })
}

// bindMarkdown declares markdown content. It is not cut when it is too long: cut markup breaks.
func bindMarkdown(f *action.Fields, content *string, most int64, doc string) {
	f.String("content", content).Required().Lines().Bytes(1, most).Title("Content").
		Doc(`Headings, **bold**, [links](url), one-line code, > quotes and <font color="info|comment|warning">. ` + doc).
		Example("**Deployed** <font color=\"info\">v1.8.2</font>")
	f.Check(func(r *action.Report) { warnOfColour(r, *content) })
}

// warnOfColour tells of font colours that WeCom does not know.
func warnOfColour(r *action.Report, content string) {
	for _, after := range strings.Split(content, `<font color="`)[1:] {
		switch colour, _, _ := strings.Cut(after, `"`); colour {
		case "info", "comment", "warning":
		default:
			r.Warn("content", fault.RuleUnsupported, "a font colour is none of info, comment and warning, and is not shown")
			return
		}
	}
}

func (m *Markdown) body() body { return body{MsgType: "markdown", Markdown: m} }

// Media is what file and image messages have in common.
type Media struct {
	MediaID string `json:"media_id"`

	desk Desk
}

// TakeFiles takes what it needs to upload a file.
func (m *Media) TakeFiles(desk Desk) { m.desk = desk }

func (m *Media) bind(f *action.Fields, title, doc string) {
	f.String("media_id", &m.MediaID).ID().RequiredUnless("file").Bytes(1, maxMediaID).Is(mediaID).Title(title).Doc(doc)
	f.Exclusive("file", "media_id")
}

func (m *Media) attachments(file *File, rules media.Rules) []*attachment {
	return []*attachment{{file: file, field: "/file", rules: rules, to: &m.MediaID}}
}

// uploadedFirst is what the field of a file says of it.
const uploadedFirst = "in place of its id: it is uploaded first, and then sent. If it cannot be sent, completed in the error has the id."

// FileMedia is the body of a file message.
type FileMedia struct {
	Media
	File *AnyFile `json:"-"`
}

func (m *FileMedia) bind(f *action.Fields, doc string) {
	m.Media.bind(f, "File ID", doc)
	action.ObjectField(f, "file", &m.File).Title("File").Doc("The file itself, " + uploadedFirst)
}

func (m *FileMedia) files(safe *int64) []*attachment {
	if m.File == nil {
		return nil
	}
	return m.attachments(&m.File.File, media.Rules{Type: media.File, Confidential: isConfidential(safe)})
}

func (m *FileMedia) body() body { return body{MsgType: "file", File: &m.Media} }

// ImageMedia is the body of an image message.
type ImageMedia struct {
	Media
	File *Picture `json:"-"`
}

func (m *ImageMedia) bind(f *action.Fields) {
	m.Media.bind(f, "Image Media File ID", "The media_id of an uploaded image, from media.upload; it lives three days.")
	action.ObjectField(f, "file", &m.File).Title("Image").Doc("The image itself, " + uploadedFirst)
}

func (m *ImageMedia) files() []*attachment {
	if m.File == nil {
		return nil
	}
	return m.attachments(&m.File.File, media.Rules{Type: media.Image})
}

func (m *ImageMedia) body() body { return body{MsgType: "image", Image: &m.Media} }

// WeCom's limits on how often messages may be sent, as documents say them.
const (
	// memberRate is the limit of applications to one member (document 90236).
	memberRate = "WeCom drops more than 30 messages a minute to one member without a word."
	// chatRate is the limit of group chats (document 90248).
	chatRate = "WeCom drops more than 200 messages a minute from group chats to one member without a word."
	// botRate is the limit of one chatbot (document 91770).
	botRate = "At most 20 messages a minute."
)

// confidentialTypes are the files that may be confidential.
const confidentialTypes = media.ConfidentialTypes

func isConfidential(safe *int64) bool { return safe != nil && *safe == 1 }

// verifyConfidential: a confidential file must be of some types. Of what type it is, a media_id does not tell; a link may
// tell it when it is followed.
func (m *FileMedia) verifyConfidential(r *action.Report, safe *int64) {
	switch {
	case !isConfidential(safe):
	case m.File == nil:
		r.Warn("safe", fault.RuleUnsupported, "WeCom sends a confidential file only if it is "+confidentialTypes+", which its media_id does not tell")
	case m.File.Filename != "":
		if wrong := (media.Rules{Confidential: true}).Name(m.File.Filename); wrong != nil {
			r.Violate("file", wrong.Rule, wrong.Limit, wrong.Given, wrong.Detail)
		}
	}
}

// TextCard is the body of a text card.
type TextCard struct {
	Title       string `json:"title"`
	Description string `json:"description"`
	URL         string `json:"url"`
	BtnTxt      string `json:"btntxt,omitempty"`
}

func (c *TextCard) bind(f *action.Fields) {
	f.String("title", &c.Title).Required().Bytes(1, maxTitle).Truncate().Title("Subject").Doc("What exceeds 128 bytes is cut.")
	f.String("description", &c.Description).Required().Lines().Bytes(1, maxSummary).Truncate().WholeTags().Title("Description").
		Doc(`Text with <br> and <div class="gray|normal|highlight">. What exceeds 512 bytes is cut.`)
	f.String("url", &c.URL).Required().Bytes(1, maxLink).Is(link).Title("Redirection Link").Doc("Where a tap leads, with http:// or https://")
	f.String("btntxt", &c.BtnTxt).Chars(0, maxButton).Truncate().Title("Button Text").
		Doc("What exceeds 4 characters is cut. Without it WeCom shows 详情 (Details).")
}

func (c *TextCard) body() body { return body{MsgType: "textcard", TextCard: c} }
