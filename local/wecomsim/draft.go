package wecomsim

import "encoding/json"

// draft is a message on its way through the checks of its channel (FromApp, FromChat, FromBot) and type.
type draft struct {
	*call
	channel  string
	msgType  string
	object   *object // the msgtype object, cut where WeCom cuts
	safe     int
	filename string
	size     int // of the media, in bytes
}

// contentCheck judges the msgtype object of a draft, cuts it where WeCom cuts and notes the media's filename.
type contentCheck func(*draft) error

// The limits of the documents, in bytes unless they say otherwise.
const (
	appTextMax      = 2048
	appMarkdownMax  = 2048
	botTextMax      = 5120 // documented as 2048, observed as 5120
	botMarkdownMax  = 4096
	articlesMax     = 8
	titleMax        = 128
	descriptionMax  = 512
	urlMax          = 2048
	authorMax       = 64
	mpnewsBodyMax   = 666 * 1024
	pagePathMax     = 128
	buttonTextRunes = 4
)

// contentChecks are the message types of each channel. markdown_v2 exists for chatbots only, mpnews not for them.
var contentChecks = map[string]map[string]contentCheck{
	FromApp: {
		"text":     textCutAt(appTextMax),
		"markdown": textWithin(appMarkdownMax),
		"image":    mediaOf("image"),
		"voice":    mediaOf("voice"),
		"video":    checkVideo,
		"file":     mediaOf("file"),
		"textcard": textcardIn(cutRunes), // characters on the page of September 2025
		"news":     checkAppNews,
		"mpnews":   checkMPNews,
	},
	FromChat: {
		"text":     textWithin(appTextMax),
		"markdown": textWithin(appMarkdownMax),
		"image":    mediaOf("image"),
		"voice":    mediaOf("voice"),
		"video":    checkVideo,
		"file":     mediaOf("file"),
		"textcard": textcardIn(cutBytes),
		"news":     checkChatNews,
		"mpnews":   checkMPNews,
	},
	FromBot: {
		"text":        botTextWithin(botTextMax),
		"markdown":    botTextWithin(botMarkdownMax),
		"markdown_v2": botTextWithin(botMarkdownMax),
		"image":       checkBotImage,
		"news":        checkBotNews,
		"file":        mediaOf("file"),
		"voice":       mediaOf("voice"),
	},
}

// highestSafe is the largest "safe" that a type takes; what is not listed has no such parameter.
var highestSafe = map[string]map[string]int{
	FromApp:  {"text": 1, "image": 1, "video": 1, "file": 1, "mpnews": 2},
	FromChat: {"text": 1, "image": 1, "video": 1, "file": 1, "textcard": 1, "news": 1, "mpnews": 2},
}

func (d *draft) checkType() error {
	if contentChecks[d.channel][d.msgType] == nil {
		return refuse(codeMsgType)
	}
	return nil
}

func (d *draft) checkContent() error {
	d.object = d.body.object(d.msgType)
	if err := d.readSafe(); err != nil {
		return err
	}
	err := contentChecks[d.channel][d.msgType](d)
	d.entry.Filename, d.entry.Size = d.filename, d.size
	return err
}

// carries notes the media of the message; of several, the first.
func (d *draft) carries(m *Media) {
	if d.size == 0 {
		d.filename, d.size = m.Filename, m.Size
	}
}

// readSafe: WeCom's answer to a wrong value is unknown; 40058 is our choice, and so is ignoring 1 where the type has no
// such parameter. That news can not be confidential (40074) is official, for messages of an app.
func (d *draft) readSafe() error {
	if d.channel == FromBot {
		return nil // chatbots have no such parameter at all
	}
	safe := d.body.integer("safe")
	highest, takes := highestSafe[d.channel][d.msgType]
	switch {
	case !safe.given:
		return nil
	case !takes && d.msgType == "news" && safe.value != 0:
		return refuse(codeNewsSafe)
	case !safe.valid || safe.value < 0 || safe.value > max(highest, 1):
		return refuseInvalid("safe")
	case takes:
		d.safe = safe.value
	}
	return nil
}

// message is the draft as the phones get it, without receivers.
func (d *draft) message() Message {
	return Message{
		Time: d.now, From: d.channel, MsgType: d.msgType, Safe: d.safe, Filename: d.filename, Size: d.size,
		Content: json.RawMessage(d.object.encode()),
	}
}
