package env_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/wecom-functions/wecom-functions/adapters/env"
	"github.com/wecom-functions/wecom-functions/core"
)

// canary is a text that stands for a secret. It is hexadecimal, so that it can stand in a hash.
const canary = "0f5ec7e70c0ffee05ec7e7ab1eca5cad"

// hidden fails where a text holds a part of the canary that tells something.
func hidden(t testing.TB, what, text string) {
	t.Helper()
	const telling = 12
	for i := range len(canary) - telling + 1 {
		if strings.Contains(text, canary[i:i+telling]) {
			t.Errorf("%s holds a part of a secret: %s", what, text)
			return
		}
	}
}

// loadHidden loads an environment, however broken, and looks for the canary in all that could be shown of it.
func loadHidden(t testing.TB, vars vars) {
	t.Helper()
	set(t, vars)
	var log bytes.Buffer
	loaded, err := env.Load(&log)
	if err != nil {
		hidden(t, "the problems", fmt.Sprintf("%v %+v %#v", err, err, err))
		_, answer := core.Misconfigured(loaded.Settings, err).Invoke(t.Context(), core.Request{})
		hidden(t, "the answer to a call", answer.Error())
	} else if _, err := core.New(loaded.Settings); err != nil {
		t.Errorf("the core finds what Load did not: %v", err)
	}
	for _, c := range loaded.Settings.Connections {
		hidden(t, "a printed secret", fmt.Sprintf("%v %+v %#v", c.Secret, c.ContactsSecret, c.Key))
		shown, err := json.Marshal([]any{c.Secret, c.ContactsSecret, c.Key})
		assert.NoError(t, err)
		hidden(t, "a marshalled secret", string(shown))
		c.CorpID, c.BaseURL, c.Description = "", "", "" // which are no secrets
		hidden(t, "a printed connection", fmt.Sprintf("%v %+v", c, c))
		loaded.Settings.Logger.Info("connection", "secret", c.Secret, "key", c.Key)
	}
	hidden(t, "the log", log.String())
}

func TestNoProblemHoldsASecret(t *testing.T) {
	readable, unusable := file(t, canary), file(t, canary+" \n"+canary)
	forms := map[string]string{
		"right":      canary,
		"in a line":  canary + "\n",
		"with noise": " " + canary + "&key=" + canary + "#" + canary,
		"as a URL":   "https://user:" + canary + "@proxy.example/" + canary + "?key=" + canary,
		"broken URL": "http://user:" + canary + "%zz@proxy.example:port",
		"a list":     "name:" + canary + canary + "," + canary + ":" + canary + "," + canary,
		"a file":     readable,
		"two lines":  unusable,
		"no file":    "/" + canary,
		"long":       strings.Repeat(canary, 10),
	}
	secrets := []string{
		"WECOM_DEFAULT_SECRET", "WECOM_DEFAULT_SECRET_FILE", "WECOM_DEFAULT_CONTACTS_SECRET", "WECOM_DEFAULT_CONTACTS_SECRET_FILE",
		"WECOM_DEFAULT_KEY", "WECOM_DEFAULT_KEY_FILE", "WECOM_DEFAULT_PROXY_URL", "WECOM_API_KEYS",
		// Secrets pasted into the wrong variable.
		"WECOM_CONNECTIONS", "WECOM_DEFAULT_TYPE", "WECOM_DEFAULT_CORP_ID", "WECOM_DEFAULT_AGENT_ID", "WECOM_DEFAULT_BASE_URL",
		"WECOM_DEFAULT_DESCRIPTION", "WECOM_ACTION", "WECOM_AUTH", "WECOM_FETCH_HOSTS", "WECOM_IDLE_TIMEOUT", "WECOM_LOG_LEVEL", "HOST", "PORT",
		"WECOM_SECRET", "WECOM_DEFAULT_SECERT", "WECOM_ALERTS_KEY",
	}
	around := map[string]vars{
		"alone":             {},
		"an application":    application(nil),
		"a chatbot":         {"WECOM_DEFAULT_KEY": validKey},
		"of unknown type":   application(vars{"WECOM_DEFAULT_TYPE": "other"}),
		"beside everything": {},
	}
	for _, name := range secrets {
		around["beside everything"][name] = canary
	}
	for context, others := range around {
		for form, value := range forms {
			for _, name := range secrets {
				t.Run(context+"/"+form+"/"+name, func(t *testing.T) {
					all := vars{name: value}
					for other, value := range others {
						if other != name {
							all[other] = value
						}
					}
					loadHidden(t, all)
				})
			}
		}
	}
}

// FuzzLoad reads environments of all sorts. The text is one NAME=value a line; "$" in a value stands for a secret.
func FuzzLoad(f *testing.F) {
	f.Add("")
	f.Add("WECOM_DEFAULT_CORP_ID=ww1\nWECOM_DEFAULT_SECRET=$")
	f.Add("WECOM_CONNECTIONS=default, alerts,,9,api\nWECOM_ALERTS_KEY=https://x/?key=$\nWECOM_DEFAULT_KEY_FILE=/$")
	f.Add("WECOM_API_KEYS=a:$$,$:$,$\nWECOM_AUTH=none\nWECOM_AUTH=$\nWECOM_ACTION=message.*,$\nHOST=::1\nPORT=$")
	f.Add("WECOM_A_B_PROXY_URL=http://u:$@h:1\nWECOM_DEFAULT_PROXY_URL=socks5://u:$%zz@h\nWECOM_PORT_1_TCP=$\nWECOM_IDLE_TIMEOUT=1$s")
	f.Add("WECOM_DEFAULT_AGENT_ID=1$\nWECOM_DEFAULT_BASE_URL=http://$@127.0.0.1\nWECOM_LOG_LEVEL=$\nWECOM_DEFAULT_TYPE=$")
	f.Fuzz(func(t *testing.T, text string) {
		all := vars{}
		for line := range strings.SplitSeq(text, "\n") {
			name, value, _ := strings.Cut(line, "=")
			if strings.Contains(line, "\x00") || !strings.HasPrefix(name, "WECOM_") && name != "HOST" && name != "PORT" {
				continue // the first cannot be, and the others are not read
			}
			if name != "WECOM_CONNECTIONS" { // names are shown: they are part of names of variables
				value = strings.ReplaceAll(value, "$", canary)
			}
			all[name] = value
		}
		loadHidden(t, all)
	})
}

func FuzzLists(f *testing.F) {
	f.Add("default, alerts", "a:"+hash+", b:"+hash, "message.*, member.list")
	f.Add(",,", ":", "*.*")
	f.Add("Default", "a:"+strings.ToUpper(hash), "wecom-")
	f.Fuzz(func(t *testing.T, connections, keys, actions string) {
		if strings.Contains(connections+keys+actions, "\x00") {
			t.Skip("no variable can hold it")
		}
		loadHidden(t, application(vars{
			"WECOM_CONNECTIONS": connections, "WECOM_API_KEYS": keys + canary, "WECOM_ACTION": actions + canary,
		}))
	})
}
