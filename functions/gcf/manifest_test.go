package main_test

import (
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/local/faas/child"
	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

// variable is a variable of the container, with a value or a reference to a secret.
var variable = regexp.MustCompile(`(?m)^ +- name: ([A-Z_]+)\n +(?:value: (.+)|valueFrom:)$`)

// No schema of Cloud Run's is at hand, so this alone is checked: that it is YAML, and that what it sets starts the program
// and its probe finds what it asks for.
func TestTheManifestStartsTheProgram(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("service.yaml")
	require.NoError(t, err)
	manifest := string(raw)
	assert.YAMLEq(t, manifest, manifest)
	port := child.FreePort(t)
	environment := []string{"PORT=" + port, "K_SERVICE=wecom"}
	for _, match := range variable.FindAllStringSubmatch(manifest, -1) {
		value := strings.Trim(match[2], `"`)
		if strings.HasSuffix(match[1], "SECRET") {
			assert.Empty(t, value, "a secret is a reference")
			value = wecomsim.SeedAppSecret
		}
		environment = append(environment, match[1]+"="+value)
	}
	require.Len(t, environment, 6)
	i := instance{Process: child.Start(t, child.Build(t, "./functions/gcf"), environment...), url: "http://127.0.0.1:" + port}
	i.WaitForHTTP(t, i.url)
	probe := regexp.MustCompile(`path: (/[a-z/]+)`).FindStringSubmatch(manifest)
	require.NotNil(t, probe)
	for _, path := range []string{probe[1], "/health/ready"} {
		status, answer := i.send(t, http.MethodGet, path, "", nil)
		assert.Equal(t, http.StatusOK, status, answer)
	}
}
