package main_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/local/faas/child"
)

// googlesMain is what Google's build adds to a source whose root imports the package functions of the framework: the
// file of its buildpack go/functions_framework, without comments.
const googlesMain = `package main

import (
	"log"
	"net/http"
	"os"

	_ "github.com/wecom-functions/wecom-functions"

	"github.com/GoogleCloudPlatform/functions-framework-go/funcframework"
)

func main() {
	http.HandleFunc("/robots.txt", http.NotFound)
	http.HandleFunc("/favicon.ico", http.NotFound)

	port := os.Getenv("PORT")
	if port == "" {
		port = "8080"
	}
	if err := funcframework.Start(port); err != nil {
		log.Fatalf("Function failed to start: %v\n", err)
	}
}
`

var google struct {
	once    sync.Once
	program string
	err     error
}

// builtByGoogle is the packed source, built as "gcloud functions deploy" has it built.
func builtByGoogle(t *testing.T) string {
	t.Helper()
	source := child.Unpack(t, "gcf")
	google.once.Do(func() { google.program, google.err = buildAsGoogle(source) })
	require.NoError(t, google.err)
	return google.program
}

func buildAsGoogle(source string) (string, error) {
	if err := checkAsGoogle(source); err != nil {
		return "", err
	}
	folder := filepath.Join(source, "functions.local", "app")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(folder, "main.go"), []byte(googlesMain), 0o644); err != nil {
		return "", err
	}
	program := filepath.Join(filepath.Dir(source), "main")
	for _, args := range [][]string{{"mod", "tidy", "-diff"}, {"mod", "tidy"}, {"build", "-o", program, folder}} {
		command := exec.Command("go", args...)
		command.Dir, command.Env = source, append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off")
		if output, err := command.CombinedOutput(); err != nil {
			return "", fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, output)
		}
	}
	return program, nil
}

// checkAsGoogle makes the buildpack's own checks: one package at the root, which is no main and imports the package
// functions itself, and a module whose path begins with a domain.
func checkAsGoogle(source string) error {
	//lint:ignore SA1019 the buildpack does just this
	packages, err := parser.ParseDir(token.NewFileSet(), source, nil, parser.ImportsOnly) //nolint:staticcheck // see above
	if err != nil {
		return err
	}
	if len(packages) != 1 || packages["main"] != nil {
		return fmt.Errorf("the root has the packages %v; Google's build wants one that is no main", packages)
	}
	declares := false
	for _, found := range packages {
		for _, file := range found.Files {
			for _, imported := range file.Imports {
				declares = declares || imported.Path.Value == `"github.com/GoogleCloudPlatform/functions-framework-go/functions"`
			}
		}
	}
	if !declares {
		return fmt.Errorf("no file at the root imports the package functions of the framework")
	}
	list := exec.Command("go", "list", "-m")
	list.Dir = source
	module, err := list.Output()
	if first, _, _ := strings.Cut(string(module), "/"); err != nil || !strings.Contains(first, ".") {
		return fmt.Errorf("the module %q does not begin with a domain: %w", module, err)
	}
	return nil
}
