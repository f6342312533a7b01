package checks_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/wecom-functions/wecom-functions/"

// root is the module's root, seen from this package's folder.
const root = "../.."

// rule says what the files below a folder may import of what is not the standard library. The longest folder that
// fits a file decides.
type rule struct {
	folder string
	may    []string
	// tests is what _test.go files may import beside that, and beside testlog.
	tests []string
}

const (
	testify   = "github.com/stretchr/testify/"
	extended  = "golang.org/x/"
	emulator  = module + "local/wecomsim"
	testlog   = module + "local/testlog"
	coreTree  = module + "core"
	envconfig = "github.com/kelseyhightower/envconfig"
	lambdaSDK = "github.com/aws/aws-lambda-go"
	googleSDK = "github.com/GoogleCloudPlatform/functions-framework-go"
	cloudSDK  = "github.com/cloudevents/sdk-go/v2"
)

// shared is what the adapters of platforms stand on; conformance is what holds them to it.
var (
	shared      = []string{coreTree, module + "adapters/httpapi", module + "adapters/event"}
	conformance = []string{testify, emulator, module + "adapters/adaptertest"}
)

// platform is the rule of an adapter, which may import its own platform's SDK alone.
func platform(name string, sdk ...string) rule {
	return rule{folder: "adapters/" + name, may: slices.Concat(shared, sdk), tests: conformance}
}

// poller is the rule of an adapter that polls a runtime API; its tests do that, too.
func poller(name string) rule {
	r := platform(name, module+"adapters/poll")
	r.tests = slices.Concat(conformance, []string{module + "local/faas/" + name + "api"})
	return r
}

// function is the rule of a main, which joins the environment and an adapter.
func function(name string) rule {
	return rule{
		folder: "functions/" + name, may: []string{coreTree, module + "adapters/env", module + "adapters/" + name},
		tests: []string{testify, emulator, module + "local/faas"},
	}
}

// standIn is the rule of what stands in for the platform before a program that runs as a process of its own.
func standIn(name string) rule {
	return rule{
		folder: "local/faas/" + name, may: []string{module + "local/faas/pollqueue"},
		tests: []string{testify, emulator, module + "local/faas/child"},
	}
}

var rules = []rule{
	{folder: "core", may: []string{coreTree, extended}, tests: []string{testify, emulator}},
	{folder: "adapters/httpapi", may: []string{coreTree, extended, module + "adapters/httpapi"}, tests: []string{testify, emulator}},
	{folder: "adapters/event", may: []string{coreTree}, tests: []string{testify, emulator, module + "adapters/httpapi"}},
	{folder: "adapters/poll", may: []string{coreTree, module + "adapters/event"}, tests: []string{testify, emulator}},
	platform("lambda", lambdaSDK),
	{folder: "adapters/gcf", may: shared, tests: append([]string{cloudSDK}, conformance...)},
	platform("gcf/framework", module+"adapters/gcf", googleSDK, cloudSDK),
	poller("functiongraph"),
	poller("scf"),
	platform("fc"),
	platform("azure"),
	platform("server"),
	{folder: "adapters/adaptertest", may: []string{coreTree, module + "adapters", emulator, testlog, testify}},
	{folder: "adapters/env", may: []string{coreTree, envconfig}, tests: []string{testify}},
	{folder: "adapters/env/testdata", may: []string{coreTree, module + "adapters/env"}},
	{folder: "adapters/env/testdata", may: []string{module + "adapters/env"}},
	function("lambda"),
	function("gcf"),
	{folder: "functions/gcf/package", may: []string{module + "adapters/env", module + "adapters/gcf", googleSDK}},
	function("functiongraph"),
	function("scf"),
	function("fc"),
	function("azure"),
	function("server"),
	{folder: "local", may: []string{module, extended}, tests: []string{testify}},
	{folder: "local/bench", may: []string{module, extended, lambdaSDK, googleSDK}},
	{folder: "local/bench", may: []string{module, extended, lambdaSDK, googleSDK}, tests: []string{testify}},
	{folder: "local/testlog", tests: []string{testify}},
	{folder: "local/faas/child", may: []string{emulator, testlog, testify}},
	{folder: "local/faas/loopback", tests: []string{testify}},
	{folder: "local/faas/pollqueue", may: []string{module + "local/faas/loopback"}, tests: []string{testify}},
	standIn("lambdaapi"),
	standIn("functiongraphapi"),
	standIn("scfapi"),
	standIn("azurehost"),
	standIn("fcfront"),
	{folder: "local/wecomsim", may: []string{emulator}, tests: []string{testify}},
}

func ruleFor(file string) (rule, bool) {
	var best rule
	for _, r := range rules {
		if strings.HasPrefix(file, r.folder+"/") && len(r.folder) > len(best.folder) {
			best = r
		}
	}
	return best, best.folder != ""
}

func (r rule) allows(imported string, test bool) bool {
	if standard(imported) {
		return true
	}
	allowed := r.may
	if test {
		allowed = slices.Concat(r.may, r.tests, []string{module + r.folder, testlog})
	}
	for _, prefix := range allowed {
		if imported == prefix || strings.HasPrefix(imported, strings.TrimSuffix(prefix, "/")+"/") {
			return true
		}
	}
	return false
}

// standard tells an import of the standard library: its first element has no dot.
func standard(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return !strings.Contains(first, ".")
}

func TestEveryImportIsAllowed(t *testing.T) {
	t.Parallel()
	for _, file := range goFiles(t) {
		r, found := ruleFor(file)
		require.True(t, found, "%s: no rule says what it may import; add one here", file)
		for _, imported := range imports(t, file) {
			if !r.allows(imported.path, strings.HasSuffix(file, "_test.go")) {
				t.Errorf("%s:%d imports %s, which files below %s must not", file, imported.line, imported.path, r.folder)
			}
		}
	}
}

// The core is handed what it needs of the process: it reads no environment and logs to no global logger.
func TestCoreReadsNoEnvironment(t *testing.T) {
	t.Parallel()
	for _, file := range goFiles(t) {
		if !strings.HasPrefix(file, "core/") || strings.HasSuffix(file, "_test.go") {
			continue
		}
		source := read(t, file)
		for _, forbidden := range []string{"os.Getenv", "os.LookupEnv", "os.Environ", "slog.Default", "slog.SetDefault", "log.Print", "ProxyFromEnvironment"} {
			require.NotContains(t, source, forbidden, file)
		}
	}
}

type importLine struct {
	path string
	line int
}

func imports(t *testing.T, file string) []importLine {
	t.Helper()
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, filepath.Join(root, file), nil, parser.ImportsOnly)
	require.NoError(t, err)
	list := make([]importLine, 0, len(parsed.Imports))
	for _, spec := range parsed.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		require.NoError(t, err)
		list = append(list, importLine{imported, files.Position(spec.Pos()).Line})
	}
	return list
}

// skipped tells folders that are no part of the project: those of tools, and what was built.
func skipped(folder string) bool {
	return strings.HasPrefix(folder, ".") || folder == "dist" || folder == "bin"
}

// goFiles lists the module's Go files, relative to its root.
func goFiles(t *testing.T) []string {
	t.Helper()
	var list []string
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && name != root && skipped(entry.Name()) {
			return filepath.SkipDir
		}
		if path.Ext(name) == ".go" {
			relative, err := filepath.Rel(root, name)
			if err != nil {
				return err
			}
			list = append(list, filepath.ToSlash(relative))
		}
		return nil
	})
	require.NoError(t, err)
	require.NotEmpty(t, list)
	return list
}
