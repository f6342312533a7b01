package child

import (
	"archive/zip"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// built is what the tests of a package built so far; each is built once, at its first use.
var built struct {
	sync.Mutex
	folder string
	made   map[string]func() (string, error)
}

// Main runs the tests of a package and removes what was built for them. It is called by TestMain, and does not return.
func Main(m *testing.M) { os.Exit(mainCode(m)) }

func mainCode(m *testing.M) int {
	folder, err := os.MkdirTemp("", "child")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(folder)
	built.folder, built.made = folder, make(map[string]func() (string, error))
	return m.Run()
}

// once makes something in a folder of its own, once for all tests of the package.
func once(t testing.TB, key string, produce func(folder string) (string, error)) string {
	t.Helper()
	require.NotEmpty(t, built.folder, "func TestMain(m *testing.M) { child.Main(m) } is missing")
	built.Lock()
	produced, known := built.made[key]
	if !known {
		folder := filepath.Join(built.folder, fmt.Sprint(len(built.made)))
		produced = sync.OnceValues(func() (string, error) { return produce(folder) })
		built.made[key] = produced
	}
	built.Unlock()
	path, err := produced()
	require.NoError(t, err)
	return path
}

// Build builds a program of the project for this machine, and returns its path. The main package is given from the
// project's folder: "./functions/lambda".
func Build(t testing.TB, main string, tags ...string) string {
	t.Helper()
	list := strings.Join(tags, ",")
	return once(t, main+" "+list, func(folder string) (string, error) {
		program := filepath.Join(folder, filepath.Base(main))
		return program, run("go", "build", "-tags", list, "-trimpath", "-ldflags=-s -w", "-o", program, main)
	})
}

// Unpack packs a target of local/pack for this machine's processor, and returns the folder that its archive was
// unpacked into. What is packed runs on Linux alone; elsewhere the test is skipped.
func Unpack(t testing.TB, target string) string {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skipf("the archive %s holds programs for Linux, and this is %s", target, runtime.GOOS)
	}
	return once(t, "archive "+target, func(folder string) (string, error) {
		err := run("go", "run", "./local/pack", "-arch", runtime.GOARCH, "-out", folder, target)
		if err != nil {
			return "", err
		}
		unpacked := filepath.Join(folder, "unpacked")
		// A process that is started meanwhile would hold the programs open for writing, and they could not be run.
		syscall.ForkLock.RLock()
		defer syscall.ForkLock.RUnlock()
		return unpacked, unzip(filepath.Join(folder, target+".zip"), unpacked)
	})
}

// run runs a command in the project's folder.
func run(name string, args ...string) error {
	root, err := projectFolder()
	if err != nil {
		return err
	}
	command := exec.Command(name, args...)
	command.Dir = root
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", command, err, output)
	}
	return nil
}

// projectFolder is where go.mod is, seen from the folder of the package that is tested.
func projectFolder() (string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return folder, nil
		}
		parent := filepath.Dir(folder)
		if parent == folder {
			return "", fmt.Errorf("no go.mod here or above")
		}
		folder = parent
	}
}

// unzip writes the files of an archive with the modes that they have in it.
func unzip(archive, folder string) error {
	reader, err := zip.OpenReader(archive)
	if err != nil {
		return err
	}
	defer reader.Close()
	for _, file := range reader.File {
		content, err := file.Open()
		if err != nil {
			return err
		}
		data, err := io.ReadAll(content)
		if err != nil {
			return err
		}
		path := filepath.Join(folder, filepath.FromSlash(file.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, data, file.Mode()); err != nil {
			return err
		}
	}
	return nil
}
