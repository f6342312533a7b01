package catalog_test

import (
	"strings"
	"testing"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

func TestDepartmentCreate(t *testing.T) {
	t.Parallel()
	const call, reply, output = "POST department/create", `{"errcode":0,"errmsg":"created","id":20}`, `{"id":20}`
	name64 := strings.Repeat("部", 64)
	runAll(t, "department.create", []run{
		{
			name: "every parameter", input: `{"name":"数据组","name_en":"Data","parentid":2,"order":5,"id":20}`,
			call: call, body: `{"name":"数据组","name_en":"Data","parentid":2,"order":5,"id":20}`, reply: reply, output: output,
		},
		{
			name: "only what is required", input: `{"name":"Data","parentid":1}`,
			call: call, body: `{"name":"Data","parentid":1}`, reply: reply, output: output,
		},
		{
			name: "empty and null optional parameters are not sent", input: `{"name":"Data","name_en":"","parentid":1,"order":null,"id":""}`,
			call: call, body: `{"name":"Data","parentid":1}`, reply: reply, output: output,
		},
		{
			name: "Order 0 is sent", input: `{"name":"Data","parentid":1,"order":0}`,
			call: call, body: `{"name":"Data","parentid":1,"order":0}`, reply: reply, output: output,
		},
		{
			name: "numbers as strings", input: `{"name":"Data","parentid":"1","order":"4294967295","id":"20"}`,
			call: call, body: `{"name":"Data","parentid":1,"order":4294967295,"id":20}`, reply: reply, output: output,
		},
		{
			name: "64 characters, and a full-width bar", input: `{"name":"` + name64 + `","name_en":"R｜D & <i>'"` + `,"parentid":1}`,
			kind: fault.InvalidInput, violations: []string{"/name_en forbidden_chars"},
		},
		{
			name: "a full-width bar is passed on, unescaped", input: `{"name":"` + name64 + `","name_en":"R｜D & 'x'","parentid":1}`,
			call: call, body: `{"name":"` + name64 + `","name_en":"R｜D & 'x'","parentid":1}`, reply: reply, output: output,
		},
		{
			name: "a name that reorders the text around it is told", input: `{"name":"ab\u202ecd","parentid":1}`,
			call: call, body: "{\"name\":\"ab\u202ecd\",\"parentid\":1}", reply: reply, output: output, warnings: []string{"/name forbidden_chars"},
		},
		{name: "65 characters", input: `{"name":"` + name64 + `x","parentid":1}`, kind: fault.InvalidInput, violations: []string{"/name chars"}},
		{name: "nothing", input: `{}`, kind: fault.InvalidInput, violations: []string{"/name required", "/parentid required"}},
		{name: "Dept ID must be greater than 1", input: `{"name":"x","parentid":2,"id":1}`, kind: fault.InvalidInput, violations: []string{"/id range"}},
		{name: "Order 2^32", input: `{"name":"x","parentid":1,"order":4294967296}`, kind: fault.InvalidInput, violations: []string{"/order range"}},
		{name: "below itself", input: `{"name":"x","parentid":7,"id":7}`, kind: fault.InvalidInput, violations: []string{"/parentid format"}},
		{
			name: "the name exists already", input: `{"name":"Data","parentid":1}`, call: call, reply: `{"errcode":60008,"errmsg":"department existed"}`,
			kind: fault.Conflict,
		},
		{
			name: "an answer without the id", input: `{"name":"Data","parentid":1}`, call: call, reply: `{"errcode":0,"errmsg":"created"}`,
			kind: fault.OutcomeUnknown,
		},
	})
}

// The answer to the first try is lost; the repeat meets a department of that name or id.
func TestDepartmentCreateIsReconciled(t *testing.T) {
	t.Parallel()
	const exists = `{"errcode":60008,"errmsg":"department existed"}`
	const input = `{"name":"Data","name_en":"D","parentid":2,"order":5}`
	create, list := "POST department/create", "GET department/list?id=2"
	found := func(row string) string {
		return `{"errcode":0,"errmsg":"ok","department":[{"id":2,"name":"R&D","parentid":1,"order":1},` + row + `]}`
	}
	runAll(t, "department.create", []run{
		{
			name: "it is this call's work", input: input, calls: []string{create, create, list},
			replies: []string{lost, exists, found(`{"id":21,"name":"Data","name_en":"D","parentid":2,"order":5}`)},
			output:  `{"id":21}`, warnings: []string{" reconciled"},
		},
		{
			name: "contact sync may not read it, the app may", input: input, calls: []string{create, create, list, list},
			replies: []string{lost, exists, `{"errcode":48009,"errmsg":"no"}`, found(`{"id":21,"name":"Data","name_en":"D","parentid":2,"order":5}`)},
			secrets: []string{contactsSecret, contactsSecret, contactsSecret, ownSecret}, output: `{"id":21}`, warnings: []string{" reconciled"},
		},
		{
			name: "WeCom keeps no English name", input: input, calls: []string{create, create, list},
			replies: []string{lost, exists, found(`{"id":21,"name":"Data","parentid":2,"order":5}`)},
			output:  `{"id":21}`, warnings: []string{" reconciled"},
		},
		{
			name: "another order: another's work", input: input, calls: []string{create, create, list},
			replies: []string{lost, exists, found(`{"id":21,"name":"Data","name_en":"D","parentid":2,"order":6}`)}, kind: fault.Conflict,
		},
		{
			name: "another English name: another's work", input: input, calls: []string{create, create, list},
			replies: []string{lost, exists, found(`{"id":21,"name":"Data","name_en":"Old","parentid":2,"order":5}`)}, kind: fault.Conflict,
		},
		{
			name: "another id: another's work", input: `{"name":"Data","parentid":2,"id":20}`, calls: []string{create, create, list},
			replies: []string{lost, exists, found(`{"id":21,"name":"Data","parentid":2,"order":5}`)}, kind: fault.Conflict,
		},
		{
			name: "the name is below another parent", input: input, calls: []string{create, create, list},
			replies: []string{lost, exists, found(`{"id":21,"name":"Data","name_en":"D","parentid":3,"order":5}`)}, kind: fault.Conflict,
		},
		{
			name: "it cannot be read", input: input, calls: []string{create, create, list},
			replies: []string{lost, exists, `{"errcode":60011,"errmsg":"no privilege"}`}, kind: fault.OutcomeUnknown,
		},
		{
			name: "the first answer was not lost", input: input, calls: []string{create}, replies: []string{exists}, kind: fault.Conflict,
		},
		{
			name: "the repeat creates it", input: input, calls: []string{create, create},
			replies: []string{lost, `{"errcode":0,"errmsg":"created","id":21}`}, output: `{"id":21}`,
		},
	})
}
