package catalog_test

import (
	"testing"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

func TestDepartmentList(t *testing.T) {
	t.Parallel()
	const reply = `{"errcode":0,"errmsg":"ok","department_id":[{"id":2,"parentid":1,"order":10},{"id":7,"parentid":2,"order":40}]}`
	const output = `{"department_id":[{"id":2,"parentid":1,"order":10},{"id":7,"parentid":2,"order":40}]}`
	runAll(t, "department.list", []run{
		{name: "a department and its sub-departments", input: `{"id":2}`, call: "GET department/simplelist?id=2", reply: reply, output: output},
		{name: "Department ID as a string", input: `{"id":" 2 "}`, call: "GET department/simplelist?id=2", reply: reply, output: output},
		{name: "left empty: the full structure", input: `{}`, call: "GET department/simplelist", reply: reply, output: output},
		{name: "null is left empty", input: `{"id":null}`, call: "GET department/simplelist", reply: reply, output: output},
		{name: "an empty string is left empty", input: `{"id":""}`, call: "GET department/simplelist", reply: reply, output: output},
		{name: "no department", input: `{"id":2}`, call: "GET department/simplelist?id=2", reply: `{"errcode":0,"errmsg":"ok","department_id":[]}`, output: `{"department_id":[]}`},
		{
			name: "an answer without the list is told", input: `{}`, call: "GET department/simplelist",
			output: `{"department_id":[]}`, warnings: []string{" wecom_warning"},
		},
		{
			name: "an unknown department", input: `{"id":9}`, call: "GET department/simplelist?id=9",
			reply: `{"errcode":60123,"errmsg":"invalid party id","department_id":[]}`, kind: fault.NotFound,
		},
		{name: "Department ID 0", input: `{"id":0}`, kind: fault.InvalidInput, violations: []string{"/id range"}},
		{name: "Department ID 2^32", input: `{"id":4294967296}`, kind: fault.InvalidInput, violations: []string{"/id range"}},
	})
}
