package main

import (
	"io"
	"log/slog"
	"net/http"
	"strings"

	"github.com/wecom-functions/wecom-functions/adapters/env"
	"github.com/wecom-functions/wecom-functions/adapters/httpapi"
	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/caller"
	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/core/fetch"
	"github.com/wecom-functions/wecom-functions/local/faas"
	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

// app is what one port serves.
type app struct {
	url       string
	connector *core.Connector
	sim       *wecomsim.Sim // nil when live
	handler   http.Handler
}

// newApp joins the connector's HTTP face, the platforms in front of it and, unless it is live, the emulator. Calls are
// logged to log.
func newApp(address string, live bool, log io.Writer) (*app, error) {
	a := &app{url: "http://" + address}
	settings := a.demoSettings()
	if live {
		loaded, err := env.Load(log)
		if err != nil {
			return nil, err
		}
		settings = loaded.Settings
	} else {
		a.sim = wecomsim.New()
	}
	settings.Callers = caller.Policy{Mode: caller.None} // LoopbackOnly lets this machine in alone
	settings.Logger = slog.New(slog.NewTextHandler(log, nil))
	connector, err := core.New(settings)
	if err != nil {
		return nil, err
	}
	a.connector = connector
	a.handler = a.routes(httpapi.Handler(connector, httpapi.Options{}), faas.Handler(settings))
	return a, nil
}

// demoSettings are the connections to the emulator's demo enterprise.
func (a *app) demoSettings() core.Settings {
	return core.Settings{Links: fetch.Settings{Hosts: []string{"127.0.0.1", "localhost", "::1"}}, Connections: []connection.Settings{
		{
			Name: "default", Type: connection.Application, BaseURL: a.url, CorpID: wecomsim.SeedCorpID,
			AgentID: wecomsim.SeedAgentID, Secret: connection.Value(wecomsim.SeedAppSecret),
			ContactsSecret: connection.Value(wecomsim.SeedContactsSecret),
		},
		{
			Name: "bot", Type: connection.Chatbot, BaseURL: a.url, Key: connection.Value(wecomsim.SeedChatbotKey),
		},
	}}
}

// routes sends the emulator's paths to it, those of functions to the platforms, "/" to the welcome text and everything
// else to the connector.
func (a *app) routes(api, functions http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch path := r.URL.Path; {
		case a.sim != nil && (strings.HasPrefix(path, "/cgi-bin/") || strings.HasPrefix(path, "/_sim/")):
			a.sim.ServeHTTP(w, r)
		case strings.HasPrefix(path+"/", faas.Prefix):
			functions.ServeHTTP(w, r)
		case path == "/" && (r.Method == http.MethodGet || r.Method == http.MethodHead):
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			_, _ = io.WriteString(w, a.addresses())
		default:
			api.ServeHTTP(w, r)
		}
	})
}
