package child_test

import (
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/local/faas/child"
)

func TestMain(m *testing.M) { child.Main(m) }

func TestAChildHasTheEnvironmentThatItIsGiven(t *testing.T) {
	t.Setenv("WECOM_NONSENSE", "which no program would start with")
	server := child.Build(t, "./functions/server")
	assert.Equal(t, server, child.Build(t, "./functions/server"), "built once")
	port := child.FreePort(t)
	process := child.Start(t, server, "WECOM_DEFAULT_KEY=a-key-of-a-chatbot", "PORT="+port)
	process.WaitForHTTP(t, "http://127.0.0.1:"+port+"/")
	process.Logs.WaitForCount(t, `"msg":"listening"`, 1)
	assert.Zero(t, process.Stop(t, syscall.SIGTERM))
	process.Logs.WaitFor(t, `"msg":"stopped"`)
}

func TestStandardErrorCanBeKeptApart(t *testing.T) {
	t.Parallel()
	command := child.Command{Path: child.Build(t, "./functions/server"), Args: []string{"-nonsense"}, Logs: &child.Logs{}, Errors: &child.Logs{}}
	assert.Equal(t, 2, command.Start(t).Ended(t))
	assert.Empty(t, command.Logs.String())
	assert.Contains(t, command.Errors.String(), "The arguments are wrong")
}

func TestAChildIsKilled(t *testing.T) {
	t.Parallel()
	port := child.FreePort(t)
	process := child.Start(t, child.Build(t, "./functions/server"), "WECOM_DEFAULT_KEY=a-key-of-a-chatbot", "PORT="+port)
	process.WaitForHTTP(t, "http://127.0.0.1:"+port+"/")
	process.Kill()
	_, err := net.Dial("tcp", "127.0.0.1:"+port)
	require.ErrorIs(t, err, syscall.ECONNREFUSED)
	process.Kill() // once more does no harm
}

func TestAnArchiveIsUnpackedWithItsModes(t *testing.T) {
	t.Parallel()
	info, err := os.Stat(filepath.Join(child.Unpack(t, "lambda"), "bootstrap"))
	require.NoError(t, err)
	assert.NotZero(t, info.Mode()&0o100, "it can be run")
}
