package catalog

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/fault"
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

// maxImage is the limit of a chatbot's image in bytes, before base64.
const maxImage = 2 << 20

// ChatbotImageSend is the input of chatbot.image.send.
type ChatbotImageSend struct {
	Base64 string `json:"base64"`
	MD5    string `json:"md5"`
}

// Bind declares the fields.
func (c *ChatbotImageSend) Bind(f *action.Fields) {
	f.String("base64", &c.Base64).Required().Title("Base64-encoded Image Content").
		Doc("A JPG or PNG of at most 2 MB before base64, in standard base64 with padding. White space in it and a data:image/...;base64, in front are removed.")
	f.String("md5", &c.MD5).ID().Is(md5Sum).Title("MD5 Value").
		Doc("MD5 of the image before base64, in hexadecimal; computed if not given.")
	f.Check(c.verify)
}

var (
	magicJPG = []byte{0xff, 0xd8, 0xff}
	magicPNG = []byte("\x89PNG\r\n\x1a\n")
)

// verify decodes the image, so that nothing is sent unverified, and brings base64 and md5 into WeCom's form.
func (c *ChatbotImageSend) verify(r *action.Report) {
	if !r.Fit("base64") {
		return
	}
	encoded := withoutDataPrefix(strings.NewReplacer(" ", "", "\t", "", "\r", "", "\n", "").Replace(c.Base64))
	image, err := base64.StdEncoding.Strict().DecodeString(encoded)
	length := fmt.Sprintf("%d characters", len(encoded))
	switch {
	case err != nil:
		r.Violate("base64", fault.RuleFormat, "standard base64 with padding", length,
			"base64 must be standard base64 (A-Z a-z 0-9 + /) with its padding.")
	case len(image) == 0 || len(image) > maxImage:
		r.Violate("base64", fault.RuleBytes, "1..2,097,152 bytes before base64", fmt.Sprintf("%d bytes", len(image)),
			fmt.Sprintf("base64 must hold an image of at most 2 MB (2,097,152 bytes); it holds %d bytes.", len(image)))
	case !bytes.HasPrefix(image, magicJPG) && !bytes.HasPrefix(image, magicPNG):
		r.Violate("base64", fault.RuleFormat, "a JPG or PNG image", length, "base64 must hold a JPG or PNG image; by its first bytes this is neither.")
	default:
		c.Base64 = encoded
		c.verifyMD5(r, image)
	}
}

// withoutDataPrefix removes what stands in front of the base64 in a data URL of an image.
func withoutDataPrefix(s string) string {
	if head, data, found := strings.Cut(s, ";base64,"); found && strings.HasPrefix(head, "data:image/") {
		return data
	}
	return s
}

func (c *ChatbotImageSend) verifyMD5(r *action.Report, image []byte) {
	sum := hexMD5(image)
	given := strings.ToLower(c.MD5)
	if given != "" && given != sum && checkMD5(given) == "" {
		detail := "md5 is not that of the image; leave it out and it is computed."
		if given == hexMD5([]byte(c.Base64)) {
			detail = "md5 is that of the base64 text; it must be that of the image before base64. Leave it out and it is computed."
		}
		r.Violate("md5", fault.RuleFormat, sum, given, detail)
	}
	c.MD5 = sum
}

// hexMD5 is a checksum that WeCom asks for, not a protection.
func hexMD5(data []byte) string {
	sum := md5.Sum(data)
	return hex.EncodeToString(sum[:])
}

// Run sends the image.
func (c *ChatbotImageSend) Run(ctx context.Context, bot *wecom.Bot) (*wecom.Empty, error) {
	return push(ctx, bot, body{MsgType: "image", Image: c})
}
