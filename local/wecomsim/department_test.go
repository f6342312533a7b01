package wecomsim_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

func TestDepartmentSimpleList(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	t.Run("contact sync sees the whole tree", func(t *testing.T) {
		t.Parallel()
		a := b.get("department/simplelist", b.contacts(), "")
		a.success(t, "ok")
		assert.Len(t, a.Fields["department_id"], 7)
		assert.Contains(t, a.Raw, `{"id":1,"parentid":0,"order":0},{"id":2,"parentid":1,"order":100}`)
	})
	t.Run("an id selects it and everything below", func(t *testing.T) {
		t.Parallel()
		a := b.get("department/simplelist", b.contacts(), "id=3")
		assert.Contains(t, a.Raw, `"department_id":[{"id":3,"parentid":1,"order":90},{"id":7,"parentid":3,"order":10}]`)
	})
	t.Run("an app sees its visible range", func(t *testing.T) {
		t.Parallel()
		a := b.get("department/simplelist", b.secondApp(), "")
		assert.Contains(t, a.Raw, `"department_id":[{"id":2,"parentid":1,"order":100},{"id":5,"parentid":2,"order":20},{"id":6,"parentid":2,"order":10}]`)
		b.get("department/simplelist", b.secondApp(), "id=3").refused(t, 60011, "no privilege to access/modify contact/party/agent ")
	})
	t.Run("an unknown id", func(t *testing.T) {
		t.Parallel()
		b.get("department/simplelist", b.contacts(), "id=99").refused(t, 60123, "invalid party id")
		b.get("department/simplelist", b.contacts(), "id=x").refused(t, 40058, "")
	})
}

func TestDepartmentListAndGet(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(s *wecomsim.State) { s.Members[0].IsLeaderInDept = []int{1} })
	a := b.get("department/list", b.secondApp(), "id=5")
	a.success(t, "ok")
	assert.Contains(t, a.Raw, `"department":[{"id":5,"name":"平台组","name_en":"Platform","department_leader":["zhangsan"],"parentid":2,"order":20}]`)
	b.get("department/list", b.app(), "id=99").refused(t, 60123, "invalid party id")
	b.get("department/get", b.app(), "id=2").success(t, "ok")
	b.get("department/get", b.app(), "").refused(t, 40058, "")
	b.get("department/get", b.secondApp(), "id=4").refused(t, 60011, "")
}

func TestDepartmentCreate(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct{ body, answer string }{
		"all fields":                     {`{"name":"Hardware","name_en":"HW","parentid":1,"order":1,"id":20}`, `{"errcode":0,"errmsg":"created","id":20}`},
		"id left out is generated":       {`{"name":"Hardware","parentid":1}`, `{"errcode":0,"errmsg":"created","id":8}`},
		"name of 64 characters":          {`{"name":"` + repeat("部", 64) + `","parentid":1}`, `{"errcode":0,"errmsg":"created","id":8}`},
		"parentid as a string":           {`{"name":"Hardware","parentid":"1"}`, `{"errcode":0,"errmsg":"created","id":8}`},
		"slash in the name":              {`{"name":"A/B","parentid":1}`, `{"errcode":0,"errmsg":"created","id":8}`},
		"same name under another parent": {`{"name":"平台组","parentid":3}`, `{"errcode":0,"errmsg":"created","id":8}`},
		"order 0 and largest":            {`{"name":"Hardware","parentid":1,"order":4294967295}`, `{"errcode":0,"errmsg":"created","id":8}`},
		"broken JSON after the fields":   {`{"name":"Hardware","parentid":1,`, `{"errcode":0,"errmsg":"created. Warning: wrong json format. ","id":8}`},
		"something after the JSON":       {`{"name":"Hardware","parentid":1}}`, `{"errcode":0,"errmsg":"created. Warning: wrong json format. ","id":8}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			assert.Equal(t, row.answer, b.post("department/create", b.contacts(), "", row.body).Raw)
			assert.Len(t, b.sim.State().Departments, 8)
			assert.True(t, b.lastEntry().Accepted)
		})
	}
}

func TestDepartmentCreateRefusals(t *testing.T) {
	t.Parallel()
	const illegal = "department name include invalid char"
	eachRefusal(t, "department/create", (*bench).contacts, []refusal{
		{"name key missing", `{"parentid":1}`, 60001, "department invalid length"},
		{"name empty", `{"name":"","parentid":1}`, 40058, "name exceed min utf8 words 1. invalid Request Parameter"},
		{"name of 65 characters", `{"name":"` + repeat("部", 65) + `","parentid":1}`, 60001, "department invalid length"},
		{"name of a wrong type", `{"name":["x"],"parentid":1}`, 60001, "Warning: wrong json format. department invalid length"},
		{"no JSON at all", `name=Hardware`, 60001, "Warning: wrong json format. department invalid length"},
		{"backslash in the name", `{"name":"a\\b","parentid":1}`, 60009, illegal},
		{"colon in the name", `{"name":"a:b","parentid":1}`, 60009, illegal},
		{"asterisk in the name", `{"name":"a*b","parentid":1}`, 60009, illegal},
		{"question mark in the name", `{"name":"a?b","parentid":1}`, 60009, illegal},
		{"double quote in the name", `{"name":"a\"b","parentid":1}`, 60009, illegal},
		{"less-than in the name", `{"name":"a<b","parentid":1}`, 60009, illegal},
		{"greater-than in the name", `{"name":"a>b","parentid":1}`, 60009, illegal},
		{"bar in the name", `{"name":"a|b","parentid":1}`, 60009, illegal},
		{"full-width bar in the name", `{"name":"a｜b","parentid":1}`, 60009, illegal},
		{"name that is no UTF-8", "{\"name\":\"\xB2\xBF\xC3\xC5\",\"parentid\":1}", 60009, illegal},
		{"colon in name_en", `{"name":"a","name_en":"a:b","parentid":1}`, 60009, illegal},
		{"name_en empty", `{"name":"a","name_en":"","parentid":1}`, 60001, "department invalid length"},
		{"name_en of 65 characters", `{"name":"a","name_en":"` + repeat("x", 65) + `","parentid":1}`, 40058, "name_en exceed max length 64. invalid Request Parameter"},
		{"name of a sibling", `{"name":"市场部","parentid":1}`, 60008, "department existed"},
		{"name_en of a sibling", `{"name":"a","name_en":"Marketing","parentid":1}`, 60008, "department existed"},
		{"id taken", `{"name":"a","parentid":1,"id":7}`, 60008, "department existed"},
		{"parentid missing", `{"name":"a"}`, 60004, "parent department not found"},
		{"parentid 0", `{"name":"a","parentid":0}`, 60004, "parent department not found"},
		{"parentid unknown", `{"name":"a","parentid":99}`, 60004, "parent department not found"},
		{"parentid an empty string", `{"name":"a","parentid":""}`, 60009, illegal},
		{"parentid far out of range", `{"name":"a","parentid":42949672960}`, 60009, illegal},
		{"id an empty string", `{"name":"a","parentid":1,"id":""}`, 60009, illegal},
		{"id far out of range", `{"name":"a","parentid":1,"id":42949672960}`, 60009, illegal},
		{"id 0", `{"name":"a","parentid":1,"id":0}`, 60123, "invalid party id"},
		{"id 1", `{"name":"a","parentid":1,"id":1}`, 60123, "invalid party id"},
		{"order -1", `{"name":"a","parentid":1,"order":-1}`, 60009, illegal},
		{"order aaa", `{"name":"a","parentid":1,"order":"aaa"}`, 60009, illegal},
		{"order 4294967296", `{"name":"a","parentid":1,"order":4294967296}`, 60009, illegal},
	})
}

func TestDepartmentNameLengthOfOlderYears(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(s *wecomsim.State) { s.Rules.DepartmentNameLength = 32 })
	b.post("department/create", b.contacts(), "", `{"name":"`+repeat("部", 33)+`","parentid":1}`).refused(t, 60001, "")
	b.post("department/create", b.contacts(), "", `{"name":"`+repeat("部", 32)+`","parentid":1}`).success(t, "created")
}

func TestDepartmentTreeEnds(t *testing.T) {
	t.Parallel()
	t.Run("at level 15", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		token := b.contacts()
		parent := 1
		for level := 2; level <= 15; level++ {
			b.post("department/create", token, "", fmt.Sprintf(`{"name":"d","parentid":%d,"id":%d}`, parent, 100+level)).success(t, "created")
			parent = 100 + level
		}
		b.post("department/create", token, "", fmt.Sprintf(`{"name":"d","parentid":%d}`, parent)).refused(t, 81002, "")
		b.post("department/update", token, "", `{"id":102,"parentid":7}`).refused(t, 81002, "")
	})
	t.Run("at the nodes of one department", func(t *testing.T) {
		t.Parallel()
		b := newBench(t, func(s *wecomsim.State) { s.Limits.NodesPerDepartment = 2 })
		b.post("department/create", b.contacts(), "", `{"name":"d","parentid":7}`).refused(t, 81001, "") // david-zhou and sunqi are there
		b.post("user/create", b.contacts(), "", `{"userid":"x1","name":"x","mobile":"1","department":[7]}`).refused(t, 81001, "")
	})
}

func TestDepartmentUpdate(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	a := b.post("department/update", b.contacts(), "", `{"id":6,"name":"Client Lab","parentid":3,"order":3}`)
	assert.Equal(t, `{"errcode":0,"errmsg":"updated"}`, a.Raw)
	assert.Equal(t, wecomsim.Department{ID: 6, Name: "Client Lab", NameEN: "Client", ParentID: 3, Order: 3}, b.sim.State().Departments[5])
	b.post("department/update", b.contacts(), "", `{"id":6,"order":0}`).success(t, "updated")
	assert.Equal(t, wecomsim.Department{ID: 6, Name: "Client Lab", NameEN: "Client", ParentID: 3}, b.sim.State().Departments[5])
}

func TestDepartmentUpdateRefusals(t *testing.T) {
	t.Parallel()
	eachRefusal(t, "department/update", (*bench).contacts, []refusal{
		{"id missing", `{"name":"a"}`, 60003, "department not found"},
		{"id unknown", `{"id":99,"name":"a"}`, 60003, "department not found"},
		{"parentid unknown", `{"id":5,"parentid":99}`, 60124, "invalid parent party id"},
		{"parentid an empty string", `{"id":5,"parentid":""}`, 60124, "invalid parent party id"},
		{"parent is itself", `{"id":2,"parentid":2}`, 60010, ""},
		{"parent is a descendant", `{"id":2,"parentid":5}`, 60010, ""},
		{"renamed onto a sibling", `{"id":5,"name":"客户端组"}`, 60008, "department existed"},
		{"name empty", `{"id":5,"name":""}`, 40058, ""},
		{"name_en empty", `{"id":5,"name_en":""}`, 60001, ""},
		{"forbidden character", `{"id":5,"name":"a?"}`, 60009, ""},
		{"order out of range", `{"id":5,"order":-1}`, 60009, ""},
	})
}

func TestDepartmentDelete(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, query string
		code        int
		text        string
	}{
		{"id missing", "", 40058, "invalid Request Parameter"},
		{"id empty", "id=", 40058, "invalid Request Parameter"},
		{"id unknown", "id=99", 60123, "invalid party id"},
		{"the root", "id=1", 60007, ""},
		{"with members", "id=7", 60005, "department contains user"},
		{"with sub-departments", "id=20", 60006, "department contains sub-department"},
		{"an empty one", "id=21", 0, "deleted"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, func(s *wecomsim.State) {
				s.Departments = append(s.Departments,
					wecomsim.Department{ID: 20, Name: "a", ParentID: 1}, wecomsim.Department{ID: 21, Name: "b", ParentID: 20})
			})
			a := b.get("department/delete", b.contacts(), row.query)
			if row.code != 0 {
				a.refused(t, row.code, row.text)
				return
			}
			a.success(t, row.text)
			assert.Len(t, b.sim.State().Departments, 8)
		})
	}
}

func TestLineSeparatorsTravelRaw(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(s *wecomsim.State) { s.Departments[1].Name = "a\u2028b\\u2028c\u2029" })
	// Separators as themselves; a backslash stays escaped, and what follows it is no escape.
	assert.Contains(t, b.get("department/get", b.app(), "id=2").Raw, "\"name\":\"a\u2028b\\\\u2028c\u2029\"")
}
