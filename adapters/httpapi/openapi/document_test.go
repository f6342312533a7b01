package openapi_test

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/adapters/httpapi/openapi"
	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/catalog"
	"github.com/wecom-functions/wecom-functions/core/describe"
)

// document is what the tests read of the document.
type document struct {
	OpenAPI string
	Info    struct{ Version string }
	Paths   map[string]struct {
		Get, Post *operation
	}
	Components struct {
		Responses map[string]response
	}
}

type operation struct {
	OperationID string
	Summary     string
	RequestBody struct {
		Content map[string]content
	}
	Responses map[string]response
	Security  []map[string][]string
}

type response struct {
	Content map[string]content
}

type content struct {
	Examples map[string]example
	Schema   struct {
		Required   []string
		Properties map[string]struct{ Pattern string }
	}
}

type example struct {
	Summary string
	Value   json.RawMessage
	Input   json.RawMessage `json:"x-input"`
}

func read(t *testing.T) document {
	t.Helper()
	raw, err := openapi.Document(catalog.Actions(), "v1.2.3", true)
	require.NoError(t, err)
	var d document
	require.NoError(t, json.Unmarshal(raw, &d))
	return d
}

func TestTheDocumentHasOneOperationForEachAction(t *testing.T) {
	t.Parallel()
	d := read(t)
	assert.Equal(t, "3.1.0", d.OpenAPI)
	assert.Equal(t, "v1.2.3", d.Info.Version)
	ids := make(map[string]bool)
	for path, item := range d.Paths {
		for _, o := range []*operation{item.Get, item.Post} {
			if o != nil {
				assert.False(t, ids[o.OperationID], "%s: %s stands twice", path, o.OperationID)
				ids[o.OperationID] = true
			}
		}
	}
	for _, a := range catalog.Actions() {
		post := d.Paths["/actions/"+a.ID].Post
		require.NotNil(t, post, a.ID)
		assert.Equal(t, describe.Tool(a.ID), post.OperationID)
		assert.NotEmpty(t, post.Summary)
		require.NotNil(t, d.Paths["/actions/"+a.ID].Get, a.ID)
	}
	assert.NotContains(t, d.Paths, "/actions/{id}", "it would overlap with the paths of the actions")
	for _, path := range []string{"/actions", "/openapi.json", "/health/live", "/health/ready"} {
		assert.NotNil(t, d.Paths[path].Get, path)
	}
	assert.NotNil(t, d.Paths["/"].Post)
	assert.Len(t, d.Paths, len(catalog.Actions())+5)
	assert.NotNil(t, d.Paths["/health/live"].Get.Security, "health is open")
	assert.Nil(t, d.Paths["/actions"].Get.Security, "the rest is as the whole document says")
}

func TestEveryActionShowsItsExamplesAndFailures(t *testing.T) {
	t.Parallel()
	d := read(t)
	for _, a := range catalog.Actions() {
		post := d.Paths["/actions/"+a.ID].Post
		assert.Len(t, post.RequestBody.Content["application/json"].Examples, len(a.Examples), a.ID)
		assert.Len(t, post.Responses["200"].Content["application/json"].Examples, len(a.Examples), a.ID)
		failures := 0
		for _, r := range post.Responses {
			failures += len(r.Content["application/problem+json"].Examples)
		}
		assert.Equal(t, 1+len(a.Refusals), failures, a.ID)
	}
}

func TestTheDocumentOfSomeActionsIsOfThoseAlone(t *testing.T) {
	t.Parallel()
	raw, err := openapi.Document(catalog.Actions()[:1], "", false)
	require.NoError(t, err)
	var d document
	require.NoError(t, json.Unmarshal(raw, &d))
	assert.Len(t, d.Paths, 1+4)
}

func TestTheDocumentIsTheSameEachTime(t *testing.T) {
	t.Parallel()
	first, err := openapi.Document(catalog.Actions(), "", true)
	require.NoError(t, err)
	for range 5 {
		again, err := openapi.Document(catalog.Actions(), "", true)
		require.NoError(t, err)
		require.Equal(t, string(first), string(again))
	}
}

func TestABrokenExampleIsAnError(t *testing.T) {
	t.Parallel()
	bad := *catalog.Actions()[0]
	bad.Examples = []action.Example{{Input: `{`, Output: `{}`}}
	_, err := openapi.Document([]*catalog.Action{&bad}, "", true)
	require.Error(t, err)
}

func TestAForeignValidatorAcceptsTheDocument(t *testing.T) {
	t.Parallel()
	if err := exec.CommandContext(t.Context(), "python3", "-c", "import openapi_spec_validator").Run(); err != nil {
		t.Skip("NOT CHECKED: python3 with the module openapi_spec_validator is not here, so no foreign validator has read the document")
	}
	raw, err := openapi.Document(catalog.Actions(), "v1", true)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "openapi.json")
	require.NoError(t, os.WriteFile(file, raw, 0o600))
	said, err := exec.CommandContext(t.Context(), "python3", "-W", "ignore", "-m", "openapi_spec_validator", "--schema", "3.1", file).CombinedOutput()
	require.NoError(t, err, string(said))
}

func TestAddressesOfWeComsPages(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "https://developer.work.weixin.qq.com/document/path/90236", openapi.DocumentURL(90236))
	assert.Equal(t, "message/send", openapi.CallPath(catalog.Lookup("message.text.send")))
	assert.Equal(t, http.MethodPost+" message/send", catalog.Lookup("message.text.send").Call)
}

func TestUploadsMayBeForms(t *testing.T) {
	t.Parallel()
	d := read(t)
	for _, a := range catalog.Actions() {
		form, has := d.Paths["/actions/"+a.ID].Post.RequestBody.Content["multipart/form-data"]
		assert.Equal(t, a.TakesStream(), has, a.ID)
		if has {
			assert.Equal(t, []string{"type", "media"}, form.Schema.Required)
			assert.Contains(t, form.Schema.Properties["type"].Pattern, "file")
			assert.Len(t, form.Schema.Properties, 3)
		}
	}
}
