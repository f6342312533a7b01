package faas_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

// What is posted to Azure's and Alibaba's functions arrives, whatever it is wrapped into, and so does what they say of it.
func TestFunctionsThatArePostedTo(t *testing.T) {
	t.Parallel()
	for path, answers := range map[string]string{
		"/fn/azure/message.text.send": `"msgid"`, "/fn/azure/all/actions/message.text.send": `"msgid"`,
		"/fn/azure/message.text.send?event=envelope&connection=default": `"msgid"`, "/fn/azure/all/actions/message.text.send?event=envelope": `"msgid"`,
		"/fn/azure/message.text.send?event=queue": `{"Outputs":{},"Logs":[],"ReturnValue":null}`,
		"/fn/fc/message.text.send":                `"msgid"`, "/fn/fc/all/actions/message.text.send": `"msgid"`,
		"/fn/fc/message.text.send?event=event": `"msgid"`, "/fn/fc/message.text.send?event=timer": `"msgid"`, "/fn/fc/message.text.send?event=mns": "null",
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			sim, s := settings(t)
			call := serve(t, s)
			status, answer := call(path, strings.NewReader(`{"touser":"zhangsan","content":"100% 你好"}`))
			assert.Equal(t, http.StatusOK, status, answer)
			assert.Contains(t, answer, answers)
			for _, m := range sim.Inbox(wecomsim.InboxFilter{}) {
				assert.Equal(t, "100% 你好", m.Text())
			}
			assert.Len(t, sim.Inbox(wecomsim.InboxFilter{}), 1)
			status, answer = call(path, strings.NewReader(`{"touser":7}`))
			assert.Equal(t, http.StatusBadRequest, status, answer)
			assert.Contains(t, answer, `"kind":"invalid_input"`)
		})
	}
}
