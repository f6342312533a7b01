package checks_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// maxMain is the length of a function's main in lines of code: it joins, and decides nothing.
const maxMain = 25

func TestMainsOfFunctionsOnlyJoin(t *testing.T) {
	t.Parallel()
	mains := 0
	for _, file := range goFiles(t) {
		if strings.HasPrefix(file, "functions/") && strings.HasSuffix(file, "/main.go") {
			mains++
			require.LessOrEqual(t, linesOfCode(read(t, file)), maxMain, file)
		}
	}
	require.NotZero(t, mains)
}

// linesOfCode counts lines that are neither blank nor comments.
func linesOfCode(source string) int {
	count := 0
	for line := range strings.Lines(source) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "//") {
			count++
		}
	}
	return count
}

func TestEveryPackageSaysItsPurpose(t *testing.T) {
	t.Parallel()
	documented := map[string]bool{}
	for _, file := range goFiles(t) {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		folder := filepath.Dir(file)
		source := read(t, file)
		documented[folder] = documented[folder] ||
			strings.Contains(source, "\n// Package ") || strings.HasPrefix(source, "// Package ") || strings.HasPrefix(source, "// Command ")
	}
	for folder, has := range documented {
		require.True(t, has, "%s has no package comment", folder)
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, file))
	require.NoError(t, err)
	return string(data)
}
