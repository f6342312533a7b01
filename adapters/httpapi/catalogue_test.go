package httpapi

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/wecom-functions/wecom-functions/core/catalog"
)

// An answer whose making panics is never an empty one: each question meets the panic.
func TestAnAnswerThatCannotBeMadeIsNeverEmpty(t *testing.T) {
	t.Parallel()
	broken, nameless := newCatalogue(nil, false), &catalog.Action{}
	for range 2 {
		assert.Panics(t, func() { _, _ = broken.list() })
		assert.Panics(t, func() { _, _ = broken.openAPI() })
		assert.Panics(t, func() { _, _ = broken.describe(nameless) })
	}
}
