package catalog_test

import (
	"testing"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

func TestMemberDelete(t *testing.T) {
	t.Parallel()
	const call, unknown = "GET user/delete?userid=emily%40hl", `{"errcode":60111,"errmsg":"userid not found"}`
	runAll(t, "member.delete", []run{
		{name: "a member", input: `{"userid":" emily@hl "}`, call: call, reply: `{"errcode":0,"errmsg":"deleted"}`, output: `{}`},
		{name: "no Member ID", input: `{"userid":" "}`, kind: fault.InvalidInput, violations: []string{"/userid required"}},
		{name: "a Member ID that cannot be", input: `{"userid":"_a/b"}`, kind: fault.InvalidInput, violations: []string{"/userid format"}},
		{name: "an unknown member", input: `{"userid":"emily@hl"}`, call: call, reply: unknown, kind: fault.NotFound},
		{name: "the creator of the enterprise", input: `{"userid":"emily@hl"}`, call: call, reply: `{"errcode":301005,"errmsg":"x"}`, kind: fault.Conflict},
		{
			name: "a lost answer, and then there is no such member: done", input: `{"userid":"emily@hl"}`, calls: []string{call, call},
			replies: []string{lost, unknown}, output: `{}`, warnings: []string{" reconciled"},
		},
		{
			name: "a gateway's page, and then there is no such member: done", input: `{"userid":"emily@hl"}`, calls: []string{call, call},
			replies: []string{"<html>502</html>", `{"errcode":46004,"errmsg":"user not exist"}`}, output: `{}`, warnings: []string{" reconciled"},
		},
	})
}
