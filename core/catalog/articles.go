package catalog

import "github.com/wecom-functions/wecom-functions/core/action"

// MPNews is the body of an image and text message whose articles WeCom keeps: one article by its fields, or up to 8
// in articles.
type MPNews struct {
	Article
	Articles []*Article
}

// Article is one article of an mpnews message.
type Article struct {
	Title            string `json:"title"`
	ThumbMediaID     string `json:"thumb_media_id"`
	Author           string `json:"author,omitempty"`
	ContentSourceURL string `json:"content_source_url,omitempty"`
	Content          string `json:"content"`
	Digest           string `json:"digest,omitempty"`
}

// Bind declares the fields of one item of articles.
func (a *Article) Bind(f *action.Fields) { a.bind(f, "") }

// bind declares the fields, which are not required where the field called unless is given.
func (a *Article) bind(f *action.Fields, unless string) {
	f.String("title", &a.Title).RequiredUnless(unless).Bytes(1, maxTitle).Truncate().Title("Subject").Doc("What exceeds 128 bytes is cut.")
	f.String("thumb_media_id", &a.ThumbMediaID).ID().RequiredUnless(unless).Bytes(1, maxMediaID).Is(mediaID).Title("Message Thumbnail").
		Doc("The media_id that media/upload answered for an image.")
	f.String("author", &a.Author).MaxBytes(maxAuthor).Title("Message Author").Doc("Shown under the subject.")
	f.String("content_source_url", &a.ContentSourceURL).Bytes(1, maxLink).Is(link).Title("Source Link").Doc("Where Read More leads.")
	f.String("content", &a.Content).RequiredUnless(unless).Bytes(1, maxArticle).Title("Content").Doc("HTML, sent untouched; at most 666 KB.")
	f.String("digest", &a.Digest).MaxBytes(maxSummary).Truncate().Title("Description").Doc("What exceeds 512 bytes is cut.")
}

func (n *MPNews) bind(f *action.Fields) {
	n.Article.bind(f, "articles")
	action.ObjectsField(f, "articles", &n.Articles).Items(1, maxArticles).Title("Articles").
		Doc("Several articles in place of the single one, each within the limits of that.")
	f.Exclusive("articles", "title", "thumb_media_id", "author", "content_source_url", "content", "digest")
}

func (n *MPNews) body() body {
	articles := n.Articles
	if len(articles) == 0 {
		articles = []*Article{&n.Article}
	}
	return body{MsgType: "mpnews", MPNews: articleList[*Article]{articles}}
}

// articleList is how WeCom wants articles.
type articleList[T any] struct {
	Articles []T `json:"articles"`
}
