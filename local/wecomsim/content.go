package wecomsim

import (
	"path"
	"slices"
	"strings"
)

// textCutAt takes a text of any length and keeps its beginning.
func textCutAt(limit int) contentCheck {
	return func(d *draft) error {
		content := d.object.str("content")
		if content == "" {
			return refuse(codeEmptyContent)
		}
		if short := cutBytes(content, limit); short != content {
			d.object.setText("content", short)
		}
		return nil
	}
}

// textWithin refuses a content that is too long.
func textWithin(limit int) contentCheck {
	return func(d *draft) error {
		content := d.object.str("content")
		switch {
		case content == "":
			return refuse(codeEmptyContent)
		case len(content) > limit:
			return refuse(codeContentSize)
		}
		return nil
	}
}

// mediaOf is a message that is one uploaded file.
func mediaOf(kind string) contentCheck {
	return func(d *draft) error {
		media, err := d.media(d.object, "media_id", kind)
		if err != nil {
			return err
		}
		d.carries(media)
		if kind == "file" && d.safe == 1 && !slices.Contains(confidentialTypes, strings.ToLower(path.Ext(media.Filename))) {
			return refuse(codeMediaType) // the list is official, the errcode our choice
		}
		return nil
	}
}

// confidentialTypes are the only files that may be sent with safe=1.
var confidentialTypes = []string{
	".txt", ".pdf", ".doc", ".docx", ".ppt", ".pptx", ".xls", ".xlsx", ".xml", ".jpg", ".jpeg", ".png", ".bmp", ".gif",
}

// media finds the file that a field names: of the right type, not expired, and of the right owner.
func (d *draft) media(o *object, key, kind string) (*Media, error) {
	id := o.str(key)
	if id == "" {
		return nil, refuse(codeMediaMissing)
	}
	owner := ""
	if d.channel == FromBot {
		owner = d.query.Get("key")
	}
	media := d.usableMedia(id, kind, owner)
	if media == nil {
		return nil, refuse(codeMediaID)
	}
	return media, nil
}

func checkVideo(d *draft) error {
	if err := mediaOf("video")(d); err != nil {
		return err
	}
	cutField(d.object, "title", titleMax, cutBytes)
	cutField(d.object, "description", descriptionMax, cutBytes)
	return nil
}

// cutField shortens a field where it is longer than WeCom keeps.
func cutField(o *object, key string, limit int, cut func(string, int) string) {
	value := o.str(key)
	if short := cut(value, limit); short != value {
		o.setText(key, short)
	}
}

// textcardIn is a text card whose title and description are cut in characters or in bytes.
func textcardIn(cut func(string, int) string) contentCheck {
	return func(d *draft) error {
		switch {
		case d.object.str("title") == "":
			return refuse(codeTitleMissing)
		case d.object.str("description") == "":
			return refuse(codeDescriptionMissing)
		}
		if err := checkURL(d.object.str("url")); err != nil {
			return err
		}
		cutField(d.object, "title", titleMax, cut)
		cutField(d.object, "description", descriptionMax, cut)
		cutField(d.object, "btntxt", buttonTextRunes, cutRunes)
		return nil
	}
}

// checkURL judges a link that must be there and have a scheme.
func checkURL(link string) error {
	switch {
	case link == "":
		return refuse(codeURLMissing)
	case len(link) > urlMax:
		return refuse(codeURLSize)
	case !strings.HasPrefix(link, "http://") && !strings.HasPrefix(link, "https://"):
		return refuse(codeURLScheme)
	}
	return nil
}

// eachArticle judges 1 to 8 articles and puts them back as they were cut. The errcode for none at all is our choice.
func eachArticle(d *draft, check func(*draft, *object) error) error {
	articles, _ := d.object.objects("articles")
	if len(articles) > articlesMax {
		return refuse(codeTooManyArticles)
	}
	if len(articles) == 0 {
		return refuseParameter("field `articles` expect array size in [1, %d]", articlesMax)
	}
	changed := false
	for _, a := range articles {
		if a.str("title") == "" {
			return refuse(codeTitleMissing)
		}
		if err := check(d, a); err != nil {
			return err
		}
		cutField(a, "title", titleMax, cutBytes)
		changed = changed || a.source == nil
	}
	if changed {
		d.object.setObjects("articles", articles)
	}
	return nil
}

// checkAppNews: an article leads to a link or to a page of a mini-program. That half a mini-program is 40058 is our
// choice.
func checkAppNews(d *draft) error {
	return eachArticle(d, func(_ *draft, a *object) error {
		appID, pagePath := a.str("appid"), a.str("pagepath")
		switch {
		case (appID == "") != (pagePath == ""):
			return refuseParameter("appid and pagepath go together")
		case len(pagePath) > pagePathMax:
			return refuseLength("pagepath", pagePathMax)
		case appID == "":
			if err := checkURL(a.str("url")); err != nil {
				return err
			}
		}
		return checkPicture(a)
	})
}

func checkChatNews(d *draft) error {
	return eachArticle(d, func(_ *draft, a *object) error {
		if err := checkURL(a.str("url")); err != nil {
			return err
		}
		return checkPicture(a)
	})
}

// checkPicture ends what all articles of news have in common.
func checkPicture(a *object) error {
	if len(a.str("picurl")) > urlMax {
		return refuse(codeURLSize)
	}
	cutField(a, "description", descriptionMax, cutBytes)
	return nil
}

func checkMPNews(d *draft) error {
	return eachArticle(d, func(d *draft, a *object) error {
		thumb, err := d.media(a, "thumb_media_id", "image")
		if err != nil {
			return err
		}
		content := a.str("content")
		switch {
		case content == "":
			return refuse(codeEmptyContent) // our choice
		case len(content) > mpnewsBodyMax:
			return refuse(codeContentSize)
		case len(a.str("author")) > authorMax:
			return refuse(codeAuthorSize)
		}
		cutField(a, "digest", descriptionMax, cutBytes)
		d.carries(thumb)
		return nil
	})
}
