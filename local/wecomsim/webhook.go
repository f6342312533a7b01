package wecomsim

import (
	"bytes"
	"crypto/md5" // the checksum that the webhook asks for
	"encoding/base64"
	"encoding/hex"
	"time"
)

// botImageMax is the size of a picture before base64.
const botImageMax = 2 << 20

// webhookSend is document 91770. The order of checks is our choice: key, rate, message type, content.
func (c *call) webhookSend() (success, error) {
	bot, err := c.chatbotOf(c.query.Get("key"))
	if err != nil {
		return success{}, err
	}
	if !c.sim.windows.admit(c.now, rule{"chatbot", c.corp.Limits.ChatbotPerMinute, time.Minute}, bot.Key) {
		return success{}, refuse(codeFrequency)
	}
	d := draft{call: c, channel: FromBot, msgType: c.body.str("msgtype")}
	if err := d.checkType(); err != nil {
		return success{}, err
	}
	if err := d.checkContent(); err != nil {
		return success{}, err
	}
	m := d.message()
	m.ID = "bot-" + randomID(20)
	m.Key, m.key = mask(bot.Key), bot.Key
	c.sim.deliver(m)
	return success{}, nil
}

// chatbotOf finds the webhook of a key. A missing key is as wrong as an unknown one (observed).
func (c *call) chatbotOf(key string) (*Chatbot, error) {
	bot := c.corp.chatbot(key)
	if key == "" || bot == nil {
		return nil, refuse(codeWebhookKey)
	}
	if bot.Disabled {
		return nil, refuse(codeChatbotDisabled)
	}
	return bot, nil
}

// botTextWithin is a text that is stored as sent, or refused with the field's name.
func botTextWithin(limit int) contentCheck {
	return func(d *draft) error {
		content := d.object.str("content")
		switch {
		case content == "":
			return refuse(codeEmptyContent)
		case len(content) > limit:
			return refuseLength(d.msgType+".content", limit)
		}
		return nil
	}
}

// checkBotNews: the official sample has a link without scheme, so none is asked for.
func checkBotNews(d *draft) error {
	return eachArticle(d, func(_ *draft, a *object) error {
		if a.str("url") == "" {
			return refuse(codeURLMissing)
		}
		cutField(a, "description", descriptionMax, cutBytes)
		return nil
	})
}

// checkBotImage: only the errcode of a wrong checksum was observed; the others are the likeliest of the official table.
func checkBotImage(d *draft) error {
	encoded, sum := d.object.str("base64"), d.object.str("md5")
	if encoded == "" {
		return refuse(codeMediaEmpty)
	}
	if sum == "" {
		return refuse(codeParameterEmpty)
	}
	picture, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return refuse(codePictureFormat)
	}
	if len(picture) > botImageMax {
		return refuse(codePictureSize)
	}
	if actual := md5.Sum(picture); sum != hex.EncodeToString(actual[:]) {
		return refuse(codePictureSum)
	}
	if !isPicture(picture) {
		return refuse(codePictureFormat)
	}
	d.size = len(picture)
	return nil
}

// isPicture recognises JPG and PNG by their first bytes.
func isPicture(data []byte) bool {
	return bytes.HasPrefix(data, []byte("\xFF\xD8\xFF")) || bytes.HasPrefix(data, []byte("\x89PNG"))
}
