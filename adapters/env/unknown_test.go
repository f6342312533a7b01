package env_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestUnknownVariables(t *testing.T) {
	for variable, want := range map[string]string{
		"WECOM_CONECTIONS":           " is unknown; did you mean WECOM_CONNECTIONS?",
		"WECOM_API_KEY":              " is unknown; did you mean WECOM_API_KEYS?",
		"WECOM_ACTIONS":              " is unknown; did you mean WECOM_ACTION?",
		"WECOM_DEFAULT_CORPID":       " is unknown; did you mean WECOM_DEFAULT_CORP_ID?",
		"WECOM_DEFUALT_AGENT_ID":     " is unknown; did you mean WECOM_DEFAULT_AGENT_ID?",
		"WECOM_DEFAULT_SECRETS_FILE": " is unknown; did you mean WECOM_DEFAULT_SECRET_FILE?",
		"WECOM_SECRET":               " is unknown; did you mean WECOM_DEFAULT_SECRET?",
		"WECOM_CONTACTS_SECRET":      " is unknown; did you mean WECOM_DEFAULT_CONTACTS_SECRET?",
		"WECOM_ALERTS_KEY":           " is unknown; list its connection in WECOM_CONNECTIONS, or remove it",
		"WECOM_ALERTS_SECRET_FILE":   " is unknown; list its connection in WECOM_CONNECTIONS, or remove it",
		"WECOM_REDIS_KEY":            " is unknown; correct its name or remove it",
		"WECOM_FUNCTION":             " is unknown; correct its name or remove it",
		"WECOM_":                     " is unknown; correct its name or remove it",
		"WECOM_default_KEY":          " is unknown; did you mean WECOM_DEFAULT_KEY?",
		"WECOM_SERVICE_HOSTS":        " is unknown; correct its name or remove it",
		"WECOM_PORT_HTTP_TCP":        " is unknown; correct its name or remove it",
		"WECOM_PORT_80_SCTP":         " is unknown; correct its name or remove it",
	} {
		t.Run(variable, func(t *testing.T) {
			assert.Equal(t, []string{variable + want}, loadProblems(t, application(vars{variable: "value"})))
		})
	}
	t.Run("a name cannot garble the list", func(t *testing.T) {
		assert.Equal(t, []string{`"WECOM_A\nPORT is fine \x1b[2J\u65e5" is unknown; correct its name or remove it`},
			loadProblems(t, application(vars{"WECOM_A\nPORT is fine \x1b[2J日": ""})))
	})
	t.Run("settings of others are none of ours", func(t *testing.T) {
		mustLoad(t, application(vars{"WECOMX": "1", "wecom_default_key": "1", "MY_WECOM_KEY": "1"}))
	})
}

func TestVariablesOfKubernetes(t *testing.T) {
	address := "tcp://10.0.0.1:8080"
	mustLoad(t, application(vars{
		"WECOM_SERVICE_HOST": "10.0.0.1", "WECOM_SERVICE_PORT": "8080", "WECOM_SERVICE_PORT_HTTP": "8080",
		"WECOM_PORT": address, "WECOM_PORT_8080_TCP": address, "WECOM_PORT_8080_TCP_PROTO": "tcp",
		"WECOM_PORT_8080_TCP_PORT": "8080", "WECOM_PORT_8080_TCP_ADDR": "10.0.0.1", "WECOM_PORT_53_UDP": address,
		"WECOM_FUNCTIONS_SERVICE_HOST": "10.0.0.1", "WECOM_FUNCTIONS_SERVICE_PORT": "8080",
		"WECOM_FUNCTIONS_PORT": address, "WECOM_FUNCTIONS_PORT_8080_TCP_ADDR": "10.0.0.1",
		"WECOM_PORT_PROXY_PORT_53_UDP_ADDR": "10.0.0.1", "WECOM_DEFAULT_PORT": address,
	}))
}
