package openapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/adapters/httpapi"
	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/caller"
)

func TestTheExamplesOfEventsAreDelivered(t *testing.T) {
	t.Parallel()
	examples := read(t).Paths["/"].Post.RequestBody.Content
	require.Len(t, examples, 2)
	connector, err := core.New(core.Settings{Callers: caller.Policy{Mode: caller.None}})
	require.NoError(t, err)
	for contentType, content := range examples {
		for _, example := range content.Examples {
			var data []byte
			handler := httpapi.Handler(connector, httpapi.Options{Deliver: func(_ context.Context, e httpapi.Event) error {
				data = bytes.Clone(e.Data)
				return nil
			}})
			request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", bytes.NewReader(example.Value))
			request.Header.Set("Content-Type", contentType)
			if contentType == "application/json" {
				for name, value := range map[string]string{"specversion": "1.0", "id": "1", "source": "/tests", "type": "t"} {
					request.Header.Set("ce-"+name, value)
				}
			}
			recorder := httptest.NewRecorder()
			handler.ServeHTTP(recorder, request)
			assert.Equal(t, http.StatusNoContent, recorder.Code, recorder.Body)
			assert.True(t, json.Valid(data))
			assert.Contains(t, string(data), `"action":"message.text.send"`, example.Summary)
		}
	}
}
