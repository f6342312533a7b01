package wecomsim

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Where a message came from.
const (
	FromApp  = "app"
	FromChat = "chat"
	FromBot  = "bot"
)

// Message is one message as the receivers' phones hold it.
type Message struct {
	ID            string          `json:"msgid"` // WeCom's msgid; for chat and bot messages an id of the emulator
	Time          time.Time       `json:"time"`
	From          string          `json:"from"` // FromApp, FromChat or FromBot
	AgentID       int             `json:"agentid,omitempty"`
	ToUser        []string        `json:"touser,omitempty"`  // the members it reached
	ToParty       string          `json:"toparty,omitempty"` // as requested
	ToTag         string          `json:"totag,omitempty"`   // as requested
	ChatID        string          `json:"chatid,omitempty"`
	Key           string          `json:"key,omitempty"` // masked
	MsgType       string          `json:"msgtype"`
	Content       json.RawMessage `json:"content"` // the msgtype object, after WeCom's cuts
	Safe          int             `json:"safe"`
	EnableIDTrans int             `json:"enable_id_trans,omitempty"`
	Filename      string          `json:"filename,omitempty"` // of the media, if it carries one
	Size          int             `json:"size,omitempty"`     // of the media, in bytes
	Recalled      bool            `json:"recalled"`

	key string // unmasked, for the filter
}

// MarshalJSON adds the line that Text gives.
func (m Message) MarshalJSON() ([]byte, error) {
	type plain Message
	return encodeJSON(struct {
		plain
		Text string `json:"text"`
	}{plain(m), m.Text()}), nil
}

// InboxFilter selects messages; an empty field selects all. UserID also finds the messages of the member's chats.
type InboxFilter struct{ UserID, ChatID, Key string }

func (f InboxFilter) matches(m Message) bool {
	sameUser := func(id string) bool { return strings.EqualFold(id, f.UserID) }
	return (f.UserID == "" || slices.ContainsFunc(m.ToUser, sameUser)) &&
		(f.ChatID == "" || m.ChatID == f.ChatID) &&
		(f.Key == "" || m.key == f.Key)
}

// textLength is where Text ends a long message.
const textLength = 120

// Text is one line for people: what a phone's list of messages would show.
func (m Message) Text() string {
	o := parseObject(m.Content)
	var line string
	switch m.MsgType {
	case "text", "markdown", "markdown_v2":
		line = o.str("content")
	case "textcard":
		line = joinLine(o.str("title"), o.str("description"))
	case "news", "mpnews":
		line = articlesLine(o)
	case "video":
		line = joinLine("[video]", o.str("title"), o.str("description"), m.Filename)
	default: // image, file, voice
		line = joinLine("["+m.MsgType+"]", m.Filename)
	}
	line = strings.Join(strings.Fields(line), " ")
	if short := cutRunes(line, textLength); short != line {
		return short + "…"
	}
	return line
}

func articlesLine(o *object) string {
	articles, _ := o.objects("articles")
	lines := make([]string, len(articles))
	for i, a := range articles {
		lines[i] = joinLine(a.str("title"), a.str("description")+a.str("digest")) // news has the one, mpnews the other
	}
	return strings.Join(lines, " | ")
}

func joinLine(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " ")
}
