package main_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"debug/elf"
	"fmt"
	"io"
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

	"github.com/wecom-functions/wecom-functions/local/faas/child"
)

// root is the project's folder, seen from this package's.
const root = "../.."

func TestMain(m *testing.M) { child.Main(m) }

// pack runs the command in a folder and returns its exit code and what it printed.
func pack(t *testing.T, folder string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	return packWith(t, nil, folder, args...)
}

// packWith runs the command with more in its environment.
func packWith(t *testing.T, environment []string, folder string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	command := exec.Command(child.Build(t, "./local/pack"), args...)
	var out, problems strings.Builder
	command.Dir, command.Stdout, command.Stderr = folder, &out, &problems
	command.Env = append(os.Environ(), environment...)
	_ = command.Run() // the exit code tells
	return command.ProcessState.ExitCode(), out.String(), problems.String()
}

// archive is a line of the report: what was packed, and for which processor; "source" where the platform builds it.
type archive struct{ path, platform string }

func packAll(t *testing.T) (out string, archives []archive) {
	t.Helper()
	out = t.TempDir()
	code, stdout, stderr := pack(t, root, "-version", "v1.2.3", "-out", out, "all")
	require.Zero(t, code, stderr)
	for line := range strings.Lines(stdout) {
		fields := strings.Fields(line)
		archives = append(archives, archive{fields[0], fields[1]})
		data := contents(t, fields[0])
		assert.Equal(t, fmt.Sprintf("%x", sha256.Sum256(data)), fields[len(fields)-1], line)
	}
	return out, archives
}

func contents(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return data
}

func TestEveryPlatform(t *testing.T) {
	t.Parallel()
	out, archives := packAll(t)
	platforms, err := os.ReadDir(filepath.Join(root, "functions"))
	require.NoError(t, err)
	for _, platform := range platforms {
		assert.FileExists(t, filepath.Join(out, platform.Name()+".zip"), "functions/%s has no target in local/pack", platform.Name())
	}
	for _, a := range archives {
		t.Run(filepath.Base(a.path), func(t *testing.T) {
			t.Parallel()
			a.check(t)
		})
	}
	t.Run("the same bytes in another folder", func(t *testing.T) {
		t.Parallel()
		sameElsewhere(t, out)
	})
	t.Run("the sums", func(t *testing.T) {
		t.Parallel()
		sums := string(contents(t, filepath.Join(out, "SHA256SUMS")))
		assert.Equal(t, len(archives), strings.Count(sums, "\n"))
		for _, a := range archives {
			assert.Contains(t, sums, fmt.Sprintf("%x  %s\n", sha256.Sum256(contents(t, a.path)), filepath.Base(a.path)))
		}
	})
}

// check looks into an archive, and into the folder beside it, which must have the same content.
func (a archive) check(t *testing.T) {
	t.Helper()
	reader, err := zip.OpenReader(a.path)
	require.NoError(t, err)
	defer reader.Close()
	here, err := filepath.Abs(root)
	require.NoError(t, err)
	var inArchive []string
	programs := 0
	for _, file := range reader.File {
		inArchive = append(inArchive, file.Name)
		data := unzipped(t, file)
		if bytes.HasPrefix(data, []byte(elf.ELFMAG)) {
			programs++
			assert.Equal(t, a.platform, "linux/"+processor(t, data), file.Name)
			assert.Equal(t, fs.FileMode(0o755), file.Mode(), file.Name)
			assert.True(t, bytes.Contains(data, []byte("v1.2.3")), "the version")
			assert.False(t, bytes.Contains(data, []byte(here)), "a path of the machine that built it")
		}
		if bytes.HasPrefix(data, []byte("#!")) {
			assert.Equal(t, fs.FileMode(0o755), file.Mode(), file.Name)
			assert.False(t, bytes.Contains(data, []byte("\r")), "%s: shells want lines that end as on Linux", file.Name)
		}
		beside := filepath.Join(strings.TrimSuffix(a.path, ".zip"), file.Name)
		assert.True(t, bytes.Equal(data, contents(t, beside)), file.Name)
		info, err := os.Stat(beside)
		require.NoError(t, err)
		assert.Equal(t, file.Mode(), info.Mode(), file.Name)
		assert.True(t, file.Modified.Equal(info.ModTime()), file.Name)
	}
	assert.True(t, slices.IsSorted(inArchive))
	assert.ElementsMatch(t, inArchive, filesBelow(t, strings.TrimSuffix(a.path, ".zip")))
	if a.platform != "source" {
		assert.Equal(t, 1, programs)
	}
}

func unzipped(t *testing.T, file *zip.File) []byte {
	t.Helper()
	content, err := file.Open()
	require.NoError(t, err)
	data, err := io.ReadAll(content)
	require.NoError(t, err)
	return data
}

func processor(t *testing.T, program []byte) string {
	t.Helper()
	file, err := elf.NewFile(bytes.NewReader(program))
	require.NoError(t, err)
	for _, section := range file.Progs {
		assert.NotEqual(t, elf.PT_INTERP, section.Type, "it needs nothing of the machine that it runs on")
	}
	return map[elf.Machine]string{elf.EM_X86_64: "amd64", elf.EM_AARCH64: "arm64"}[file.Machine]
}

func filesBelow(t *testing.T, folder string) (names []string) {
	t.Helper()
	require.NoError(t, fs.WalkDir(os.DirFS(folder), ".", func(name string, file fs.DirEntry, err error) error {
		if err == nil && !file.IsDir() {
			names = append(names, name)
		}
		return err
	}))
	return names
}

// copied is the project in another folder, at another time.
func copied(t *testing.T) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "another", "place")
	require.NoError(t, os.MkdirAll(folder, 0o755))
	for _, name := range []string{"go.mod", "go.sum", "LICENSE"} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), contents(t, filepath.Join(root, name)), 0o600))
	}
	for _, name := range []string{"core", "adapters", "functions"} {
		require.NoError(t, os.CopyFS(filepath.Join(folder, name), os.DirFS(filepath.Join(root, name))))
	}
	return folder
}

// ofOtherWork is what somebody may have set for other work. It must not show in an archive.
var ofOtherWork = []string{
	"GOFLAGS=-ldflags=-w", "GOOS=windows", "GOARCH=386", "CGO_ENABLED=1", "GOAMD64=v3", "GOARM64=v9.0", "GOEXPERIMENT=nosuch", "GOWORK=/nowhere/go.work",
}

// sameElsewhere packs everything in another folder.
func sameElsewhere(t *testing.T, here string) {
	t.Helper()
	there := copied(t)
	code, _, stderr := packWith(t, ofOtherWork, there, "-version", "v1.2.3", "all")
	require.Zero(t, code, stderr)
	names := entriesOf(t, here)
	assert.Equal(t, names, entriesOf(t, filepath.Join(there, "dist")))
	for _, name := range names {
		if path.Ext(name) == ".zip" {
			same := bytes.Equal(contents(t, filepath.Join(here, name)), contents(t, filepath.Join(there, "dist", name)))
			assert.True(t, same, "%s has other bytes in another folder", name)
		}
	}
}

func TestAnotherProcessor(t *testing.T) {
	t.Parallel()
	out := t.TempDir()
	for _, arch := range []string{"arm64", "amd64"} {
		code, stdout, stderr := pack(t, root, "-arch", arch, "-version", "v1.2.3", "-out", out, "lambda")
		require.Zero(t, code, stderr)
		assert.Contains(t, stdout, "linux/"+arch)
		archive{filepath.Join(out, "lambda.zip"), "linux/" + arch}.check(t)
	}
	assert.Equal(t, []string{"SHA256SUMS", "lambda", "lambda.zip"}, entriesOf(t, out), "nothing is left behind")
}

// Where everything is packed for another processor, platforms that do not run it keep theirs, and it is said.
func TestAnotherProcessorForAll(t *testing.T) {
	t.Parallel()
	out := t.TempDir()
	code, stdout, stderr := pack(t, root, "-arch", "arm64", "-version", "v1.2.3", "-out", out, "all")
	require.Zero(t, code, stderr)
	for name, arch := range map[string]string{
		"lambda": "arm64", "functiongraph": "arm64", "server": "arm64", "azure": "amd64", "scf": "amd64", "fc": "amd64",
	} {
		line := regexp.MustCompile(`\Q` + name + `.zip\E +linux/` + arch + ` .*\n( +not arm64: the platform runs amd64 alone\n)?`).FindStringSubmatch(stdout)
		require.NotNil(t, line, "%s: %s", name, stdout)
		assert.Equal(t, arch == "amd64", line[1] != "", name)
		archive{filepath.Join(out, name+".zip"), "linux/" + arch}.check(t)
	}
}

func entriesOf(t *testing.T, folder string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

func TestWhatDoesNotCompileLeavesTheOldArchive(t *testing.T) {
	t.Parallel()
	folder := copied(t)
	out := filepath.Join(folder, "dist")
	code, _, stderr := pack(t, folder, "lambda")
	require.Zero(t, code, stderr)
	before := contents(t, filepath.Join(out, "lambda.zip"))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "functions/lambda/main.go"), []byte("package main\n\nfunc main() { nonsense() }\n"), 0o600))
	code, stdout, stderr := pack(t, folder, "lambda")
	assert.Equal(t, 1, code)
	assert.Empty(t, stdout)
	assert.Contains(t, stderr, "lambda: go build -trimpath")
	assert.Contains(t, stderr, "undefined: nonsense")
	assert.True(t, bytes.Equal(before, contents(t, filepath.Join(out, "lambda.zip"))))
	assert.Equal(t, []string{"SHA256SUMS", "lambda", "lambda.zip"}, entriesOf(t, out))
}

func TestWrongUse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		args []string
		says string
	}{
		{"nothing", nil, "say what to pack: all, or some of "},
		{"a misspelt name", []string{"lamda"}, `there is nothing to pack under the name "lamda"; did you mean lambda?`},
		{"a name that is far from all", []string{"mainframe"}, `"mainframe"; there are all, `},
		{"a processor that no platform has", []string{"-arch", "mips", "lambda"}, "-arch takes amd64 or arm64"},
		{"a processor that the platform has not", []string{"-arch", "arm64", "lambda", "azure"}, "-arch arm64 does not go with azure: that platform runs amd64 alone"},
		{"a version that is two flags", []string{"-version", "v1 -X main.a=b", "lambda"}, "-version takes letters, digits"},
		{"an unknown flag", []string{"-architecture", "arm64"}, "flag provided but not defined"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			out := filepath.Join(t.TempDir(), "dist")
			code, stdout, stderr := pack(t, root, append([]string{"-out", out}, c.args...)...)
			assert.Equal(t, 2, code)
			assert.Empty(t, stdout)
			assert.Contains(t, stderr, c.says)
			assert.NoDirExists(t, out)
		})
	}
}

func TestInAnotherFolder(t *testing.T) {
	t.Parallel()
	code, _, stderr := pack(t, t.TempDir(), "lambda")
	assert.Equal(t, 1, code)
	assert.Contains(t, stderr, "go.mod")
}
