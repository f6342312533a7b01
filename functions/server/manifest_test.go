package main_test

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

// variable is a variable of a container: in Kubernetes' form, with a value or a reference to a secret, or in OpenFaaS's.
var variable = regexp.MustCompile(`(?m)^ +(?:- name: ([A-Z_]+)\n +(?:value: (.+)|valueFrom:)|([A-Z_]+): (.+))$`)

// manifests are the files, and the documents in them.
func manifests(t *testing.T) map[string][]string {
	t.Helper()
	files, err := filepath.Glob("*.y*ml")
	require.NoError(t, err)
	require.Len(t, files, 5)
	texts := make(map[string][]string)
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		texts[file] = strings.Split(string(data), "\n---\n")
	}
	return texts
}

// environments are those of the containers of a document.
func environments(document string) [][]string {
	var list [][]string
	for _, container := range regexp.MustCompile(`(?m)^ +(?:- )?image: `).Split(document, -1)[1:] {
		var environment []string
		for _, m := range variable.FindAllStringSubmatch(container, -1) {
			environment = append(environment, m[1]+m[3]+"="+strings.Trim(m[2]+m[4], `"`))
		}
		list = append(list, environment)
	}
	return list
}

// filled puts into an environment what its secrets hold, and says where its files are.
func filled(t *testing.T, environment []string) []string {
	t.Helper()
	secret := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(secret, []byte(wecomsim.SeedAppSecret+"\n"), 0o600))
	list := make([]string, len(environment))
	for i, pair := range environment {
		switch name, _, _ := strings.Cut(pair, "="); name {
		case "WECOM_DEFAULT_SECRET":
			pair = name + "=" + wecomsim.SeedAppSecret
		case "WECOM_DEFAULT_SECRET_FILE":
			pair = name + "=" + secret
		case "WECOM_API_KEYS":
			pair = name + "=ci:" + keyHash("open sesame")
		}
		list[i] = pair
	}
	return list
}

func TestManifestsAreYAML(t *testing.T) {
	t.Parallel()
	for file, documents := range manifests(t) {
		for _, document := range documents {
			assert.YAMLEq(t, document, document, file)
			assert.NotContains(t, document, "\t", file)
		}
		assert.Contains(t, documents[0], "egress", "%s says how to come by a fixed address", file)
	}
}

// The server starts with the settings of every manifest, and its probes find what they ask for.
func TestManifestsStartTheServer(t *testing.T) {
	t.Parallel()
	for file, documents := range manifests(t) {
		for _, document := range documents {
			for _, environment := range environments(document) {
				t.Run(file, func(t *testing.T) {
					t.Parallel()
					require.NotEmpty(t, environment)
					port := freePort(t)
					c := newChild(t, append(filled(t, environment), "HOST=0.0.0.0", "PORT="+port))
					rest := c.start(t)
					for _, probe := range regexp.MustCompile(`path: (/[a-z/]+)`).FindAllStringSubmatch(document, -1) {
						status, body := call(t, http.MethodGet, "http://127.0.0.1:"+port+probe[1], "", "")
						assert.Equal(t, http.StatusOK, status, body)
					}
					require.NoError(t, c.Process.Signal(syscall.SIGTERM))
					code, log := c.stop(rest)
					assert.Equal(t, 0, code, log)
				})
			}
		}
	}
}

// What a manifest leaves to be filled in must not work as it stands.
func TestNoManifestComesWithAKey(t *testing.T) {
	t.Parallel()
	for file, documents := range manifests(t) {
		for _, document := range documents {
			assert.NotRegexp(t, `[0-9a-f]{64}`, document, file)
			for _, environment := range environments(document) {
				for _, pair := range environment {
					if name, value, _ := strings.Cut(pair, "="); strings.HasSuffix(name, "SECRET") || strings.HasSuffix(name, "_KEY") {
						assert.Empty(t, value, "%s: %s", file, name)
					}
				}
			}
		}
	}
}

// A secret that is read from a file is where the manifest mounts it.
func TestFilesOfSecretsAreMounted(t *testing.T) {
	t.Parallel()
	texts := manifests(t)
	file := regexp.MustCompile(`WECOM_DEFAULT_SECRET_FILE[:\n].*?(/\S+)`)
	paths := file.FindAllStringSubmatch(texts["openfaas.yml"][0], -1)
	require.Len(t, paths, 2)
	for _, path := range paths {
		assert.Equal(t, "/var/openfaas/secrets", filepath.Dir(path[1]))
		assert.Contains(t, texts["openfaas.yml"][0], "    secrets:\n      - "+filepath.Base(path[1])+"\n")
	}
	deployment := texts["kubernetes.yaml"][0]
	path := file.FindStringSubmatch(deployment)
	require.NotNil(t, path)
	assert.Contains(t, deployment, "mountPath: "+filepath.Dir(path[1])+",")
	assert.Contains(t, deployment, "path: "+filepath.Base(path[1])+"}")
}

// WECOM_AUTH=platform belongs to a platform that authenticates, and none of the others.
func TestWhoMayCall(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"cloudrun.yaml": "WECOM_AUTH=platform", "knative-events.yaml": "WECOM_AUTH=none",
		"knative.yaml": "WECOM_API_KEYS=", "kubernetes.yaml": "WECOM_API_KEYS=", "openfaas.yml": "WECOM_API_KEYS=ci:SHA256-OF-THE-KEY",
	}
	for file, documents := range manifests(t) {
		for _, document := range documents {
			for _, environment := range environments(document) {
				assert.Contains(t, environment, want[file], file)
			}
		}
	}
}
