package catalog

import (
	"fmt"
	"slices"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/media"
)

// MPNews is the body of an image and text message whose articles WeCom keeps: one article by its fields, or up to 8
// in articles.
type MPNews struct {
	Article
	Articles []*Article

	desk Desk
}

// TakeFiles takes what it needs to upload pictures.
func (n *MPNews) TakeFiles(desk Desk) { n.desk = desk }

// Article is one article of an mpnews message.
type Article struct {
	Title            string   `json:"title"`
	ThumbMediaID     string   `json:"thumb_media_id"`
	Thumb            *Picture `json:"-"`
	Author           string   `json:"author,omitempty"`
	ContentSourceURL string   `json:"content_source_url,omitempty"`
	Content          string   `json:"content"`
	Digest           string   `json:"digest,omitempty"`
}

// Bind declares the fields of one item of articles.
func (a *Article) Bind(f *action.Fields) { a.bind(f) }

// bind declares the fields, which are not required where one of the fields called unless is given.
func (a *Article) bind(f *action.Fields, unless ...string) {
	f.String("title", &a.Title).RequiredUnless(unless...).Bytes(1, maxTitle).Truncate().Title("Subject").Doc("What exceeds 128 bytes is cut.")
	f.String("thumb_media_id", &a.ThumbMediaID).ID().RequiredUnless(slices.Concat(unless, []string{"thumb"})...).Bytes(1, maxMediaID).Is(mediaID).
		Title("Message Thumbnail").Doc("The media_id of an uploaded image, from media.upload.")
	action.ObjectField(f, "thumb", &a.Thumb).Title("Thumbnail Image").Doc("The image itself, " + uploadedFirst)
	f.String("author", &a.Author).MaxBytes(maxAuthor).Title("Message Author").Doc("Shown under the subject.")
	f.String("content_source_url", &a.ContentSourceURL).Bytes(1, maxLink).Is(link).Title("Source Link").Doc("Where Read More leads.")
	f.String("content", &a.Content).RequiredUnless(unless...).Bytes(1, maxArticle).Title("Content").Doc("HTML, sent untouched; at most 666 KB.")
	f.String("digest", &a.Digest).MaxBytes(maxSummary).Truncate().Title("Description").Doc("What exceeds 512 bytes is cut.")
	f.Exclusive("thumb", "thumb_media_id")
}

func (n *MPNews) bind(f *action.Fields) {
	n.Article.bind(f, "articles")
	action.ObjectsField(f, "articles", &n.Articles).Items(1, maxArticles).Title("Articles").
		Doc("Several articles in place of the single one, each within the limits of that.")
	f.Exclusive("articles", "title", "thumb_media_id", "thumb", "author", "content_source_url", "content", "digest")
}

func (n *MPNews) all() []*Article {
	if len(n.Articles) == 0 {
		return []*Article{&n.Article}
	}
	return n.Articles
}

// files are the pictures that are to be uploaded.
func (n *MPNews) files() (files []*attachment) {
	for i, article := range n.all() {
		if article.Thumb == nil {
			continue
		}
		field := "/thumb"
		if len(n.Articles) > 0 {
			field = fmt.Sprintf("/articles/%d/thumb", i)
		}
		files = append(files, &attachment{
			file: &article.Thumb.File, field: field, rules: media.Rules{Type: media.Image}, to: &article.ThumbMediaID,
		})
	}
	return files
}

func (n *MPNews) body() body {
	return body{MsgType: "mpnews", MPNews: articleList[*Article]{n.all()}}
}

// articleList is how WeCom wants articles.
type articleList[T any] struct {
	Articles []T `json:"articles"`
}
