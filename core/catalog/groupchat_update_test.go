package catalog_test

import (
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/catalog"
	"github.com/wecom-functions/wecom-functions/core/fault"
)

func TestGroupchatUpdate(t *testing.T) {
	t.Parallel()
	const call = "POST appchat/update"
	name50 := strings.Repeat("群", 50)
	sends := func(name, members, want string, warnings ...string) run {
		return run{name: name, input: `{"chatid":"c1",` + members + `}`, call: call, body: `{"chatid":"c1",` + want + `}`, output: `{}`, warnings: warnings}
	}
	refuses := func(name, members string, violations ...string) run {
		return run{name: name, input: `{"chatid":"c1",` + members + `}`, kind: fault.InvalidInput, violations: violations}
	}
	runAll(t, "groupchat.update", []run{
		sends("every parameter", `"name":"新","owner":"lisi","add_user_list":"amy,bo","del_user_list":["wangwu"]`,
			`"name":"新","owner":"lisi","add_user_list":["amy","bo"],"del_user_list":["wangwu"]`),
		sends("null: left alone", `"name":"新","owner":null,"add_user_list":null,"del_user_list":null`, `"name":"新"`),
		sends("Member IDs to Add empty: left alone", `"name":"新","add_user_list":[]`, `"name":"新"`),
		sends("Member IDs to Remove empty: left alone", `"name":"新","del_user_list":" , "`, `"name":"新"`),
		sends("a name of 51 characters is truncated", `"name":"`+name50+`x"`, `"name":"`+name50+`"`, "/name truncated"),
		refuses("Group Chat Name empty", `"name":""`, "/name required"),
		refuses("Group Owner ID empty", `"owner":""`, "/owner required"),
		refuses("absent: nothing to change", `"name":null`, " any_of"),
		refuses("empty lists: nothing to change", `"add_user_list":[],"del_user_list":""`, " any_of"),
		refuses("to add and to remove", `"add_user_list":["amy","bo"],"del_user_list":["AMY"]`, "/del_user_list exclusive"),
		{name: "no Group Chat ID", input: `{"name":"x"}`, kind: fault.InvalidInput, violations: []string{"/chatid required"}},
		{name: "a member to remove is not in the chat", input: `{"chatid":"c1","del_user_list":"amy"}`, call: call, reply: `{"errcode":86216,"errmsg":"x"}`, kind: fault.InvalidInput},
	})
}

// The answer to the first try is lost; the repeat meets members that are not in the chat any more.
func TestGroupchatUpdateIsReconciled(t *testing.T) {
	t.Parallel()
	const input = `{"chatid":"c1","name":"新","owner":"lisi","add_user_list":["amy"],"del_user_list":["bo"]}`
	const gone = `{"errcode":86216,"errmsg":"x"}`
	update, get := "POST appchat/update", "GET appchat/get?chatid=c1"
	thrice := []string{update, update, get}
	chat := func(name, owner, users string) string {
		return `{"errcode":0,"errmsg":"ok","chat_info":{"chatid":"c1","name":"` + name + `","owner":"` + owner + `","userlist":` + users + `,"chat_type":0}}`
	}
	runAll(t, "groupchat.update", []run{
		{
			name: "it is as it was to be", input: input, calls: thrice, output: `{}`, warnings: []string{" reconciled"},
			replies: []string{lost, gone, chat("新", "lisi", `["lisi","amy"]`)},
		},
		{name: "the member is still there", input: input, calls: thrice, kind: fault.InvalidInput, replies: []string{lost, gone, chat("新", "lisi", `["lisi","amy","bo"]`)}},
		{name: "the member was not added", input: input, calls: thrice, kind: fault.InvalidInput, replies: []string{lost, gone, chat("新", "lisi", `["lisi"]`)}},
		{name: "another name", input: input, calls: thrice, kind: fault.InvalidInput, replies: []string{lost, gone, chat("旧", "lisi", `["lisi","amy"]`)}},
		{name: "another owner", input: input, calls: thrice, kind: fault.InvalidInput, replies: []string{lost, gone, chat("新", "amy", `["lisi","amy"]`)}},
		{name: "it cannot be read", input: input, calls: thrice, kind: fault.OutcomeUnknown, replies: []string{lost, gone, `{"errcode":60011,"errmsg":"x"}`}},
	})
}

// Looking for ids that are both to add and to remove must not cost a set for each id: for two full lists that would be
// hundreds of megabytes. Not parallel: it measures what the whole process allocates.
func TestGroupchatUpdateComparesItsListsInLinearTime(t *testing.T) {
	decode := func(add, del []string) (violations []fault.Violation, allocated uint64) {
		data, err := json.Marshal(map[string]any{"chatid": "c1", "add_user_list": add, "del_user_list": del})
		require.NoError(t, err)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		violations = action.Decode(&catalog.GroupchatUpdate{}, data).Violations
		runtime.ReadMemStats(&after)
		return violations, after.TotalAlloc - before.TotalAlloc
	}
	t.Run("full lists", func(t *testing.T) {
		violations, allocated := decode(userIDs("a", 2000), userIDs("b", 2000))
		assert.Empty(t, violations)
		assert.Less(t, allocated, uint64(4<<20), "bytes")
	})
	t.Run("lists that are too long are not compared", func(t *testing.T) {
		violations, allocated := decode(userIDs("a", 9000), userIDs("a", 9000))
		assert.Len(t, violations, 2, "their lengths")
		assert.Less(t, allocated, uint64(16<<20), "bytes")
	})
}

func userIDs(prefix string, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprint(prefix, i)
	}
	return list
}
