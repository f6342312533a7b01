package catalog_test

import (
	"testing"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

func TestDepartmentUpdate(t *testing.T) {
	t.Parallel()
	const call, reply, output = "POST department/update", `{"errcode":0,"errmsg":"updated"}`, `{}`
	sends := func(name, input, body string) run {
		return run{name: name, input: input, call: call, body: body, reply: reply, output: output}
	}
	refuses := func(name, input string, violations ...string) run {
		return run{name: name, input: input, kind: fault.InvalidInput, violations: violations}
	}
	runAll(t, "department.update", []run{
		sends("every parameter", `{"id":7,"name":"华东大区","name_en":"East","parentid":1,"order":100}`, `{"id":7,"name":"华东大区","name_en":"East","parentid":1,"order":100}`),
		sends("absent: left alone", `{"id":7}`, `{"id":7}`),
		sends("null: left alone", `{"id":7,"name":null,"name_en":null,"parentid":null,"order":null}`, `{"id":7}`),
		sends("the root department may be renamed", `{"id":1,"name":"Harbour"}`, `{"id":1,"name":"Harbour"}`),
		refuses("Dept Name empty", `{"id":7,"name":""}`, "/name required"),
		refuses("Dept Name blank", `{"id":7,"name":" \t"}`, "/name required"),
		refuses("English Name empty", `{"id":7,"name_en":""}`, "/name_en required"),
		sends("Order zero is sent", `{"id":7,"order":0}`, `{"id":7,"order":0}`),
		sends("Order empty: left alone", `{"id":7,"order":""}`, `{"id":7}`),
		refuses("Parent Dept ID zero", `{"id":7,"parentid":0}`, "/parentid range"),
		sends("Parent Dept ID empty: left alone", `{"id":7,"parentid":""}`, `{"id":7}`),
		refuses("below itself", `{"id":7,"parentid":7}`, "/parentid format"),
		refuses("no Dept ID", `{"name":"x"}`, "/id required"),
		refuses("no colon in names", `{"id":7,"name":"a:b","name_en":"a|b"}`, "/name forbidden_chars", "/name_en forbidden_chars"),
		{name: "an unknown department", input: `{"id":9}`, call: call, reply: `{"errcode":60003,"errmsg":"department not found"}`, kind: fault.NotFound},
		{
			name: "a lost answer: sent again", input: `{"id":7,"order":1}`, calls: []string{call, call}, body: `{"id":7,"order":1}`,
			replies: []string{lost, reply}, output: output,
		},
	})
}
