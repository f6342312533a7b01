package main_test

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/assert/yaml"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/core/catalog"
	"github.com/wecom-functions/wecom-functions/core/describe"
	"github.com/wecom-functions/wecom-functions/local/faas/child"
	"github.com/wecom-functions/wecom-functions/local/faas/scfapi"
	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

func TestMain(m *testing.M) { child.Main(m) }

// manifest is what is read of serverless.yml. No schema of its component is at hand, so what its documents say of each
// member is checked here.
type manifest struct {
	Component string
	Name      string
	Inputs    struct {
		Src       struct{ Src string }
		Runtime   string
		Type      string
		Namespace string
		Timeout   int
		Memory    int `yaml:"memorySize"`
		Functions map[string]function
	}
}

type function struct {
	Name         string
	Handler      string
	Description  string
	EIP          bool
	Environments []struct{ Key, Value string }
}

func read(t *testing.T) (m manifest, text string) {
	t.Helper()
	raw, err := os.ReadFile("serverless.yml")
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(raw, &m))
	return m, string(raw)
}

// environment is that of the function, with the variables of whoever deploys put in.
func (f function) environment(t *testing.T, deployer map[string]string) map[string]string {
	t.Helper()
	environment := make(map[string]string)
	for _, pair := range f.Environments {
		assert.NotContains(t, environment, pair.Key)
		environment[pair.Key] = regexp.MustCompile(`\$\{env:(\w+)\}`).ReplaceAllStringFunc(pair.Value, func(reference string) string {
			name := reference[len("${env:") : len(reference)-1]
			require.Contains(t, deployer, name)
			return deployer[name]
		})
	}
	return environment
}

var deployer = map[string]string{
	"WECOM_DEFAULT_CORP_ID": wecomsim.SeedCorpID, "WECOM_DEFAULT_AGENT_ID": fmt.Sprint(wecomsim.SeedAgentID),
	"WECOM_DEFAULT_SECRET": wecomsim.SeedAppSecret, "WECOM_DEFAULT_CONTACTS_SECRET": wecomsim.SeedContactsSecret,
	"WECOM_DEFAULT_KEY": wecomsim.SeedChatbotKey, "WECOM_API_KEYS": "ci:" + strings.Repeat("0", 64),
}

func TestTheManifestHasAFunctionForEachAction(t *testing.T) {
	t.Parallel()
	m, text := read(t)
	assert.Equal(t, "multi-scf", m.Component)
	assert.Equal(t, "CustomRuntime", m.Inputs.Runtime)
	assert.Equal(t, "event", m.Inputs.Type)
	assert.Equal(t, "../../dist/scf", m.Inputs.Src.Src)
	assert.GreaterOrEqual(t, m.Inputs.Timeout, 15)
	assert.LessOrEqual(t, m.Inputs.Timeout, 900)
	assert.Zero(t, m.Inputs.Memory%64)
	assert.Len(t, m.Inputs.Functions, len(catalog.IDs()))
	assert.LessOrEqual(t, len(m.Inputs.Functions), 50, "what a namespace takes")
	for _, id := range catalog.IDs() {
		f := m.Inputs.Functions[describe.Function(id)]
		assert.Equal(t, describe.Function(id), f.Name)
		assert.Regexp(t, `^[A-Za-z][A-Za-z0-9_-]{0,58}[A-Za-z0-9]$`, f.Name)
		assert.Regexp(t, `^[A-Za-z][A-Za-z0-9_-]*\.[A-Za-z0-9_-]*[A-Za-z0-9]$`, f.Handler, "a file and a method")
		assert.Regexp(t, `^[A-Za-z0-9 ,.]+$`, f.Description)
		environment := f.environment(t, deployer)
		assert.Equal(t, id, environment["WECOM_ACTION"])
		assert.Contains(t, environment, "WECOM_API_KEYS", "for its function URL")
		size := 0
		for name, value := range environment {
			size += len(name) + len(value)
		}
		assert.Less(t, size, 4<<10)
	}
	assert.Contains(t, text, "A fixed egress address")
	assert.NotContains(t, text, "WECOM_AUTH", "there is nothing here that authenticates callers")
	for name, value := range deployer {
		assert.NotContains(t, text, name+": "+value)
	}
}

// The program starts with the settings of the manifest, and runs its action.
func TestTheManifestStartsTheProgram(t *testing.T) {
	t.Parallel()
	m, _ := read(t)
	sim := wecomsim.New()
	t.Cleanup(sim.Close)
	for id, input := range map[string]string{
		"message.text.send": `{"touser":"zhangsan","content":"x"}`, "chatbot.text.send": `{"content":"x"}`, "member.list": `{}`,
	} {
		api, err := scfapi.New()
		require.NoError(t, err)
		t.Cleanup(api.Close)
		f := m.Inputs.Functions[describe.Function(id)]
		environment := append(api.Environment(), "_HANDLER="+f.Handler, "WECOM_DEFAULT_BASE_URL="+sim.URL())
		for name, value := range f.environment(t, deployer) {
			environment = append(environment, name+"="+value)
		}
		process := child.Start(t, child.Build(t, "./functions/scf"), environment...)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		answer, err := api.Invoke(ctx, scfapi.Invocation{Payload: []byte(input), Limit: time.Duration(m.Inputs.Timeout) * time.Second})
		require.NoError(t, err, process.Logs)
		assert.False(t, answer.Failed, string(answer.Payload))
	}
}
