package catalog

import (
	"context"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

var _ = define(action.Info{
	ID:       "chatbot.news.send",
	Title:    "Pushing an image and text message by chatbot",
	Doc:      "Sends links with a picture to the group of a chatbot. " + botRate + " Cannot be withdrawn.",
	Call:     "POST webhook/send",
	Document: 91770,
	Examples: []action.Example{{
		Title:  "One article",
		Input:  `{"title":"周会纪要","description":"9 月第 2 周","url":"https://intra.example.com/m/37","picurl":"https://img.example.com/w37.png"}`,
		Output: `{}`,
	}},
	Refusals: []int64{93000, 45009},
}, (*ChatbotNewsSend).Run)

// ChatbotNewsSend is the input of chatbot.news.send: one article by its fields, or up to 8 in articles.
type ChatbotNewsSend struct {
	NewsArticle
	Articles []*NewsArticle
}

// NewsArticle is one article of a news message.
type NewsArticle struct {
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
	URL         string `json:"url"`
	PicURL      string `json:"picurl,omitempty"`
}

// Bind declares the fields of one item of articles.
func (a *NewsArticle) Bind(f *action.Fields) { a.bind(f) }

func (a *NewsArticle) bind(f *action.Fields, unless ...string) {
	f.String("title", &a.Title).RequiredUnless(unless...).Bytes(1, maxTitle).Truncate().Title("Subject").Doc("What exceeds 128 bytes is cut.")
	f.String("description", &a.Description).MaxBytes(maxSummary).Truncate().Title("Description").Doc("What exceeds 512 bytes is cut.")
	f.String("url", &a.URL).RequiredUnless(unless...).Bytes(1, maxLink).Is(hostLink).Title("Redirection URL").
		Doc("Where a tap leads. WeCom takes it without a scheme too.")
	f.String("picurl", &a.PicURL).Bytes(1, maxLink).Is(link).Title("Image URL").
		Doc("A JPG or PNG; 1068 x 455 pixels for the first article and 150 x 150 for others look best.")
}

// Bind declares the fields.
func (c *ChatbotNewsSend) Bind(f *action.Fields) {
	c.NewsArticle.bind(f, "articles")
	action.ObjectsField(f, "articles", &c.Articles).Items(1, maxArticles).Title("Articles").
		Doc("Several articles in place of the single one.")
	f.Exclusive("articles", "title", "description", "url", "picurl")
}

// Run sends the articles.
func (c *ChatbotNewsSend) Run(ctx context.Context, bot *wecom.Bot) (*wecom.Empty, error) {
	articles := c.Articles
	if len(articles) == 0 {
		articles = []*NewsArticle{&c.NewsArticle}
	}
	return push(ctx, bot, body{MsgType: "news", News: articleList[*NewsArticle]{articles}})
}
