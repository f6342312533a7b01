package azurehost_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/local/faas/azurehost"
)

// files are the content of an app that is right.
func files() map[string]string {
	return map[string]string{
		"host.json":         `{"version":"2.0","customHandler":{"description":{"defaultExecutablePath":"app"},"enableForwardingHttpRequest":true}}`,
		"app":               "#!/bin/true",
		"f/function.json":   `{"bindings":[{"type":"httpTrigger","direction":"in","name":"r","authLevel":"anonymous","methods":["post"],"route":"a/f"},{"type":"http","direction":"out","name":"o"}]}`,
		"all/function.json": `{"bindings":[{"type":"httpTrigger","direction":"in","name":"r","authLevel":"anonymous","methods":["get","post"],"route":"{*p}"},{"type":"http","direction":"out","name":"o"}]}`,
		"q/function.json":   `{"bindings":[{"type":"queueTrigger","direction":"in","name":"m","queueName":"calls","connection":"C"}]}`,
	}
}

func write(t *testing.T, content map[string]string) (folder string) {
	t.Helper()
	folder = t.TempDir()
	for name, text := range content {
		file := filepath.Join(folder, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		mode := os.FileMode(0o644)
		if name == "app" {
			mode = 0o755
		}
		require.NoError(t, os.WriteFile(file, []byte(text), mode))
	}
	return folder
}

// open opens an app whose handler is a function of the test.
func open(t *testing.T, content map[string]string, handler http.HandlerFunc) *azurehost.App {
	t.Helper()
	app, err := azurehost.Open(write(t, content))
	require.NoError(t, err)
	_, port, _ := strings.Cut(app.Environment()[0], "=")
	server := httptest.NewUnstartedServer(handler)
	require.NoError(t, server.Listener.Close())
	server.Listener, err = net.Listen("tcp", "127.0.0.1:"+port)
	require.NoError(t, err)
	server.Start()
	t.Cleanup(server.Close)
	require.NoError(t, app.Ready(t.Context()))
	return app
}

func call(t *testing.T, app http.Handler, method, target, body string) *httptest.ResponseRecorder {
	t.Helper()
	answer := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	app.ServeHTTP(answer, r)
	return answer
}

func TestAppsThatAzureWouldNotLoadAreRefused(t *testing.T) {
	t.Parallel()
	_, err := azurehost.Open(write(t, files()))
	require.NoError(t, err)
	const http = `{"type":"http","direction":"out","name":"o"}`
	for _, test := range []struct{ name, file, content, says string }{
		{"no host.json", "host.json", "", "host.json"},
		{"another version", "host.json", `{"version":"1.0"}`, "version is not 2.0"},
		{"a member that nobody knows", "host.json", `{"version":"2.0","customHandlers":{}}`, `unknown field "customHandlers"`},
		{"no program", "host.json", `{"version":"2.0"}`, `"" is no file of the app`},
		{"a program elsewhere", "host.json", `{"version":"2.0","customHandler":{"description":{"defaultExecutablePath":"b"}}}`, `"b" is no file of the app`},
		{"a program that cannot run", "host.json", `{"version":"2.0","customHandler":{"description":{"defaultExecutablePath":"host.json"}}}`, "is not executable"},
		{"an encoding that nobody knows", "host.json", `{"version":"2.0","customHandler":{"description":{"defaultExecutablePath":"app"}},"extensions":{"queues":{"messageEncoding":"hex"}}}`, "neither base64 nor none"},
		{"a name with a dot", "a.b/function.json", `{"bindings":[]}`, "no function can have this name"},
		{"the name host", "Host/function.json", `{"bindings":[]}`, "no function can have this name"},
		{"no JSON", "f/function.json", `{`, "f: function.json"},
		{"no trigger", "f/function.json", `{"bindings":[` + http + `]}`, "it has 0 triggers"},
		{"no output", "f/function.json", strings.Replace(files()["f/function.json"], ","+http, "", 1), "come together"},
		{"two functions on one route", "g/function.json", files()["f/function.json"], `have the route "a/f" both`},
		{"an unknown trigger", "f/function.json", `{"bindings":[{"type":"cosmosDBTrigger","direction":"in","name":"r"}]}`, "it is not understood"},
		{"a level that nobody knows", "f/function.json", strings.Replace(files()["f/function.json"], "anonymous", "none", 1), "it is not understood"},
		{"a route from the root", "f/function.json", strings.Replace(files()["f/function.json"], "a/f", "/a/f", 1), "it is not understood"},
		{"a method in capitals", "f/function.json", strings.Replace(files()["f/function.json"], "post", "POST", 1), "it is not understood"},
		{"a queue of no such name", "q/function.json", strings.Replace(files()["q/function.json"], "calls", "Calls", 1), "it is not understood"},
		{"a queue nowhere", "q/function.json", strings.Replace(files()["q/function.json"], `"C"`, `""`, 1), "it is not understood"},
	} {
		content := files()
		if content[test.file] = test.content; test.content == "" {
			delete(content, test.file)
		}
		_, err := azurehost.Open(write(t, content))
		assert.ErrorContains(t, err, test.says, test.name)
	}
	_, err = azurehost.Open(write(t, map[string]string{"host.json": files()["host.json"], "app": "x"}))
	assert.ErrorContains(t, err, "the app has no function")
}

func TestRoutes(t *testing.T) {
	t.Parallel()
	var path string
	app := open(t, files(), func(_ http.ResponseWriter, r *http.Request) { path = r.Method + " " + r.URL.Path })
	for _, test := range []struct {
		method, target string
		status         int
		reached        string
	}{
		{"POST", "/api/a/f", 200, "POST /api/a/f"},
		{"GET", "/api/a/f", 200, "GET /api/a/f"},
		{"GET", "/api/", 200, "GET /api/"},
		{"PUT", "/api/a/f", 404, ""},
		{"POST", "/a/f", 404, ""},
		{"POST", "/f", 404, ""},
	} {
		path = ""
		assert.Equal(t, test.status, call(t, app, test.method, test.target, "").Code, test.target)
		assert.Equal(t, test.reached, path, test.target)
	}
}

func TestWhatAHandlerIsSent(t *testing.T) {
	t.Parallel()
	var got *http.Request
	var body string
	app := open(t, files(), func(_ http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		got, body = r, string(data)
	})
	app.SetMode(azurehost.Proxied)
	call(t, app, "POST", "/api/a/f?x=1&x=2", `{"a":1}`)
	assert.Equal(t, "x=1&x=2", got.URL.RawQuery)
	assert.Equal(t, `{"a":1}`, body)
	assert.NotEmpty(t, got.Header.Get("X-Arr-Log-Id"))
	app.SetMode(azurehost.Forwarded)
	call(t, app, "POST", "/api/a/f?x=1&x=2", `{"a":1}`)
	assert.Equal(t, "x=1%2C2", got.URL.RawQuery)
	assert.Equal(t, "example.com", got.Host)
	app.SetMode(azurehost.Enveloped)
	call(t, app, "POST", "/api/a/f?x=1&x=2", `{"a":1}`)
	assert.Equal(t, "/f", got.URL.Path)
	assert.Empty(t, got.Header.Get("X-Arr-Log-Id"))
	var envelope struct {
		Data map[string]struct {
			Url, Method, Body string //nolint:revive // the host's spelling
			Query             map[string]string
			Headers           map[string][]string
		}
	}
	require.NoError(t, json.Unmarshal([]byte(body), &envelope))
	request := envelope.Data["r"]
	assert.Equal(t, "https://example.com/api/a/f?x=1&x=2", request.Url)
	assert.Equal(t, map[string]string{"x": "1,2"}, request.Query)
	assert.Equal(t, []string{"application/json"}, request.Headers["Content-Type"])
	assert.Equal(t, `{"a":1}`, request.Body)

	octets := httptest.NewRequestWithContext(t.Context(), "POST", "/api/a/f", strings.NewReader("\x00"))
	octets.Header.Set("Content-Type", "application/octet-stream")
	app.ServeHTTP(httptest.NewRecorder(), octets)
	assert.Contains(t, body, `"Body":"AA=="`)

	delivery, err := app.Enqueue(t.Context(), "calls", base64.StdEncoding.EncodeToString([]byte(`{"a":1}`)))
	require.NoError(t, err)
	assert.Equal(t, 5, delivery.Attempts, "an empty answer is none")
	assert.Contains(t, body, `"m":"\"{\\\"a\\\":1}\""`)
}

func TestWhatBecomesOfAnswers(t *testing.T) {
	t.Parallel()
	var answer string
	status := http.StatusOK
	app := open(t, files(), func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	})
	app.SetMode(azurehost.Enveloped)
	answer = `{"Outputs":{"o":{"statusCode":"418","headers":{"x-a":"b"},"body":"c"}},"Logs":null,"ReturnValue":null}`
	got := call(t, app, "POST", "/api/a/f", "")
	assert.Equal(t, 418, got.Code)
	assert.Equal(t, "b", got.Header().Get("X-A"))
	assert.Equal(t, "c", got.Body.String())
	for _, broken := range []string{`{}`, `x`, `{"Outputs":{"o":"x"}}`, `{"Outputs":{"res":{}}}`} {
		answer = broken
		assert.Equal(t, 500, call(t, app, "POST", "/api/a/f", "").Code, broken)
	}
	message := base64.StdEncoding.EncodeToString([]byte("x"))
	answer = `{"ReturnValue":"abcd"}`
	delivery, err := app.Enqueue(t.Context(), "calls", message)
	require.NoError(t, err)
	assert.Equal(t, []byte{0x69, 0xb7, 0x1d}, delivery.ReturnValue, "a bare word is decoded")
	status = http.StatusBadRequest
	assert.Equal(t, 500, call(t, app, "POST", "/api/a/f", "").Code)
	delivery, err = app.Enqueue(t.Context(), "calls", message)
	require.NoError(t, err)
	assert.True(t, delivery.Poisoned)
	assert.Len(t, delivery.Failures, 5)
	delivery, err = app.Enqueue(t.Context(), "calls", "not base64!")
	require.NoError(t, err)
	assert.True(t, delivery.Poisoned)
	assert.Zero(t, delivery.Attempts)
	_, err = app.Enqueue(t.Context(), "other", message)
	assert.ErrorContains(t, err, "no function reads the queue other")
}

func TestAHandlerThatNeverAnswers(t *testing.T) {
	t.Parallel()
	app, err := azurehost.Open(write(t, files()))
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	assert.ErrorContains(t, app.Ready(ctx), "the handler does not answer")
	for _, mode := range modes {
		app.SetMode(mode)
		assert.GreaterOrEqual(t, call(t, app, "POST", "/api/a/f", "x").Code, 500, mode)
	}
}
