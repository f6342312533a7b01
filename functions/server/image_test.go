package main_test

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"debug/elf"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

// packed is what make package-server writes: the context of the image's build.
var packed = sync.OnceValues(func() (string, error) {
	out := filepath.Join(filepath.Dir(binary), "dist")
	pack := exec.Command("go", "run", "./local/pack", "-version", "1.2.3", "-arch", runtime.GOARCH, "-out", out, "server")
	pack.Dir = "../.."
	if output, err := pack.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, output)
	}
	return filepath.Join(out, "server"), nil
})

// instruction is a line of a Dockerfile.
type instruction struct{ word, rest string }

// image is what a Dockerfile makes.
type image struct {
	context      string
	instructions []instruction
}

func readImage(t *testing.T) image {
	t.Helper()
	context, err := packed()
	require.NoError(t, err)
	return image{context, dockerfile(t, filepath.Join(context, "Dockerfile"))}
}

func dockerfile(t *testing.T, path string) []instruction {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	var list []instruction
	for line := range strings.Lines(strings.ReplaceAll(string(text), "\\\n", "")) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		word, rest, found := strings.Cut(line, " ")
		require.True(t, found, line)
		list = append(list, instruction{word, strings.TrimSpace(rest)})
	}
	return list
}

// all are the instructions with the word.
func (i image) all(word string) []string {
	var list []string
	for _, in := range i.instructions {
		if in.word == word {
			list = append(list, in.rest)
		}
	}
	return list
}

// only is the one instruction with the word.
func (i image) only(t *testing.T, word string) string {
	t.Helper()
	list := i.all(word)
	require.Len(t, list, 1, word)
	return list[0]
}

// entrypoint is the program that the image starts.
func (i image) entrypoint(t *testing.T) string {
	t.Helper()
	var command []string
	require.NoError(t, json.Unmarshal([]byte(i.only(t, "ENTRYPOINT")), &command), "there is no shell in the image")
	require.Len(t, command, 1)
	return command[0]
}

// root makes the file system that the image holds.
func (i image) root(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	require.NoError(t, os.Chmod(root, 0o755)) // it is "/" to somebody who is not root
	// A process that is started meanwhile would hold the program open for writing, and it could not be run.
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	for _, copied := range i.all("COPY") {
		from, to, _ := strings.Cut(copied, " ")
		info, err := os.Stat(filepath.Join(i.context, from))
		require.NoError(t, err)
		data, err := os.ReadFile(filepath.Join(i.context, from))
		require.NoError(t, err)
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(root, to)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(root, to), data, info.Mode().Perm()))
	}
	return root
}

func TestTheDockerfileMakesAnImageOfWhatIsPacked(t *testing.T) {
	t.Parallel()
	i := readImage(t)
	assert.Equal(t, instruction{"FROM", "scratch"}, i.instructions[0])
	for _, in := range i.instructions {
		assert.Contains(t, []string{"FROM", "COPY", "ENV", "USER", "EXPOSE", "ENTRYPOINT"}, in.word, "nothing can be run in an image without a shell")
	}
	destinations := make(map[string]string)
	for _, copied := range i.all("COPY") {
		words := strings.Fields(copied)
		require.Len(t, words, 2, copied)
		assert.FileExists(t, filepath.Join(i.context, words[0]))
		destinations[words[1]] = words[0]
	}
	program := destinations[i.entrypoint(t)]
	require.NotEmpty(t, program, "the entrypoint is copied")
	assertStatic(t, filepath.Join(i.context, program))
	assert.Contains(t, destinations, "/etc/ssl/certs/ca-certificates.crt", "where Go looks for authorities first")
	assert.Regexp(t, `^[1-9]\d*:[1-9]\d*$`, i.only(t, "USER"), "a number, since the image knows no names, and not root")
	assert.Equal(t, "HOST=0.0.0.0", i.only(t, "ENV"))
	_, help, _ := run(t, nil, "-help")
	assert.Regexp(t, `\bPORT .*\[`+i.only(t, "EXPOSE")+`\]`, help, "the port that the server listens on by default")
}

func assertStatic(t *testing.T, program string) {
	t.Helper()
	file, err := elf.Open(program)
	require.NoError(t, err)
	defer file.Close()
	libraries, err := file.ImportedLibraries()
	require.NoError(t, err)
	assert.Empty(t, libraries)
	assert.Nil(t, file.Section(".interp"))
	info, err := os.Stat(program)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o755), info.Mode().Perm())
}

func TestTheImageTrustsTheAuthorities(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join(readImage(t).context, "etc/ssl/certs/ca-certificates.crt"))
	require.NoError(t, err)
	authorities := 0
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		certificate, err := x509.ParseCertificate(block.Bytes)
		require.NoError(t, err)
		assert.True(t, certificate.IsCA, certificate.Subject)
		authorities++
	}
	assert.Greater(t, authorities, 50)
}

// inImage starts the image's program as a container would: in the image's files alone, as its user, with its environment.
func inImage(t *testing.T, i image, root string, environment ...string) *child {
	t.Helper()
	if runtime.GOOS != "linux" || os.Getuid() != 0 {
		t.Skip("NOT RUN: only root of a Linux machine can start the image's program in a file system of its own")
	}
	c := newChild(t, append(i.all("ENV"), environment...))
	c.Path, c.Args = i.entrypoint(t), []string{i.entrypoint(t)}
	var user, group uint32
	_, err := fmt.Sscanf(i.only(t, "USER"), "%d:%d", &user, &group)
	require.NoError(t, err)
	c.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: user, Gid: group}}
	return c
}

func keyHash(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

// The program needs nothing but what is in the image, and finds the authorities there.
func TestTheImageRunsByItself(t *testing.T) {
	t.Parallel()
	sim := wecomsim.New()
	t.Cleanup(sim.Close)
	secure := httptest.NewUnstartedServer(sim)
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // that one who trusts nobody hangs up is what is wanted
	secure.StartTLS()
	t.Cleanup(secure.Close)
	i := readImage(t)
	for _, trusted := range []bool{true, false} {
		root, port := i.root(t), freePort(t)
		if trusted {
			addAuthority(t, filepath.Join(root, "etc/ssl/certs/ca-certificates.crt"), secure.TLS)
		}
		c := inImage(t, i, root, "PORT="+port, "WECOM_API_KEYS=ci:"+keyHash("open sesame"),
			"WECOM_DEFAULT_KEY="+wecomsim.SeedChatbotKey, "WECOM_DEFAULT_BASE_URL="+secure.URL)
		rest := c.start(t)
		status, body := call(t, http.MethodPost, "http://127.0.0.1:"+port+"/actions/chatbot.text.send", "open sesame", `{"content":"from a container"}`)
		if trusted {
			assert.Equal(t, http.StatusOK, status, body)
		} else {
			assert.Equal(t, http.StatusServiceUnavailable, status, body)
		}
		require.NoError(t, c.Process.Signal(syscall.SIGTERM))
		code, logged := c.stop(rest)
		assert.Equal(t, 0, code, logged)
	}
	assert.Len(t, sim.Inbox(wecomsim.InboxFilter{}), 1)
}

func addAuthority(t *testing.T, bundle string, server *tls.Config) {
	t.Helper()
	file, err := os.OpenFile(bundle, os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	defer file.Close()
	require.NoError(t, pem.Encode(file, &pem.Block{Type: "CERTIFICATE", Bytes: server.Certificates[0].Certificate[0]}))
}

func TestTheImageInsistsOnADecisionWhoMayCall(t *testing.T) {
	t.Parallel()
	i := readImage(t)
	c := inImage(t, i, i.root(t), bot()...)
	_ = c.Run() // the exit code tells
	assert.Equal(t, 2, c.ProcessState.ExitCode())
	assert.Contains(t, c.stderr.String(), "WECOM_API_KEYS")
}

// The image behind the watchdog changes where the server listens, and not that it insists on a decision who may call.
func TestTheDockerfileOfTheWatchdog(t *testing.T) {
	t.Parallel()
	i := image{instructions: dockerfile(t, "watchdog/Dockerfile")}
	environment := make(map[string]string)
	for _, pair := range strings.Fields(i.only(t, "ENV")) {
		name, value, found := strings.Cut(pair, "=")
		require.True(t, found, pair)
		environment[name] = value
	}
	assert.Equal(t, "http://127.0.0.1:"+environment["PORT"], environment["upstream_url"])
	assert.Equal(t, readImage(t).entrypoint(t), environment["fprocess"])
	assert.NotContains(t, environment, "HOST")
	assert.Equal(t, "http", environment["mode"])
	assert.Equal(t, "/health/ready", environment["ready_path"])
	assert.Regexp(t, regexp.MustCompile(`^--from=watchdog /fwatchdog `+regexp.QuoteMeta(i.entrypoint(t))+`$`), i.only(t, "COPY"))
}
