package child

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/local/testlog"
)

// Logs is what processes printed. It is safe for concurrent use.
type Logs struct{ testlog.Log }

// WaitFor waits until a text, which arrives through a pipe, stands there.
func (l *Logs) WaitFor(t testing.TB, text string) {
	t.Helper()
	require.Eventually(t, func() bool { return strings.Contains(l.String(), text) }, patience, often, "no %s in %s", text, l)
}

// WaitForCount waits until a text stands there so many times.
func (l *Logs) WaitForCount(t testing.TB, text string, times int) {
	t.Helper()
	require.Eventually(t, func() bool { return strings.Count(l.String(), text) == times }, patience, often,
		"not %d times %s in %s", times, text, l)
}
