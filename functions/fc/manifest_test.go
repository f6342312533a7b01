package main_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/core/catalog"
	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/core/describe"
)

// These tests read s.yaml as text: the schema that its component fc3 is published with is no part of the project.

// blocks are the members of a section of s.yaml, by their names.
func blocks(t *testing.T, section string) map[string]string {
	t.Helper()
	data, err := os.ReadFile("s.yaml")
	require.NoError(t, err)
	_, text, found := strings.Cut(string(data), "\n"+section+":\n")
	require.True(t, found, section)
	all, name := map[string]string{}, ""
	for line := range strings.Lines(text) {
		if line[0] != ' ' && line[0] != '\n' {
			break
		}
		if begins := regexp.MustCompile(`^  (\w+):`).FindStringSubmatch(line); begins != nil {
			name = begins[1]
			require.NotContains(t, all, name, "it stands there twice")
		}
		all[name] += line
	}
	return all
}

func TestEveryActionHasItsFunction(t *testing.T) {
	t.Parallel()
	resources := blocks(t, "resources")
	delete(resources, "") // the marker
	assert.Len(t, resources, len(catalog.IDs()))
	for _, a := range catalog.Actions() {
		resource := resources[describe.Tool(a.ID)]
		assert.Contains(t, resource, "\n    component: fc3\n")
		assert.Contains(t, resource, "\n      functionName: "+describe.Function(a.ID)+"\n")
		assert.Contains(t, resource, "\n      environmentVariables: {WECOM_ACTION: "+a.ID+"}\n")
		assert.Equal(t, a.Connection == connection.Chatbot, strings.Contains(resource, "extend: {name: chatbot}"), a.ID)
		writes := strings.HasPrefix(a.ID, "member.") || strings.HasPrefix(a.ID, "department.") && a.ID != "department.list"
		assert.Equal(t, writes, strings.Contains(resource, "extend: {name: contacts}"), a.ID)
	}
}

func TestTheTemplatesAreWhatTheRuntimeNeeds(t *testing.T) {
	t.Parallel()
	templates := blocks(t, "template")
	application := templates["application"]
	for _, line := range []string{
		"runtime: custom.debian12", "code: ../../dist/fc", "customRuntimeConfig: {command: [./bootstrap], port: 9000}",
		"triggerConfig: {authType: function, methods: [GET, HEAD, POST]}",
	} {
		assert.Contains(t, application, line+"\n")
	}
	for name, template := range templates {
		assert.Regexp(t, `WECOM_AUTH: platform|<<: \*settings`, template, "the platform authenticates: authType is function")
		assert.Equal(t, name == "chatbot", strings.Contains(template, "WECOM_DEFAULT_KEY:"), name)
		assert.Equal(t, name == "contacts", strings.Contains(template, "WECOM_DEFAULT_CONTACTS_SECRET:"), name)
		for _, setting := range regexp.MustCompile(`(?m) (WECOM_DEFAULT_\w+): (.*)$`).FindAllStringSubmatch(template, -1) {
			// Without the default, no command runs in a shell without the variable: not even the one that removes.
			assert.Equal(t, "${env('"+setting[1]+"', '')}", setting[2], "no secret stands in the file, and none must be set")
		}
	}
	assert.NotContains(t, templates["chatbot"], "*settings", "a chatbot gets no secret of an application")
}
