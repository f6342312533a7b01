package wecomsim_test

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

func findMember(t *testing.T, b *bench, userID string) wecomsim.Member {
	t.Helper()
	for _, m := range b.sim.State().Members {
		if m.UserID == userID {
			return m
		}
	}
	require.Fail(t, "no such member", userID)
	return wecomsim.Member{}
}

func TestUserListID(t *testing.T) {
	t.Parallel()
	t.Run("one row per member and department", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		a := b.post("user/list_id", b.contacts(), "", `{"limit":10000}`)
		a.success(t, "ok")
		assert.Len(t, a.Fields["dept_user"], 14)
		assert.Contains(t, a.Raw, `{"userid":"amy.lin","department":2},{"userid":"amy.lin","department":5}`)
		assert.Empty(t, a.Fields["next_cursor"])
	})
	t.Run("limit left out", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		assert.Len(t, b.post("user/list_id", b.contacts(), "", `{}`).Fields["dept_user"], 14)
	})
	t.Run("page by page", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		cursor, rows := "", 0
		for range 3 {
			a := b.post("user/list_id", b.contacts(), "", `{"cursor":"`+cursor+`","limit":5}`)
			a.success(t, "ok")
			rows += len(a.Fields["dept_user"].([]any))
			cursor = a.Fields["next_cursor"].(string)
		}
		assert.Equal(t, 14, rows)
		assert.Empty(t, cursor)
	})
	eachRefusal(t, "user/list_id", (*bench).contacts, []refusal{
		{"forged cursor", `{"cursor":"forged","limit":5}`, 50100, "invalid paging cursor"},
		{"cursor beyond the end", `{"cursor":"ZGVwdF91c2VyOjk5","limit":5}`, 50100, "invalid paging cursor"},
		{"limit 0", `{"limit":0}`, 40058, ""},
		{"limit 10001", `{"limit":10001}`, 40058, ""},
	})
}

func TestUserCreate(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	a := b.post("user/create", b.contacts(), "", `{"userid":"New_1.a-b@x","name":"新人","alias":"N","mobile":"+86 13900000001","department":[2,7],
		"order":[10,0],"position":"Engineer","gender":2,"email":"new@example.com","is_leader_in_dept":[1,0],"direct_leader":["bo.chen"],
		"enable":1,"telephone":"020-555010","address":"Building 4","main_department":7,"to_invite":false,"biz_mail":"new@corp.example",
		"avatar_mediaid":"`+wecomsim.SeedImageMediaID+`","extattr":{"attrs":[]},"external_position":"工程师","nickname":"n"}`)
	assert.Equal(t, `{"errcode":0,"errmsg":"created"}`, a.Raw)
	assert.Equal(t, wecomsim.Member{
		UserID: "New_1.a-b@x", Name: "新人", Alias: "N", Mobile: "+86 13900000001", Department: []int{2, 7}, Order: []int{10, 0},
		Position: "Engineer", Gender: "2", Email: "new@example.com", IsLeaderInDept: []int{1, 0}, DirectLeader: []string{"bo.chen"},
		Telephone: "020-555010", Address: "Building 4", MainDepartment: 7, BizMail: "new@corp.example", AvatarMediaID: wecomsim.SeedImageMediaID,
		ExtAttr: []byte(`{"attrs":[]}`), ExternalPosition: "工程师", Nickname: "n", Status: wecomsim.StatusNotActivated,
	}, findMember(t, b, "New_1.a-b@x"))
}

func TestUserCreateWithoutKnownDepartment(t *testing.T) {
	t.Parallel()
	t.Run("left out goes to the holding department", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.post("user/create", b.contacts(), "", `{"userid":"x1","name":"x","mobile":"139"}`).success(t, "created")
		assert.Equal(t, []int{8}, findMember(t, b, "x1").Department)
		b.post("user/create", b.contacts(), "", `{"userid":"x2","name":"x","mobile":"140","department":[0]}`).success(t, "created")
		assert.Equal(t, []int{8}, findMember(t, b, "x2").Department)
	})
	t.Run("an unknown one is created and reported", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		a := b.post("user/create", b.contacts(), "", `{"userid":"x1","name":"x","mobile":"139","department":[2,8]}`)
		assert.Equal(t, `{"errcode":0,"errmsg":"created","created_department_list":{"department_info":[{"name":"待设置部门8","id":8}]}}`, a.Raw)
		assert.Equal(t, []int{2, 8}, findMember(t, b, "x1").Department)
	})
	t.Run("older texts refuse", func(t *testing.T) {
		t.Parallel()
		b := newBench(t, func(s *wecomsim.State) { s.Rules.RefuseUnknownDepartments, s.Rules.DepartmentRequired = true, true })
		b.post("user/create", b.contacts(), "", `{"userid":"x1","name":"x","mobile":"139","department":[99]}`).refused(t, 60003, "department not found")
		b.post("user/create", b.contacts(), "", `{"userid":"x1","name":"x","mobile":"139"}`).refused(t, 41019, "")
	})
}

func TestUserCreateRefusals(t *testing.T) {
	t.Parallel()
	with := func(fields string) string {
		return `{"userid":"x1","name":"x","mobile":"139","department":[2],` + fields + `}`
	}
	eachRefusal(t, "user/create", (*bench).contacts, []refusal{
		{"userid missing", `{"name":"x","mobile":"139"}`, 41009, ""},
		{"userid of 65 bytes", `{"userid":"` + repeat("x", 65) + `"}`, 40058, "userid exceed max length 64. invalid Request Parameter"},
		{"userid with a blank", `{"userid":"a b"}`, 40003, ""},
		{"userid begins with a dot", `{"userid":".a"}`, 40003, ""},
		{"userid exists but for case", `{"userid":"ZhangSan","name":"x","mobile":"139"}`, 60102, "userid existed"},
		{"name missing", `{"userid":"x1","mobile":"139"}`, 60112, ""},
		{"name of 65 characters", `{"userid":"x1","name":"` + repeat("名", 65) + `","mobile":"139"}`, 60112, ""},
		{"alias of 65 characters", with(`"alias":"` + repeat("x", 65) + `"`), 40058, "alias exceed max length 64. invalid Request Parameter"},
		{"mobile with letters", `{"userid":"x1","name":"x","mobile":"13a"}`, 60103, ""},
		{"mobile of 33 digits", `{"userid":"x1","name":"x","mobile":"` + repeat("1", 33) + `"}`, 60103, ""},
		{"mobile exists", `{"userid":"x1","name":"x","mobile":"+86-138-0000-0002"}`, 60104, "mobile existed:lisi"},
		{"mobile and email missing", `{"userid":"x1","name":"x"}`, 60129, ""},
		{"department a string", `{"userid":"x1","name":"x","mobile":"139","department":"[1, 2]"}`, 40066, "Warning: wrong json format. invalid party list"},
		{"101 departments", `{"userid":"x1","name":"x","mobile":"139","department":[2` + repeat(",2", 100) + `]}`, 60110, ""},
		{"order of another count", with(`"order":[1,2]`), 40035, ""},
		{"order out of range", with(`"order":[-1]`), 40035, ""},
		{"position of 129 characters", with(`"position":"` + repeat("位", 129) + `"`), 301012, ""},
		{"gender 3", with(`"gender":"3"`), 40058, ""},
		{"email without at", with(`"email":"example.com"`), 60105, ""},
		{"email of 5 bytes", with(`"email":"a@b.c"`), 60105, ""},
		{"email exists", with(`"email":"LISI@harbourlights.example"`), 60106, ""},
		{"biz_mail invalid", with(`"biz_mail":"x"`), 60143, ""},
		{"biz_mail of another domain", with(`"biz_mail":"x@elsewhere.example"`), 81015, ""},
		{"biz_mail exists", with(`"biz_mail":"boss@mail.example"`), 60145, ""},
		{"telephone with letters", with(`"telephone":"ext"`), 301013, ""},
		{"leaders of another count", with(`"is_leader_in_dept":[1,0]`), 60132, ""},
		{"leader 2", with(`"is_leader_in_dept":[2]`), 40035, ""},
		{"two direct leaders", with(`"direct_leader":["lisi","bo.chen"]`), 40058, "field `direct_leader` expect array size in [0, 1]. invalid Request Parameter"},
		{"unknown direct leader", with(`"direct_leader":["nobody"]`), 40031, ""},
		{"avatar of a file", with(`"avatar_mediaid":"` + wecomsim.SeedFileMediaID + `"`), 301015, ""},
		{"enable 2", with(`"enable":2`), 40058, ""},
		{"unknown main_department", with(`"main_department":99`), 60003, ""},
		{"address of 129 characters", with(`"address":"` + repeat("址", 129) + `"`), 40058, ""},
	}, func(s *wecomsim.State) {
		s.Corp.MailDomain = "mail.example"
		s.Members[1].BizMail = "boss@mail.example"
	})
}

func TestDirectLeadersOfOlderYears(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(s *wecomsim.State) { s.Rules.DirectLeaders = 5 })
	b.post("user/update", b.contacts(), "", `{"userid":"wangwu","direct_leader":["lisi","bo.chen"]}`).success(t, "updated")
	assert.Len(t, findMember(t, b, "wangwu").DirectLeader, 2)
}

func TestWrongTypesCountAsNotSent(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	before := findMember(t, b, "wangwu")
	b.post("user/update", b.contacts(), "", `{"userid":"wangwu","extattr":"x","position":["x"],"direct_leader":[{}]}`).
		success(t, "updated. Warning: wrong json format. ")
	assert.Equal(t, before, findMember(t, b, "wangwu"))
}

func TestUserCreateAtTheHeadCountLimit(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(s *wecomsim.State) { s.Limits.AccountsInEnterprise = 12 })
	b.post("user/create", b.contacts(), "", `{"userid":"x1","name":"x","mobile":"139"}`).refused(t, 45024, "")
}

func TestUserUpdate(t *testing.T) {
	t.Parallel()
	update := func(t *testing.T, b *bench, body string) {
		t.Helper()
		assert.Equal(t, `{"errcode":0,"errmsg":"updated"}`, b.post("user/update", b.contacts(), "", body).Raw)
	}
	t.Run("fields not sent stay", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		before := findMember(t, b, "amy.lin")
		update(t, b, `{"userid":"AMY.LIN","position":"Lead"}`)
		before.Position = "Lead"
		assert.Equal(t, before, findMember(t, b, "amy.lin"))
	})
	t.Run("an empty string clears", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		update(t, b, `{"userid":"lisi","position":"Lead"}`)
		update(t, b, `{"userid":"lisi","position":"","email":""}`)
		assert.Empty(t, findMember(t, b, "lisi").Position)
		assert.Empty(t, findMember(t, b, "lisi").Email)
	})
	t.Run("department with order", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		update(t, b, `{"userid":"lisi","department":[3],"order":[7]}`)
		m := findMember(t, b, "lisi")
		assert.Equal(t, [][]int{{3}, {7}, {0}, {3}}, [][]int{m.Department, m.Order, m.IsLeaderInDept, {m.MainDepartment}})
	})
	t.Run("order without department has no effect", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		update(t, b, `{"userid":"lisi","order":[7]}`)
		assert.Equal(t, []int{0}, findMember(t, b, "lisi").Order)
	})
	t.Run("mobile is ignored once activated", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		update(t, b, `{"userid":"lisi","mobile":"13900000009"}`)
		assert.Equal(t, "13800000002", findMember(t, b, "lisi").Mobile)
		update(t, b, `{"userid":"wujiu","mobile":"13900000009"}`)
		assert.Equal(t, "13900000009", findMember(t, b, "wujiu").Mobile)
	})
	t.Run("disabled and enabled again", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		for _, id := range []string{"lisi", "wujiu"} {
			was := findMember(t, b, id).Status
			update(t, b, `{"userid":"`+id+`","enable":0}`)
			assert.Equal(t, wecomsim.StatusDisabled, findMember(t, b, id).Status)
			update(t, b, `{"userid":"`+id+`","enable":1}`)
			assert.Equal(t, was, findMember(t, b, id).Status)
		}
	})
	t.Run("new_userid once, everywhere", func(t *testing.T) {
		t.Parallel()
		b := newBench(t, func(s *wecomsim.State) {
			s.Chats[0].UserList, s.Chats[0].Owner = append(s.Chats[0].UserList, "wujiu"), "wujiu"
		})
		update(t, b, `{"userid":"wujiu","new_userid":"wu.jiu"}`)
		assert.Equal(t, "吴九", findMember(t, b, "wu.jiu").Name)
		assert.Equal(t, "wu.jiu", b.sim.State().Chats[0].Owner)
		b.post("user/update", b.contacts(), "", `{"userid":"wu.jiu","new_userid":"wu-jiu"}`).refused(t, 301036, "")
	})
	t.Run("alias mailboxes are overwritten", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		update(t, b, `{"userid":"lisi","biz_mail_alias":{"item":["a1@corp.example","b1@corp.example"]}}`)
		assert.Len(t, findMember(t, b, "lisi").BizMailAlias.Item, 2)
		update(t, b, `{"userid":"lisi","biz_mail_alias":{}}`)
		assert.Empty(t, findMember(t, b, "lisi").BizMailAlias.Item)
	})
}

func TestUserUpdateRefusals(t *testing.T) {
	t.Parallel()
	eachRefusal(t, "user/update", (*bench).contacts, []refusal{
		{"userid missing", `{"name":"x"}`, 41009, ""},
		{"userid unknown", `{"userid":"nobody"}`, 60111, "userid not found"},
		{"name empty", `{"userid":"lisi","name":""}`, 60112, ""},
		{"new_userid for a chosen userid", `{"userid":"lisi","new_userid":"li.si"}`, 301036, ""},
		{"new_userid exists", `{"userid":"wujiu","new_userid":"LISI"}`, 60102, ""},
		{"unknown department", `{"userid":"lisi","department":[99]}`, 60003, ""},
		{"empty department list", `{"userid":"lisi","department":[]}`, 40066, ""},
		{"leaders of another count", `{"userid":"amy.lin","is_leader_in_dept":[1]}`, 60132, ""},
		{"mobile of another member", `{"userid":"wujiu","mobile":"13800000001"}`, 60104, "mobile existed:zhangsan"},
		{"neither mobile nor email", `{"userid":"wujiu","mobile":"","email":""}`, 60129, ""},
		{"six alias mailboxes", `{"userid":"lisi","biz_mail_alias":{"item":["a","b","c","d","e","f"]}}`, 40058, ""},
		{"alias mailbox invalid", `{"userid":"lisi","biz_mail_alias":{"item":["a"]}}`, 60143, ""},
	})
}

func TestUserDelete(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(s *wecomsim.State) { s.Corp.Creator = "bo.chen" })
	assert.Equal(t, `{"errcode":0,"errmsg":"deleted"}`, b.get("user/delete", b.contacts(), "userid="+url.QueryEscape("emily@hl")).Raw)
	b.get("user/delete", b.contacts(), "userid=lisi").success(t, "deleted")
	assert.Equal(t, "zhangsan", b.sim.State().Chats[0].Owner)
	assert.Equal(t, []string{"zhangsan"}, b.sim.State().Tags[0].UserList)
	b.get("user/delete", b.contacts(), "userid=lisi").refused(t, 60111, "userid not found")
	b.get("user/delete", b.contacts(), "").refused(t, 41009, "")
	b.get("user/delete", b.contacts(), "userid=bo.chen").refused(t, 301005, "")
}

func TestUserBatchDelete(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(s *wecomsim.State) { s.Corp.Creator = "bo.chen" })
	b.post("user/batchdelete", b.contacts(), "", `{"useridlist":["lisi","nobody"]}`).refused(t, 40031, "")
	assert.Len(t, b.sim.State().Members, 12)
	b.post("user/batchdelete", b.contacts(), "", `{"useridlist":["lisi","wangwu"]}`).success(t, "deleted")
	assert.Len(t, b.sim.State().Members, 10)
	b.post("user/batchdelete", b.contacts(), "", `{"useridlist":[]}`).refused(t, 40031, "")
	b.post("user/batchdelete", b.contacts(), "", `{"useridlist":["bo.chen"]}`).refused(t, 301005, "")
	b.post("user/batchdelete", b.contacts(), "", `{"useridlist":`+encode(t, ids("u", 201))+`}`).refused(t, 40032, "")
}

func TestUserReads(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	a := b.get("user/get", b.app(), "userid=amy.lin")
	a.success(t, "ok")
	assert.Equal(t, []any{2.0, 5.0}, a.Fields["department"])
	assert.NotContains(t, a.Fields, "mobile") // apps made after June 2022 read no personal details
	b.get("user/get", b.secondApp(), "userid=carol.wu").refused(t, 60011, "")
	b.get("user/get", b.app(), "").refused(t, 41009, "")

	a = b.get("user/simplelist", b.app(), "department_id=2")
	a.success(t, "ok")
	assert.Contains(t, a.Raw, `"userlist":[{"userid":"amy.lin","name":"Amy Lin","department":[2,5],"open_userid":""},{"userid":"bo.chen"`)
	b.get("user/simplelist", b.app(), "department_id=99").refused(t, 60003, "department not found")
	b.get("user/simplelist", b.app(), "").refused(t, 40058, "")
	b.get("user/simplelist", b.secondApp(), "department_id=3").refused(t, 60011, "")
}
