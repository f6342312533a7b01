package checks_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// readmeAddress is the address in the README's commands; the test puts a free port in its place.
const readmeAddress = "127.0.0.1:8080"

// block is a fenced block of the README marked sh, and the text block that directly follows it as its output. In the
// output "..." stands for anything.
type block struct {
	line     int
	commands string
	output   string
}

// The README's commands are run as they stand there. What starts a server runs until it answers; make test and
// make bench, which run this very test or take minutes, are checked for their targets.
func TestReadmeCommandsWork(t *testing.T) {
	t.Parallel()
	address := freeAddress(t)
	blocks := shellBlocks(t, "README.md")
	require.NotEmpty(t, blocks)
	for _, b := range blocks {
		name := fmt.Sprintf("line %d: %s", b.line, strings.SplitN(b.commands, "\n", 2)[0])
		switch {
		case strings.HasPrefix(b.commands, "make test"), strings.HasPrefix(b.commands, "make bench"):
			requireTarget(t, b.commands)
		case strings.HasPrefix(b.commands, "make run"):
			// It serves the commands that follow.
			output := startServer(t, "make run ADDR="+address, address)
			requireOutput(t, name, b.output, strings.ReplaceAll(output, address, readmeAddress))
		case strings.Contains(b.commands, "go run ./functions/server"):
			own := freeAddress(t)
			_, port, err := net.SplitHostPort(own)
			require.NoError(t, err)
			startServer(t, "export PORT="+port+"\n"+b.commands, own)
		default:
			output := runShell(t, strings.ReplaceAll(b.commands, readmeAddress, address))
			requireOutput(t, name, b.output, strings.ReplaceAll(output, address, readmeAddress))
		}
	}
}

func TestReadmeIsShortAndUpToDate(t *testing.T) {
	t.Parallel()
	require.LessOrEqual(t, strings.Count(read(t, "README.md"), "\n"), 250)
	check := exec.CommandContext(t.Context(), "go", "run", "./local/generate", "-check")
	check.Dir = root
	output, err := check.CombinedOutput()
	require.NoError(t, err, string(output))
}

// Every target and path that the README names in code exists.
func TestReadmeNamesWhatExists(t *testing.T) {
	t.Parallel()
	readme := read(t, "README.md")
	for _, match := range regexp.MustCompile("`make ([a-z-]+)").FindAllStringSubmatch(readme, -1) {
		requireTarget(t, "make "+match[1])
	}
	for _, match := range regexp.MustCompile("`((?:core|adapters|functions|local)/[a-z/]*)`").FindAllStringSubmatch(readme, -1) {
		require.DirExists(t, filepath.Join(root, match[1]))
	}
}

func shellBlocks(t *testing.T, document string) []block {
	t.Helper()
	var blocks []block
	lines := strings.Split(read(t, document), "\n")
	afterCommands := false
	for i := 0; i < len(lines); i++ {
		switch lines[i] {
		case "```sh":
			text, end := fenced(lines, i)
			blocks = append(blocks, block{line: i + 1, commands: text})
			i, afterCommands = end, true
		case "```text":
			text, end := fenced(lines, i)
			require.True(t, afterCommands, "%s, line %d: output without a command", document, i+1)
			blocks[len(blocks)-1].output = text
			i, afterCommands = end, false
		}
	}
	return blocks
}

// fenced returns the text of the block that opens at a line, and the line that closes it.
func fenced(lines []string, open int) (string, int) {
	for end := open + 1; end < len(lines); end++ {
		if lines[end] == "```" {
			return strings.Join(lines[open+1:end], "\n"), end
		}
	}
	return strings.Join(lines[open+1:], "\n"), len(lines)
}

func requireTarget(t *testing.T, command string) {
	t.Helper()
	target := strings.Fields(command)[1]
	require.Contains(t, read(t, "Makefile"), "\n"+target+": ## ", "the Makefile has no target %s", target)
}

func requireOutput(t *testing.T, name, want, have string) {
	t.Helper()
	if want == "" {
		return
	}
	pattern := strings.ReplaceAll(regexp.QuoteMeta(want), `\.\.\.`, `(?s:.*)`)
	require.Regexp(t, `^\s*`+pattern+`\s*$`, have, name)
}

func runShell(t *testing.T, commands string) string {
	t.Helper()
	shell := exec.CommandContext(t.Context(), "sh", "-euc", commands)
	shell.Dir, shell.Env = root, outsideMake()
	output, err := shell.CombinedOutput()
	require.NoError(t, err, string(output))
	return string(output)
}

// outsideMake is the environment of a user's shell: where make runs this test, its make would announce itself as a
// part of that one.
func outsideMake() []string {
	return slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return strings.HasPrefix(variable, "MAKE") || strings.HasPrefix(variable, "MFLAGS=")
	})
}

// startServer runs commands in the background until the test ends, and returns what they printed once the server is
// ready.
func startServer(t *testing.T, commands, address string) string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	shell := exec.CommandContext(ctx, "sh", "-euc", commands)
	shell.Dir, shell.Env = root, outsideMake()
	shell.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	shell.Cancel = func() error { return syscall.Kill(-shell.Process.Pid, syscall.SIGINT) }
	shell.WaitDelay = 10 * time.Second
	path := filepath.Join(t.TempDir(), "output")
	output, err := os.Create(path)
	require.NoError(t, err)
	shell.Stdout, shell.Stderr = output, output
	require.NoError(t, shell.Start())
	t.Cleanup(func() {
		cancel()
		_ = shell.Wait()
		_ = output.Close()
	})
	require.Eventually(t, func() bool { return healthy(address) && settled(path) }, 2*time.Minute, 100*time.Millisecond)
	printed, err := os.ReadFile(path)
	require.NoError(t, err)
	return withoutLogLines(string(printed))
}

func healthy(address string) bool {
	client := http.Client{Timeout: time.Second}
	resp, err := client.Get("http://" + address + "/health/live")
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// settled tells that the welcome was printed to its end, or that there is none.
func settled(path string) bool {
	printed, err := os.ReadFile(path)
	return err == nil && (!bytes.Contains(printed, []byte("/_sim/inbox")) || bytes.Contains(printed, []byte("Ready.")))
}

func withoutLogLines(output string) string {
	var kept []string
	for line := range strings.Lines(output) {
		if !strings.HasPrefix(line, "time=") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	return listener.Addr().String()
}
