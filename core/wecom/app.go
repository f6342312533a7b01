package wecom

import (
	"context"

	"github.com/wecom-functions/wecom-functions/core/connection"
)

// Client is an App or a Bot.
type Client interface {
	do(ctx context.Context, call *Call, fresh func() answer) (answer, error)
}

// Do makes a call and returns WeCom's answer. Its error is a *fault.Error, or wraps one; see MetOwnWork.
func Do[T any, P interface {
	*T
	answer
}](ctx context.Context, c Client, call Call,
) (P, error) {
	out, err := c.do(ctx, &call, func() answer { return P(new(T)) })
	if err != nil {
		return nil, err
	}
	return out.(P), nil
}

// App makes calls with an application's access tokens. It is safe for concurrent use.
type App struct {
	client   *client
	agentID  int64
	own      *tokenSource
	contacts *tokenSource
}

// NewApp makes the client of a connection of type application. It does nothing that can wait: no call, no dial.
func NewApp(settings connection.Settings, options Options) *App {
	c := newClient(settings, options)
	app := &App{client: c, agentID: settings.AgentID}
	app.own = &tokenSource{client: c, corpID: settings.CorpID, secret: settings.Secret, label: "the application's secret"}
	app.contacts = app.own
	if !settings.ContactsSecret.IsZero() {
		app.contacts = &tokenSource{
			client: c, corpID: settings.CorpID, secret: settings.ContactsSecret, label: "the contact-sync secret",
		}
	}
	return app
}

// AgentID is the application's id in the connection's settings; 0 if it is not there.
func (a *App) AgentID() int64 { return a.agentID }

func (a *App) do(ctx context.Context, call *Call, fresh func() answer) (answer, error) {
	source := a.own
	if call.Contacts {
		source = a.contacts
	}
	return a.client.call(ctx, call, &bearer{source: source, app: a}, fresh)
}

// bearer attaches the access token of a source.
type bearer struct {
	source *tokenSource
	app    *App
	token  *token
}

func (b *bearer) attach(ctx context.Context) (string, func(), error) {
	token, err := b.source.get(ctx)
	if err != nil {
		return "", nil, err
	}
	b.token = token
	return "access_token=" + token.query, func() { b.source.invalidate(token) }, nil
}

func (b *bearer) hidden() []string { return b.source.hidden(b.token) }
