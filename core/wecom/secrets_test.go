package wecom_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

var canaries = []string{appSecret, contactsSecret, tokenCanary, webhookKey, proxyPassword}

// leaks returns the spelling of a canary that the text holds; "" if there is none.
func leaks(text string) string {
	for _, canary := range canaries {
		quoted, _ := json.Marshal(canary)
		for _, spelling := range []string{
			url.QueryEscape(canary), url.PathEscape(canary), hex.EncodeToString([]byte(canary)), strings.Trim(string(quoted), `"`),
			base64.StdEncoding.EncodeToString([]byte(canary)), base64.URLEncoding.EncodeToString([]byte(canary)),
		} {
			if strings.Contains(text, spelling) {
				return spelling
			}
		}
		for i := 0; i+12 <= len(canary); i++ {
			if strings.Contains(text, canary[i:i+12]) {
				return canary[i : i+12]
			}
		}
	}
	return ""
}

// assertNoSecret looks through all that can be shown of an error.
func assertNoSecret(t *testing.T, err error) {
	t.Helper()
	e := fault.From(err)
	problem, _ := json.Marshal(e.Problem())
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "err", err, "fault", e, "cause", e.Cause, "problem", e.Problem())
	for _, text := range []string{
		err.Error(), fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", err), fmt.Sprintf("%+v", *e), string(problem), log.String(),
	} {
		assert.Empty(t, leaks(text), "in %s", text)
	}
}

// echoes are answers that repeat all that they were asked with, as a broken gateway or a helpful one might.
func echoes() map[string]reply {
	all := func(r *http.Request) string {
		query := r.URL.Query()
		text := r.URL.String() + " " + r.RequestURI
		for _, name := range []string{"access_token", "corpsecret", "key"} {
			if value := query.Get(name); value != "" {
				text += " " + value + " " + url.PathEscape(value) + " " + strings.ToLower(url.QueryEscape(value))
			}
		}
		return text
	}
	refuses := func(code int) reply {
		return func(w http.ResponseWriter, r *http.Request) {
			body, _ := json.Marshal(map[string]any{"errcode": code, "errmsg": "no: " + all(r)})
			says(string(body))(w, r)
		}
	}
	fails := func(code int) reply {
		return func(w http.ResponseWriter, r *http.Request) {
			status(code, "<html>"+all(r), "Location", "http://elsewhere.test/?"+r.URL.RawQuery, "Retry-After", r.URL.RawQuery, "X", all(r))(w, r)
		}
	}
	list := map[string]reply{
		"garbage": func(w http.ResponseWriter, r *http.Request) { says(all(r))(w, r) },
		"truncated": func(w http.ResponseWriter, r *http.Request) {
			hangUp(w, "HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"+all(r))
		},
		"no HTTP": func(w http.ResponseWriter, r *http.Request) { hangUp(w, all(r)+"\r\n\r\n") },
		"bad status": func(w http.ResponseWriter, r *http.Request) {
			hangUp(w, "HTTP/1.1 999999 "+r.URL.RawQuery+"\r\n\r\n")
		},
		"reset": resets, "hangs": hangs,
		"wrong type": func(w http.ResponseWriter, r *http.Request) {
			says(fmt.Sprintf(`{"errcode":0,"msgid":[%q]}`, all(r)))(w, r)
		},
		"no errcode": func(w http.ResponseWriter, r *http.Request) { says(fmt.Sprintf(`{"errcode":%q}`, all(r)))(w, r) },
		"wrong length": func(w http.ResponseWriter, r *http.Request) {
			hangUp(w, "HTTP/1.1 200 OK\r\nContent-Length: "+r.URL.RawQuery+"\r\n\r\n")
		},
		"wrong chunk": func(w http.ResponseWriter, r *http.Request) {
			hangUp(w, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"+r.URL.RawQuery+"\r\n")
		},
	}
	for _, code := range []int{-1, 6000, 40001, 40013, 40014, 40058, 42001, 45009, 45033, 48002, 60020, 81013, 93000, 99999} {
		list[fmt.Sprintf("errcode %d", code)] = refuses(code)
	}
	for _, code := range []int{204, 301, 307, 403, 404, 407, 408, 429, 500, 502, 503} {
		list[fmt.Sprintf("HTTP %d", code)] = fails(code)
	}
	return list
}

// TestNothingSecretIsShown is invariant I4 for the client: whatever the peer does, no error shows a canary.
func TestNothingSecretIsShown(t *testing.T) {
	t.Parallel()
	for name, echo := range echoes() {
		for _, path := range []string{"gettoken", "message/send", "user/list_id", "webhook/send"} {
			t.Run("I4 X3 "+name+" at "+path, func(t *testing.T) {
				t.Parallel()
				f := newFake(t)
				f.alwaysAnswers(path, echo)
				settings := at(t, f.URL)
				settings.ContactsSecret = connection.Value(contactsSecret)
				settings.Key = connection.Value(webhookKey)
				trace := &wecom.Trace{}
				ctx, cancel := context.WithTimeout(wecom.WithTrace(t.Context(), trace), 300*time.Millisecond)
				defer cancel()
				app, bot := wecom.NewApp(settings, impatient()), wecom.NewBot(settings, impatient())
				var err error
				switch path {
				case "webhook/send":
					_, err = wecom.Do[*sent](ctx, bot, wecom.Call{Path: path, Body: hello, Effect: wecom.Send})
				case "gettoken":
					_, err = wecom.Do[*sent](ctx, app, wecom.Call{Path: "message/send", Body: hello, Effect: wecom.Send})
				default:
					_, err = wecom.Do[*sent](ctx, app, wecom.Call{Path: path, Body: hello, Effect: wecom.Set, Contacts: path == "user/list_id"})
				}
				require.Error(t, err)
				assertNoSecret(t, err)
				assert.Empty(t, leaks(fmt.Sprintf("%+v", *trace)))
			})
		}
	}
}

// TestClientsDoNotPrintSecrets: whoever prints a client in anger, with a token and a key in it, prints none of them.
func TestClientsDoNotPrintSecrets(t *testing.T) {
	t.Parallel()
	settings := inMemory(func(r *http.Request) (string, error) {
		if isGettoken(r) {
			return tokenAnswer, nil
		}
		return `{"errcode":0}`, nil
	})
	settings.ContactsSecret = connection.Value(contactsSecret)
	settings.Key = connection.Value(webhookKey)
	app, bot := wecom.NewApp(settings, impatient()), wecom.NewBot(settings, impatient())
	require.NoError(t, send(t.Context(), app))
	require.NoError(t, send(t.Context(), bot))
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%t", "%x"} {
		for _, value := range []any{app, bot, settings, &settings, []any{app, bot}, struct{ a, b any }{app, bot}} {
			assert.Empty(t, leaks(fmt.Sprintf(verb, value)), "I4 %s of %T", verb, value)
		}
	}
}
