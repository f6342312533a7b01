package checks_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/adapters/env"
)

// documents lists the project's Markdown files, relative to its root.
func documents(t *testing.T) []string {
	t.Helper()
	var list []string
	require.NoError(t, fs.WalkDir(os.DirFS(root), ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && name != "." && skipped(entry.Name()) {
			return fs.SkipDir
		}
		if path.Ext(name) == ".md" {
			list = append(list, name)
		}
		return err
	}))
	require.Contains(t, list, "README.md")
	return list
}

// each runs a check on every document.
func each(t *testing.T, check func(t *testing.T, document string)) {
	t.Helper()
	for _, document := range documents(t) {
		t.Run(document, func(t *testing.T) {
			t.Parallel()
			check(t, document)
		})
	}
}

var (
	inSentence = regexp.MustCompile("`make +([a-z-]+)")
	inCommands = regexp.MustCompile(`(?m)(?:^|&& |; )make +([a-z-]+)`)
	link       = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	// A name that goes on with a lower-case letter or < is a pattern for names.
	setting = regexp.MustCompile(`\bWECOM_[A-Z0-9_]*[A-Z0-9]\b`)
)

func TestDocumentsNameTargetsThatExist(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, document string) {
		named := inSentence.FindAllStringSubmatch(read(t, document), -1)
		for _, b := range shellBlocks(t, document) {
			named = append(named, inCommands.FindAllStringSubmatch(b.commands, -1)...)
		}
		for _, match := range named {
			requireTarget(t, "make "+match[1])
		}
	})
}

func TestLinksOfDocumentsResolve(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, document string) {
		for _, match := range link.FindAllStringSubmatch(read(t, document), -1) {
			target, anchor, _ := strings.Cut(match[1], "#")
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			if target == "" {
				target = path.Base(document)
			}
			target = path.Join(path.Dir(document), target)
			_, err := os.Stat(filepath.Join(root, target))
			require.NoError(t, err, "%s links to %s", document, match[1])
			if anchor != "" {
				assert.Contains(t, anchors(read(t, target)), anchor, "%s links to %s", document, match[1])
			}
		}
	})
}

// anchors are what the headings of a document can be linked to as.
func anchors(text string) []string {
	var list []string
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(text, -1) {
		words := regexp.MustCompile(`[^\p{L}\p{N}_ -]`).ReplaceAllString(strings.ToLower(heading[1]), "")
		list = append(list, strings.ReplaceAll(words, " ", "-"))
	}
	return list
}

func TestCommandsOfDocumentsParse(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, document string) {
		for _, b := range shellBlocks(t, document) {
			shell := exec.CommandContext(t.Context(), "sh", "-n")
			shell.Stdin = strings.NewReader(b.commands)
			output, err := shell.CombinedOutput()
			assert.NoError(t, err, "%s, line %d: %s", document, b.line, output)
		}
	})
}

// settings are the names of the variables that a deployment reads, as patterns.
func settings(t *testing.T) []*regexp.Regexp {
	t.Helper()
	var patterns []*regexp.Regexp
	for _, match := range regexp.MustCompile("`(WECOM_[A-Z_<>]+)`").FindAllStringSubmatch(env.Markdown(), -1) {
		patterns = append(patterns, regexp.MustCompile("^"+strings.ReplaceAll(match[1], "<NAME>", "[A-Z][A-Z0-9]*")+"$"))
	}
	require.NotEmpty(t, patterns)
	return patterns
}

// What a document or a manifest of a platform sets is read.
func TestSettingsInDocumentsAndManifestsExist(t *testing.T) {
	t.Parallel()
	known := settings(t)
	for _, file := range append(documents(t), manifests(t)...) {
		for _, name := range setting.FindAllString(read(t, file), -1) {
			assert.True(t, slices.ContainsFunc(known, func(pattern *regexp.Regexp) bool { return pattern.MatchString(name) }),
				"%s names %s, which nothing reads", file, name)
		}
	}
}

// manifests lists what the platforms are told about the functions.
func manifests(t *testing.T) []string {
	t.Helper()
	var list []string
	for _, pattern := range []string{"*.yaml", "*.yml", "functions/*/*"} {
		files, err := fs.Glob(os.DirFS(root), pattern)
		require.NoError(t, err)
		for _, file := range files {
			info, err := os.Stat(filepath.Join(root, file))
			require.NoError(t, err)
			if !info.IsDir() && path.Ext(file) != ".go" && path.Ext(file) != ".md" {
				list = append(list, file)
			}
		}
	}
	return list
}
