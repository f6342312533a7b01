package checks_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/local/faas"
)

// platforms lists the folders below functions/.
func platforms(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(root, "functions"))
	require.NoError(t, err)
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	require.NotEmpty(t, names)
	return names
}

// A platform has all that the others have: a program, a document, a package, and a place on make run.
func TestEveryPlatformIsWhole(t *testing.T) {
	t.Parallel()
	var onMakeRun []string
	for _, platform := range faas.Platforms() {
		onMakeRun = append(onMakeRun, platform.Name)
	}
	assert.ElementsMatch(t, platforms(t), onMakeRun, "the folders below functions/, and Platforms() of local/faas")
	readme := read(t, "README.md")
	for _, platform := range platforms(t) {
		t.Run(platform, func(t *testing.T) {
			t.Parallel()
			folder := "functions/" + platform
			assert.FileExists(t, filepath.Join(root, folder, "main.go"))
			assert.DirExists(t, filepath.Join(root, "adapters", platform))
			document := folder + "/README.md"
			require.FileExists(t, filepath.Join(root, document))
			assert.True(t, strings.Contains(readme, document), "the project's README does not name %s", document)
			requireTarget(t, "make package-"+platform)
			assert.True(t, strings.Contains(read(t, document), "make package-"+platform), "%s does not name make package-%s", document, platform)
			assert.FileExists(t, filepath.Join(root, "local/pack", platform+".go"))
		})
	}
}
