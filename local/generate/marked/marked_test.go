package marked_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/local/generate/marked"
)

func TestUpdatePutsTheTextBetweenItsMarkers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, path, old, text, want string }{
		{
			"Markdown", "README.md", "a\n<!-- BEGIN rows -->\nold\n<!-- END rows -->\nb\n", "| x |\n| y |\n",
			"a\n<!-- BEGIN rows -->\n| x |\n| y |\n<!-- END rows -->\nb\n",
		},
		{
			"YAML, indented as the marker is", "template.yaml", "list:\n  # BEGIN rows\n  - old\n  # END rows\nb: 1\n", "- x:\n\n    1\n",
			"list:\n  # BEGIN rows\n  - x:\n\n      1\n  # END rows\nb: 1\n",
		},
		{"Terraform", "main.tf", "# BEGIN rows\n# END rows\n", "x = 1\n", "# BEGIN rows\nx = 1\n# END rows\n"},
		{"nothing between them", "a.yaml", "# BEGIN rows\nold\n# END rows", "", "# BEGIN rows\n# END rows"},
		{"another section's markers are text", "a.yaml", "# BEGIN rows2\nkept\n# END rows2\n# BEGIN rows\n# END rows\n", "x\n", "# BEGIN rows2\nkept\n# END rows2\n# BEGIN rows\nx\n# END rows\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			root, documents := project(t, test.path, test.old, test.text)
			require.NoError(t, marked.Update(root, documents, false))
			assert.Equal(t, test.want, content(t, root, test.path))
			require.NoError(t, marked.Update(root, documents, true), "what was written is up to date")
		})
	}
}

func TestUpdateWithCheckWritesNothing(t *testing.T) {
	t.Parallel()
	const old = "# BEGIN rows\nold\n# END rows\n"
	root, documents := project(t, "template.yaml", old, "new\n")
	require.EqualError(t, marked.Update(root, documents, true), "template.yaml: not up to date: run make generate")
	assert.Equal(t, old, content(t, root, "template.yaml"))
}

func TestUpdateNamesWhatIsWrongWithMarkers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, old, says string }{
		{"no begin", "rows:\n# END rows\n", `"# END rows" comes without "# BEGIN rows" before it`},
		{"no end", "# BEGIN rows\nold\n", `the marker "# END rows" is missing`},
		{"neither", "rows: 1\n", `the marker "# BEGIN rows" is missing`},
		{"twice", "# BEGIN rows\n# END rows\n# BEGIN rows\n# END rows\n", `"# BEGIN rows" stands there twice`},
		{"the other language's", "<!-- BEGIN rows -->\n<!-- END rows -->\n", `the marker "# BEGIN rows" is missing`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			root, documents := project(t, "a.yaml", test.old, "new\n")
			err := marked.Update(root, documents, false)
			require.ErrorContains(t, err, test.says)
			require.ErrorContains(t, err, "a.yaml")
			assert.Equal(t, test.old, content(t, root, "a.yaml"))
		})
	}
}

func TestUpdateGoesOnAfterADocumentAtFault(t *testing.T) {
	t.Parallel()
	root, documents := project(t, "good.md", "<!-- BEGIN rows -->\n<!-- END rows -->\n", "new\n")
	documents = append([]marked.Document{{Path: "missing.md"}}, documents...)
	require.ErrorContains(t, marked.Update(root, documents, false), "missing.md: ")
	assert.Contains(t, content(t, root, "good.md"), "new")
}

// project is a folder with one document that has a section named rows.
func project(t *testing.T, path, old, text string) (string, []marked.Document) {
	t.Helper()
	root := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(root, path), []byte(old), 0o600))
	return root, []marked.Document{{Path: path, Sections: []marked.Section{{Name: "rows", Text: text}}}}
}

func content(t *testing.T, root, path string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, path))
	require.NoError(t, err)
	return string(data)
}
