package catalog_test

import (
	"testing"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

func TestDepartmentDelete(t *testing.T) {
	t.Parallel()
	const call, unknown = "GET department/delete?id=8", `{"errcode":60123,"errmsg":"invalid party id"}`
	runAll(t, "department.delete", []run{
		{name: "a department", input: `{"id":8}`, call: call, reply: `{"errcode":0,"errmsg":"deleted"}`, output: `{}`},
		{name: "the root department", input: `{"id":1}`, kind: fault.InvalidInput, violations: []string{"/id unsupported"}},
		{name: "no Dept ID", input: `{}`, kind: fault.InvalidInput, violations: []string{"/id required"}},
		{name: "with members", input: `{"id":8}`, call: call, reply: `{"errcode":60005,"errmsg":"department contains user"}`, kind: fault.Conflict},
		{name: "an unknown department", input: `{"id":8}`, call: call, reply: unknown, kind: fault.NotFound},
		{
			name: "a lost answer, and then it is not there: done", input: `{"id":8}`, calls: []string{call, call},
			replies: []string{lost, unknown}, output: `{}`, warnings: []string{" reconciled"},
		},
		{
			name: "busy, and then it is not there: it never was", input: `{"id":8}`, calls: []string{call, call},
			replies: []string{`{"errcode":-1,"errmsg":"system busy"}`, `{"errcode":60003,"errmsg":"x"}`}, kind: fault.NotFound,
		},
		{
			name: "a lost answer, and then it is not empty", input: `{"id":8}`, calls: []string{call, call},
			replies: []string{lost, `{"errcode":60005,"errmsg":"department contains user"}`}, kind: fault.Conflict,
		},
	})
}
