package catalog

import (
	"context"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"io"
	"strings"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/core/media"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

var _ = define(action.Info{
	ID:       "chatbot.image.send",
	Title:    "Pushing an image message by chatbot",
	Doc:      "Sends a JPG or PNG image of at most 2 MB to the group of a chatbot. " + botRate + " Cannot be withdrawn.",
	Call:     "POST webhook/send",
	Document: 91770,
	Examples: []action.Example{{
		Title:  "One green pixel",
		Input:  `{"base64":"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="}`,
		Output: `{}`,
	}},
	Refusals: []int64{301019, 93000},
}, (*ChatbotImageSend).Run)

// botImage is what an image must be, before base64.
var botImage = media.Rules{Type: media.Image, Most: 2 << 20}

// ChatbotImageSend is the input of chatbot.image.send.
type ChatbotImageSend struct {
	Base64 []byte      `json:"base64"`
	MD5    string      `json:"md5"`
	File   *BotPicture `json:"-"`

	desk Desk
}

// BotPicture is a JPG or PNG that a chatbot can send.
type BotPicture struct{ File }

// Bind declares the fields.
func (file *BotPicture) Bind(f *action.Fields) { bindPicture(f, &file.File, botImage) }

// TakeFiles takes what it needs to follow a link.
func (c *ChatbotImageSend) TakeFiles(desk Desk) { c.desk = desk }

// Bind declares the fields.
func (c *ChatbotImageSend) Bind(f *action.Fields) {
	f.Base64("base64", &c.Base64).RequiredUnless("file").Bytes(1, botImage.Most).Title("Base64-encoded Image Content").
		Doc("A JPG or PNG of at most 2 MB before base64, in standard base64 with padding. White space in it and a data:image/...;base64, in front are removed.")
	f.String("md5", &c.MD5).ID().Is(md5Sum).Title("MD5 Value").
		Doc("MD5 of the image before base64, in hexadecimal; computed if not given.")
	action.ObjectField(f, "file", &c.File).Title("Image").Doc("The image itself, in place of base64. Its name is not shown.")
	f.Exclusive("file", "base64")
	f.Check(c.verify)
}

// verify looks at the image, so that nothing is sent unverified, and brings md5 into WeCom's form.
func (c *ChatbotImageSend) verify(r *action.Report) {
	if c.File != nil && r.Fit("file") {
		c.Base64 = c.File.Content
	} else if !r.Fit("base64") {
		return
	} else if wrong := botImage.Head(c.Base64[:min(media.HeadSize, len(c.Base64))]); wrong != nil {
		r.Violate("base64", wrong.Rule, wrong.Limit, wrong.Given, "base64 must hold a JPG or PNG image; by its first bytes this is neither.")
		return
	}
	if c.Base64 == nil { // a link, which is not followed yet
		return
	}
	if wrong := c.sum(); wrong != nil {
		r.Violate("md5", wrong.Rule, wrong.Limit, wrong.Given, wrong.Detail)
	}
}

// sum computes md5, and compares it with the one that was given.
func (c *ChatbotImageSend) sum() *fault.Violation {
	sum, given := hexMD5(c.Base64), strings.ToLower(c.MD5)
	c.MD5 = sum
	if given == "" || given == sum || checkMD5(given) != "" {
		return nil
	}
	detail := "md5 is not that of the image; leave it out and it is computed."
	if given == hexMD5([]byte(base64.StdEncoding.EncodeToString(c.Base64))) {
		detail = "md5 is that of the base64 text; it must be that of the image before base64. Leave it out and it is computed."
	}
	return &fault.Violation{Field: "/md5", Rule: fault.RuleFormat, Limit: sum, Given: given, Detail: detail}
}

// hexMD5 is a checksum that WeCom asks for, not a protection.
func hexMD5(data []byte) string {
	sum := md5.Sum(data)
	return hex.EncodeToString(sum[:])
}

// Run sends the image.
func (c *ChatbotImageSend) Run(ctx context.Context, bot *wecom.Bot) (*wecom.Empty, error) {
	if c.Base64 == nil {
		if err := c.fetch(ctx); err != nil {
			return nil, err
		}
	}
	return push(ctx, bot, body{MsgType: "image", Image: c})
}

// fetch follows the link to the image.
func (c *ChatbotImageSend) fetch(ctx context.Context) error {
	begun, err := c.File.fetch(ctx, &c.desk, botImage, "/file")
	if err != nil {
		return err
	}
	defer begun.Close()
	c.Base64 = begun.First.Data
	if c.Base64 == nil {
		c.Base64 = make([]byte, begun.First.Size)
		if _, err := io.ReadFull(begun.First, c.Base64); err != nil {
			return fault.From(err)
		}
	}
	if wrong := c.sum(); wrong != nil {
		return fault.Invalid(*wrong)
	}
	return nil
}
