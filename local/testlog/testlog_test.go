package testlog_test

import (
	"fmt"
	"log/slog"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/local/testlog"
)

func TestALogIsWrittenAndReadSideBySide(t *testing.T) {
	t.Parallel()
	var log testlog.Log
	logger := slog.New(slog.NewJSONHandler(&log, nil))
	var all sync.WaitGroup
	for i := range 10 {
		all.Go(func() {
			logger.Info(fmt.Sprint("m", i))
			_ = log.String()
		})
	}
	all.Wait()
	assert.Len(t, log.Lines(t), 10)
	lines := log.LinesOf(t, "m7")
	require.Len(t, lines, 1)
	assert.Equal(t, "INFO", lines[0]["level"])
	log.Clear()
	assert.Empty(t, log.String())
	assert.Empty(t, log.Lines(t))
}
