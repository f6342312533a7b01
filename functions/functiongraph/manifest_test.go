package main_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/core/catalog"
	"github.com/wecom-functions/wecom-functions/core/describe"
	"github.com/wecom-functions/wecom-functions/local/faas/child"
	"github.com/wecom-functions/wecom-functions/local/faas/functiongraphapi"
	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

func TestMain(m *testing.M) { child.Main(m) }

func manifest(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("main.tf")
	require.NoError(t, err)
	return string(text)
}

// The provider is not at hand, so its schema is this list, out of its documents.
var arguments = []string{
	"for_each", "name", "app", "runtime", "handler", "memory_size", "timeout", "code_type", "code_filename", "func_code", "user_data",
	"encrypted_user_data", "vpc_id", "network_id", "agency",
}

func TestTheManifestListsEveryAction(t *testing.T) {
	t.Parallel()
	text := manifest(t)
	for _, id := range catalog.IDs() {
		assert.Regexp(t, `(?m)^    "`+regexp.QuoteMeta(id)+`" += "(application|contacts|chatbot)"$`, text)
	}
	_, resource, found := strings.Cut(text, `resource "huaweicloud_fgs_function" "wecom" {`)
	require.True(t, found)
	resource, _, _ = strings.Cut(resource, "\n  lifecycle {")
	var used []string
	for _, match := range regexp.MustCompile(`(?m)^  ([a-z_]+) += `).FindAllStringSubmatch(resource, -1) {
		used = append(used, match[1])
	}
	assert.Equal(t, arguments, used)
	assert.Contains(t, text, "# A fixed egress address")
	assert.NotContains(t, text, "WECOM_AUTH", "there is nothing here that authenticates callers")
}

// terraform runs Terraform in a folder. Without Terraform the test is skipped.
func terraform(t *testing.T, folder string, environment []string, args ...string) (string, error) {
	t.Helper()
	program, err := exec.LookPath("terraform")
	if err != nil {
		t.Skip("Terraform is not on this machine, so the manifest is NOT EVALUATED")
	}
	command := exec.CommandContext(t.Context(), program, args...)
	command.Dir = folder
	command.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + folder, "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1"}, environment...)
	output, err := command.CombinedOutput()
	return string(output), err
}

func TestTheManifestIsFormatted(t *testing.T) {
	t.Parallel()
	here, err := os.Getwd()
	require.NoError(t, err)
	output, err := terraform(t, here, nil, "fmt", "-check", "-diff", ".")
	require.NoError(t, err, output)
}

// deployed is what Terraform makes of a function.
type deployed struct {
	Name      string `json:"name"`
	Runtime   string `json:"runtime"`
	Handler   string `json:"handler"`
	Timeout   int    `json:"timeout"`
	UserData  string `json:"user_data"`
	Encrypted string `json:"encrypted_user_data"`
}

// environment is that of the function, as the platform hands it over.
func (d deployed) environment(t *testing.T) map[string]string {
	t.Helper()
	all := make(map[string]string)
	for _, data := range []string{d.UserData, d.Encrypted} {
		some := make(map[string]string)
		require.NoError(t, json.Unmarshal([]byte(data), &some))
		maps.Copy(all, some)
	}
	return all
}

// apply has Terraform evaluate the manifest with a resource in the provider's place that every Terraform knows.
func apply(t *testing.T, variables ...string) (map[string]deployed, string, error) {
	t.Helper()
	folder := t.TempDir()
	text := regexp.MustCompile(`(?s)  required_providers {.*?\n  }\n`).ReplaceAllString(manifest(t), "")
	for _, replaced := range [][2]string{
		{`resource "huaweicloud_fgs_function" "wecom" {`, `resource "terraform_data" "wecom" {`},
		{"  for_each = local.functions\n", "  for_each = local.functions\n  input = {\n"},
		{"\n  lifecycle {", "  }\n  lifecycle {"},
		{"in huaweicloud_fgs_function.wecom : action => function.urn }", "in terraform_data.wecom : action => function.id }"},
	} {
		require.Equal(t, 1, strings.Count(text, replaced[0]), replaced[0])
		text = strings.Replace(text, replaced[0], replaced[1], 1)
	}
	require.NoError(t, os.WriteFile(filepath.Join(folder, "main.tf"), []byte(text), 0o600))
	environment := append([]string{
		"TF_VAR_corp_id=" + wecomsim.SeedCorpID, fmt.Sprint("TF_VAR_agent_id=", wecomsim.SeedAgentID), "TF_VAR_secret=" + wecomsim.SeedAppSecret,
		"TF_VAR_archive=main.tf",
	}, variables...)
	output, err := terraform(t, folder, environment, "init", "-no-color")
	require.NoError(t, err, output)
	if output, err = terraform(t, folder, environment, "apply", "-auto-approve", "-no-color"); err != nil {
		return nil, output, err
	}
	raw, err := os.ReadFile(filepath.Join(folder, "terraform.tfstate"))
	require.NoError(t, err)
	var state struct {
		Resources []struct {
			Instances []struct {
				Key        string `json:"index_key"`
				Attributes struct {
					Input struct {
						Value deployed `json:"value"`
					} `json:"input"`
				} `json:"attributes"`
			} `json:"instances"`
		} `json:"resources"`
	}
	require.NoError(t, json.Unmarshal(raw, &state))
	functions := make(map[string]deployed)
	for _, instance := range state.Resources[0].Instances {
		functions[instance.Key] = instance.Attributes.Input.Value
	}
	return functions, output, nil
}

func TestTerraformMakesAFunctionOfEachAction(t *testing.T) {
	t.Parallel()
	functions, output, err := apply(t, "TF_VAR_contacts_secret="+wecomsim.SeedContactsSecret, "TF_VAR_chatbot_key="+wecomsim.SeedChatbotKey)
	require.NoError(t, err, output)
	assert.Len(t, functions, len(catalog.IDs()))
	for _, id := range catalog.IDs() {
		f := functions[id]
		assert.Equal(t, describe.Function(id), f.Name)
		assert.LessOrEqual(t, len(f.Name), 60)
		assert.Equal(t, "Custom", f.Runtime)
		assert.Equal(t, id, f.environment(t)["WECOM_ACTION"])
		assert.LessOrEqual(t, len(f.UserData)+len(f.Encrypted), 4096)
		assert.NotContains(t, f.UserData, "SECRET")
		assert.NotContains(t, f.UserData, "KEY")
	}
	for id, needs := range map[string][]string{
		"message.text.send": {"WECOM_ACTION", "WECOM_DEFAULT_AGENT_ID", "WECOM_DEFAULT_CORP_ID", "WECOM_DEFAULT_SECRET"},
		"member.list":       {"WECOM_ACTION", "WECOM_DEFAULT_AGENT_ID", "WECOM_DEFAULT_CORP_ID", "WECOM_DEFAULT_SECRET", "WECOM_DEFAULT_CONTACTS_SECRET"},
		"chatbot.text.send": {"WECOM_ACTION", "WECOM_DEFAULT_TYPE", "WECOM_DEFAULT_KEY"},
	} {
		var has []string
		for name := range functions[id].environment(t) {
			has = append(has, name)
		}
		assert.ElementsMatch(t, needs, has, id)
	}
	serve(t, functions)
}

// serve runs the program with what Terraform made of the manifest.
func serve(t *testing.T, functions map[string]deployed) {
	t.Helper()
	sim := wecomsim.New()
	t.Cleanup(sim.Close)
	for id, input := range map[string]string{
		"message.text.send": `{"touser":"zhangsan","content":"x"}`, "chatbot.text.send": `{"content":"x"}`, "member.list": `{}`,
	} {
		api, err := functiongraphapi.New()
		require.NoError(t, err)
		t.Cleanup(api.Close)
		userData := functions[id].environment(t)
		userData["WECOM_DEFAULT_BASE_URL"] = sim.URL()
		data, err := json.Marshal(userData)
		require.NoError(t, err)
		process := child.Start(t, child.Build(t, "./functions/functiongraph"), "RUNTIME_API_ADDR="+api.Address(), "RUNTIME_USERDATA="+string(data),
			"RUNTIME_HANDLER="+functions[id].Handler, fmt.Sprint("RUNTIME_TIMEOUT=", functions[id].Timeout))
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		answer, err := api.Invoke(ctx, functiongraphapi.Invocation{Payload: []byte(input)})
		require.NoError(t, err, process.Logs)
		require.Nil(t, answer.Error, id)
	}
}

func TestTerraformRefusesWhatThePlatformDoes(t *testing.T) {
	t.Parallel()
	_, output, err := apply(t, "TF_VAR_api_keys="+strings.Repeat("k", 4096))
	require.Error(t, err)
	assert.Contains(t, output, "FunctionGraph takes 4,096 characters of variables")
	functions, output, err := apply(t, "TF_VAR_http=true", "TF_VAR_api_keys=ci:0123")
	require.NoError(t, err, output)
	assert.Equal(t, "http", functions["message.text.send"].Runtime)
	assert.Equal(t, "ci:0123", functions["message.text.send"].environment(t)["WECOM_API_KEYS"])
}
