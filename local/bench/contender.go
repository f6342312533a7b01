package main

import (
	"context"
	"fmt"

	"github.com/wecom-functions/wecom-functions/local/bench/floor"
)

// A contender does the measured work, whoever it is. It prepares a call from its input, so that what is measured is the
// call alone.
type contender interface {
	text(content string, duplicateCheck bool) call
	article(content string) call
	departments(want int) call
}

// call may be made over and over.
type call func(ctx context.Context) error

const (
	floors     = "floor"  // written by hand, nothing but the work
	ours       = "ours"   // the connector: JSON in, result out
	oursClient = "client" // the connector's client, from the decoded action to the socket
)

func newContender(p party) (contender, error) {
	switch p.Who {
	case floors:
		return floorContender{floor.NewClient(p.URL, p.Token)}, nil
	case ours:
		return newConnector(p)
	case oursClient:
		return newClient(p), nil
	}
	return nil, fmt.Errorf("no contender %q", p.Who)
}

const (
	recipient    = "zhangsan"
	articleTitle = "三季度安全月报"
	articleThumb = "3Xk_thumb-demo"
)

type floorContender struct{ client *floor.Client }

func (f floorContender) text(content string, duplicateCheck bool) call {
	message := floor.TextMessage{ToUser: recipient, Text: floor.Text{Content: content}}
	if duplicateCheck {
		message.DuplicateCheck = 1
	}
	return func(ctx context.Context) error {
		_, err := f.client.SendText(ctx, &message)
		return err
	}
}

func (f floorContender) article(content string) call {
	articles := []floor.Article{{Title: articleTitle, ThumbMediaID: articleThumb, Content: content}}
	message := floor.NewsMessage{ToUser: recipient, News: floor.News{Articles: articles}}
	return func(ctx context.Context) error {
		_, err := f.client.SendNews(ctx, &message)
		return err
	}
}

func (f floorContender) departments(want int) call {
	return func(ctx context.Context) error {
		list, err := f.client.Departments(ctx)
		if err == nil {
			err = wantDepartments(len(list), want)
		}
		return err
	}
}

func wantDepartments(got, want int) error {
	if got != want {
		return fmt.Errorf("%d departments instead of %d", got, want)
	}
	return nil
}
