package wecom

import (
	"context"
	"fmt"
	"io"
	"reflect"

	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/core/fault"
)

// Client is an App or a Bot.
type Client interface {
	do(ctx context.Context, call Call, into maker) (answer, error)
	base() *client
	uploadPath() string
}

// maker makes an empty answer for each try.
type maker struct{ of reflect.Type }

func (m maker) fresh() answer { return reflect.New(m.of).Interface().(answer) }

// Do makes a call and returns WeCom's answer, for which Out is the pointer to a struct. Its error is a *fault.Error, or
// wraps one; see MetOwnWork.
func Do[Out answer](ctx context.Context, c Client, call Call) (Out, error) {
	out, err := c.do(ctx, call, maker{reflect.TypeFor[Out]().Elem()})
	if err != nil {
		var none Out
		return none, err
	}
	return out.(Out), nil
}

// App makes calls with an application's access tokens. It is safe for concurrent use.
type App struct {
	client   *client
	agentID  int64
	own      *tokenSource
	contacts *tokenSource
}

// How errors name the two secrets.
const (
	ownLabel      = "the application's secret"
	contactsLabel = "the contact-sync secret"
)

// NewApp makes the client of a connection of type application. It does nothing that can wait: no call, no dial.
func NewApp(settings connection.Settings, options Options) *App {
	c := newClient(settings, options)
	app := &App{client: c, agentID: settings.AgentID}
	app.own = &tokenSource{client: c, corpID: settings.CorpID, secret: settings.Secret, label: ownLabel}
	app.contacts = app.own
	if !settings.ContactsSecret.IsZero() {
		app.contacts = &tokenSource{
			client: c, corpID: settings.CorpID, secret: settings.ContactsSecret, label: contactsLabel,
		}
	}
	return app
}

// AgentID is the application's id in the connection's settings; 0 if it is not there.
func (a *App) AgentID() int64 { return a.agentID }

// Format prints nothing of what a client holds: fmt does not stop at unexported members.
func (a *App) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "wecom.App") }

func (a *App) base() *client      { return a.client }
func (a *App) uploadPath() string { return "media/upload" }

func (a *App) do(ctx context.Context, call Call, into maker) (answer, error) {
	source := a.own
	if call.Contacts {
		source = a.contacts
	}
	return a.client.call(ctx, &call, &bearer{source: source}, into)
}

// bearer attaches the access token of a source.
type bearer struct {
	source *tokenSource
	token  *token
}

func (b *bearer) attach(ctx context.Context) (query string, err error) {
	if b.token, err = b.source.get(ctx); err != nil {
		return "", err
	}
	return b.token.query, nil
}

func (b *bearer) renew(context.Context) bool {
	b.source.invalidate(b.token)
	return true
}

func (b *bearer) hidden() []string { return b.source.hidden(b.token) }

// blame names the one of the connection's two secrets that was used.
func (b *bearer) blame(e *fault.Error) {
	if e.Kind == fault.ConnectionRejected {
		e.Detail += " The call was made with " + b.source.label + "."
	}
}
