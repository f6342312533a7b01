package faas_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/caller"
	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/local/faas"
	"github.com/wecom-functions/wecom-functions/local/testlog"
	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

// settings are those of an application of the emulator, open to everybody.
func settings(t *testing.T) (*wecomsim.Sim, core.Settings) {
	t.Helper()
	sim := wecomsim.New()
	t.Cleanup(sim.Close)
	return sim, core.Settings{
		Connections: []connection.Settings{{
			Name: "default", Type: connection.Application, BaseURL: sim.URL(), CorpID: wecomsim.SeedCorpID,
			AgentID: wecomsim.SeedAgentID, Secret: connection.Value(wecomsim.SeedAppSecret),
		}},
		Callers: caller.Policy{Mode: caller.None},
	}
}

// serve returns a function that posts to the functions.
func serve(t *testing.T, s core.Settings) func(path string, body io.Reader) (status int, answer string) {
	t.Helper()
	server := httptest.NewServer(faas.Handler(s))
	t.Cleanup(server.Close)
	return func(path string, body io.Reader) (int, string) {
		resp, err := http.Post(server.URL+path, "application/json", body)
		require.NoError(t, err)
		defer resp.Body.Close()
		answer, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		return resp.StatusCode, string(answer)
	}
}

func TestFunctionsRunNoMoreThanTheSettingsAllow(t *testing.T) {
	t.Parallel()
	_, s := settings(t)
	s.Actions = []string{"department.*", "member.list"}
	call := serve(t, s)
	for _, c := range []struct {
		path   string
		status int
	}{
		{"/fn/lambda/department.list", 200},
		{"/fn/lambda/*.list/actions/department.list", 200},
		{"/fn/lambda/all/actions/department.list", 200},
		{"/fn/lambda/message.text.send", 404},
		{"/fn/lambda/all/actions/message.text.send", 403},
		{"/fn/lambda/*.list/actions/department.create", 403},
	} {
		status, answer := call(c.path, strings.NewReader(`{}`))
		assert.Equal(t, c.status, status, "%s: %s", c.path, answer)
	}
}

func TestCallersAreWhoTheSettingsSay(t *testing.T) {
	t.Parallel()
	_, s := settings(t)
	s.Callers = caller.Policy{Mode: caller.Keys}
	status, answer := serve(t, s)("/fn/lambda/department.list", strings.NewReader(`{}`))
	assert.Equal(t, http.StatusUnauthorized, status, answer)
}

func TestWrongSettingsAreEveryAnswer(t *testing.T) {
	t.Parallel()
	_, s := settings(t)
	s.Connections[0].CorpID = ""
	call := serve(t, s)
	for _, platform := range faas.Platforms() {
		status, answer := call("/fn/"+platform.Name+"/department.list", strings.NewReader(`{}`))
		assert.Equal(t, http.StatusInternalServerError, status, answer)
		assert.Contains(t, answer, `"kind":"misconfigured"`, platform.Name)
	}
}

func TestEveryCallHasARequestIDOfItsOwn(t *testing.T) {
	t.Parallel()
	_, s := settings(t)
	var log testlog.Log
	s.Logger = slog.New(slog.NewJSONHandler(&log, nil))
	call := serve(t, s)
	seen := make(map[any]string)
	for _, platform := range faas.Platforms() {
		for _, event := range platform.Events {
			path := "/fn/" + platform.Name + "/department.list?event=" + event.Name
			for range 2 {
				log.Clear()
				status, answer := call(path, strings.NewReader(`{}`))
				require.Equal(t, http.StatusOK, status, answer)
				lines := log.LinesOf(t, "call")
				require.Len(t, lines, 1, path)
				id := lines[0]["request_id"]
				assert.NotEmpty(t, id, path)
				assert.Empty(t, seen[id], path)
				seen[id] = path
			}
		}
	}
}

func TestOneFunctionHasOneToken(t *testing.T) {
	t.Parallel()
	sim, s := settings(t)
	call := serve(t, s)
	var all sync.WaitGroup
	for _, name := range []string{"wecom-department-list", "department.list", "DepartmentList", "department_list", "DEPARTMENT-LIST"} {
		all.Go(func() {
			status, answer := call("/fn/lambda/"+name, strings.NewReader(`{}`))
			assert.Equal(t, http.StatusOK, status, answer)
		})
	}
	all.Wait()
	tokens := 0
	for _, entry := range sim.Journal() {
		if entry.Path == "/cgi-bin/gettoken" {
			tokens++
		}
	}
	assert.Equal(t, 1, tokens, "whatever the function is called, it is the same one")
}

func TestBodiesAreBounded(t *testing.T) {
	t.Parallel()
	_, s := settings(t)
	call := serve(t, s)
	for _, platform := range faas.Platforms() {
		for _, size := range []int{core.MaxInput + 1, 9 << 20} {
			status, answer := call("/fn/"+platform.Name+"/department.list", strings.NewReader(strings.Repeat("a", size)))
			assert.Equal(t, http.StatusRequestEntityTooLarge, status, "%s: %s", platform.Name, answer)
		}
	}
}

func TestWhatCannotStandInAnEvent(t *testing.T) {
	t.Parallel()
	_, s := settings(t)
	call := serve(t, s)
	status, answer := call("/fn/lambda/department.list?event=eventbridge", strings.NewReader(`{"id":`))
	assert.Equal(t, http.StatusBadRequest, status, answer)
	assert.Contains(t, answer, "The body is not JSON")
	status, answer = call("/fn/lambda/message.text.send?event=rest-api", strings.NewReader("{\"content\":\"\xff\"}"))
	assert.Equal(t, http.StatusBadRequest, status, "what is no text goes as base64: %s", answer)
	assert.Contains(t, answer, "UTF-8")
}
