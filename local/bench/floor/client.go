package floor

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// Client calls WeCom at URL with a token that it never renews.
type Client struct {
	URL   string
	Token string
	HTTP  *http.Client
}

// NewClient keeps as many connections as any measurement here uses at once: with the default of two per host a burst of
// sixteen opens fourteen connections anew, and nobody who measures would leave it at that.
func NewClient(url, token string) *Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 64
	return &Client{URL: url, Token: token, HTTP: &http.Client{Transport: transport}}
}

// TextMessage is the body of message/send for a text.
type TextMessage struct {
	ToUser         string `json:"touser"`
	MsgType        string `json:"msgtype"`
	AgentID        int    `json:"agentid"`
	Text           Text   `json:"text"`
	DuplicateCheck int    `json:"enable_duplicate_check,omitempty"`
}

// Text is the content of a text message.
type Text struct {
	Content string `json:"content"`
}

// NewsMessage is the body of message/send for "image and text".
type NewsMessage struct {
	ToUser  string `json:"touser"`
	MsgType string `json:"msgtype"`
	AgentID int    `json:"agentid"`
	News    News   `json:"mpnews"`
}

// News is the content of an "image and text" message.
type News struct {
	Articles []Article `json:"articles"`
}

// Article is one article of News.
type Article struct {
	Title        string `json:"title"`
	ThumbMediaID string `json:"thumb_media_id"`
	Content      string `json:"content"`
}

// AgentID is that of the sending application.
const AgentID = 1000002

// SendText posts a text.
func (c *Client) SendText(ctx context.Context, message *TextMessage) (Sent, error) {
	message.MsgType, message.AgentID = "text", AgentID
	return c.send(ctx, message)
}

// SendNews posts an "image and text" message.
func (c *Client) SendNews(ctx context.Context, message *NewsMessage) (Sent, error) {
	message.MsgType, message.AgentID = "mpnews", AgentID
	return c.send(ctx, message)
}

// Sent is WeCom's answer to a message.
type Sent struct {
	Status
	MsgID string `json:"msgid"`
}

// Status is in every answer of WeCom.
type Status struct {
	ErrCode int    `json:"errcode"`
	ErrMsg  string `json:"errmsg"`
}

func (s Status) err() error {
	if s.ErrCode != 0 {
		return fmt.Errorf("errcode %d: %s", s.ErrCode, s.ErrMsg)
	}
	return nil
}

func (c *Client) send(ctx context.Context, message any) (Sent, error) {
	body, err := json.Marshal(message)
	if err != nil {
		return Sent{}, err
	}
	url := c.URL + "/cgi-bin/message/send?access_token=" + c.Token
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return Sent{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	var sent Sent
	if err := c.do(req, &sent); err != nil {
		return Sent{}, err
	}
	return sent, sent.err()
}

// Department is one row of department/list, all of it.
type Department struct {
	ID       int      `json:"id"`
	Name     string   `json:"name"`
	NameEn   string   `json:"name_en"`
	Leaders  []string `json:"department_leader"`
	ParentID int      `json:"parentid"`
	Order    int      `json:"order"`
}

// Departments reads department/list.
func (c *Client) Departments(ctx context.Context) ([]Department, error) {
	url := c.URL + "/cgi-bin/department/list?access_token=" + c.Token
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Status
		Department []Department `json:"department"`
	}
	if err := c.do(req, &answer); err != nil {
		return nil, err
	}
	return answer.Department, answer.err()
}

func (c *Client) do(req *http.Request, answer any) error {
	resp, err := c.HTTP.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("HTTP %s", resp.Status)
	}
	// The length is known: a decoder that reads by itself would double its buffer up to it, which shows in big lists.
	body := make([]byte, max(resp.ContentLength, 0))
	if _, err := io.ReadFull(resp.Body, body); err != nil {
		return err
	}
	return json.Unmarshal(body, answer)
}
