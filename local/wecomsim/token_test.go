package wecomsim_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

func TestGetTokenAnswersAnOpaqueTokenForBothKindsOfSecret(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for secret, kind := range map[string]string{
		wecomsim.SeedContactsSecret: wecomsim.TokenContacts, wecomsim.SeedAppSecret: wecomsim.TokenApp,
	} {
		a := b.get("gettoken", "", "corpid="+wecomsim.SeedCorpID+"&corpsecret="+secret)
		a.success(t, "ok")
		assert.Regexp(t, `^[A-Za-z0-9_-]{214}$`, a.Fields["access_token"])
		assert.InDelta(t, 7200, a.Fields["expires_in"], 0)
		assert.Equal(t, kind, b.lastEntry().TokenKind)
		assert.NotContains(t, b.lastEntry().Query.Encode(), secret)
	}
}

func TestGetTokenChecksInTheObservedOrder(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, query string
		code        int
		text        string
	}{
		{"nothing at all", "", 41004, "corpsecret missing"},
		{"corpsecret empty", "corpid=" + wecomsim.SeedCorpID + "&corpsecret=", 41004, "corpsecret missing"},
		{"corpid missing", "corpsecret=x", 41002, "corpid missing"},
		{"unknown corpid", "corpid=ww0000000000000000&corpsecret=" + wecomsim.SeedAppSecret, 40013, "invalid corpid"},
		{"wrong secret", "corpid=" + wecomsim.SeedCorpID + "&corpsecret=wrong", 40001, "invalid credential"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			newBench(t).get("gettoken", "", row.query).refused(t, row.code, row.text)
		})
	}
}

func TestWrongSecretsBanTheAddressForAnHour(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(s *wecomsim.State) { s.Limits.WrongSecretsPerHour = 2 })
	wrong, right := "corpid="+wecomsim.SeedCorpID+"&corpsecret=wrong", "corpid="+wecomsim.SeedCorpID+"&corpsecret="+wecomsim.SeedAppSecret
	b.get("gettoken", "", wrong).refused(t, 40001, "")
	b.get("gettoken", "", wrong).refused(t, 40001, "")
	b.get("gettoken", "", wrong).refused(t, 45009, "api freq out of limit")
	b.get("gettoken", "", right).refused(t, 45009, "api freq out of limit")
	b.sim.Clock().Advance(time.Hour)
	b.get("gettoken", "", right).success(t, "ok")
}

func TestTokens(t *testing.T) {
	t.Parallel()
	list := func(b *bench, token string) answer { return b.get("department/simplelist", token, "") }
	t.Run("missing", func(t *testing.T) {
		t.Parallel()
		list(newBench(t), "").refused(t, 41001, "access_token missing")
	})
	t.Run("in the body or a header is missing", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.post("user/list_id", "", "", `{"access_token":"`+b.contacts()+`","limit":10}`).refused(t, 41001, "access_token missing")
	})
	t.Run("garbage is refused bare", func(t *testing.T) {
		t.Parallel()
		a := list(newBench(t), "garbage")
		assert.Equal(t, `{"errcode":40014,"errmsg":"invalid access_token","department_id":[]}`, a.Raw)
	})
	t.Run("comes before parameters", func(t *testing.T) {
		t.Parallel()
		newBench(t).post("department/create", "garbage", "", "").refused(t, 40014, "")
	})
	t.Run("lives two hours", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		token := b.contacts()
		b.sim.Clock().Advance(2*time.Hour - time.Second)
		list(b, token).success(t, "ok")
		b.sim.Clock().Advance(time.Second)
		a := list(b, token)
		a.refused(t, 42001, "access_token expired")
		assert.Contains(t, a.Errmsg, ", hint: [")
		list(b, b.contacts()).success(t, "ok")
	})
	t.Run("expired and revoked by the test", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		token := b.contacts()
		b.sim.ExpireTokens()
		list(b, token).refused(t, 42001, "")
		fresh := b.contacts()
		b.sim.RevokeTokens()
		list(b, fresh).refused(t, 40014, "invalid access_token")
		list(b, b.contacts()).success(t, "ok")
	})
	t.Run("of an app that is disabled or removed", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		token := b.app()
		state := b.sim.State()
		state.Agents[0].Disabled = true
		b.sim.SetState(state)
		list(b, token).refused(t, 50003, "")
		b.get("gettoken", "", "corpid="+wecomsim.SeedCorpID+"&corpsecret="+wecomsim.SeedAppSecret).refused(t, 40001, "")
		state.Agents = state.Agents[1:]
		b.sim.SetState(state)
		list(b, token).refused(t, 40014, "")
	})
}

func TestRightsOfTheTwoKindsOfToken(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	contacts, app := b.contacts(), b.app()
	for _, path := range []string{"department/create", "department/update", "user/list_id", "user/create", "user/update", "user/batchdelete"} {
		b.post(path, app, "", `{}`).refused(t, 48002, "api forbidden")
	}
	for _, path := range []string{"department/delete", "user/delete"} {
		b.get(path, app, "").refused(t, 48002, "api forbidden")
	}
	for _, path := range []string{"message/send", "message/recall", "appchat/create", "appchat/update", "appchat/send"} {
		b.post(path, contacts, "", `{}`).refused(t, 48002, "api forbidden")
	}
	b.get("appchat/get", contacts, "").refused(t, 48002, "api forbidden")
	for _, path := range []string{"department/list", "department/get", "user/get", "user/simplelist"} {
		b.get(path, contacts, "").refused(t, 48009, "")
	}
}

func TestContactSyncReadsDetailsFromAnOldAddress(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(s *wecomsim.State) { s.ContactSync.OldIPs = []string{"127.0.0.1"} })
	a := b.get("user/get", b.contacts(), "userid=ZhangSan")
	a.success(t, "ok")
	assert.Equal(t, "zhangsan", a.Fields["userid"])
	assert.Equal(t, "13800000001", a.Fields["mobile"])
	assert.Equal(t, "0", a.Fields["gender"])
}

func TestTrustedAddresses(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(s *wecomsim.State) {
		s.Agents[0].TrustedIPs = []string{"203.0.113.9"}
		s.ContactSync.TrustedIPs = []string{"127.0.0.1"}
	})
	a := b.get("department/simplelist", b.app(), "") // gettoken itself works from everywhere
	a.refused(t, 60020, "not allow to access from your ip")
	assert.Contains(t, a.Errmsg, ", from ip: 127.0.0.1, ")
	b.post("message/send", b.app(), "", "").refused(t, 60020, "")
	b.get("department/simplelist", b.contacts(), "").success(t, "ok")
}

func TestBasicFrequencyLimitBlocksOneMinute(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(s *wecomsim.State) { s.Limits.APIPerMinute = 3 })
	token := b.contacts()
	for range 3 {
		b.get("department/simplelist", token, "").success(t, "ok")
	}
	b.get("department/simplelist", token, "").refused(t, 45009, "api freq out of limit")
	b.post("user/list_id", token, "", `{"limit":1}`).success(t, "ok") // another API has a window of its own
	b.sim.Clock().Advance(59 * time.Second)
	b.get("department/simplelist", token, "").refused(t, 45009, "")
	b.sim.Clock().Advance(time.Second)
	b.get("department/simplelist", token, "").success(t, "ok")
}

func TestBasicFrequencyLimitByTheHour(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(s *wecomsim.State) { s.Limits.APIPerHour = 1 })
	token := b.contacts()
	b.get("department/simplelist", token, "").success(t, "ok")
	b.get("department/simplelist", token, "").refused(t, 45009, "")
	b.sim.Clock().Advance(59 * time.Minute)
	b.get("department/simplelist", token, "").refused(t, 45009, "")
	b.sim.Clock().Advance(time.Minute)
	b.get("department/simplelist", token, "").success(t, "ok")
}

func TestAnswersOnTheWire(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	t.Run("an unknown path is 404 without body", func(t *testing.T) {
		t.Parallel()
		a := b.get("department/all", b.contacts(), "")
		assert.Equal(t, 404, a.Status)
		assert.Empty(t, a.Raw)
	})
	t.Run("a refusal has a hint, headers and empty containers", func(t *testing.T) {
		t.Parallel()
		a := b.post("user/list_id", b.app(), "", `{}`)
		assert.Regexp(t, `^\{"errcode":48002,"errmsg":"api forbidden, hint: \[`+strconv.FormatInt(noon.Unix(), 10)+
			`[0-9]{15}\], from ip: 127\.0\.0\.1, more info at https://open\.work\.weixin\.qq\.com/devtool/query\?e=48002","dept_user":\[\]\}$`, a.Raw)
		assert.Equal(t, "48002", a.Header.Get("Error-Code"))
		assert.Equal(t, a.Errmsg, a.Header.Get("Error-Msg"))
		assert.Equal(t, "application/json; charset=UTF-8", a.Header.Get("Content-Type"))
		assert.Equal(t, strconv.Itoa(len(a.Raw)), a.Header.Get("Content-Length"))
	})
	t.Run("member lists are empty on errors", func(t *testing.T) {
		t.Parallel()
		a := b.get("user/get", b.app(), "userid=nobody")
		a.refused(t, 60111, "userid not found")
		for _, key := range []string{"department", "order", "is_leader_in_dept", "direct_leader"} {
			assert.Equal(t, []any{}, a.Fields[key])
		}
	})
	t.Run("text is raw UTF-8", func(t *testing.T) {
		t.Parallel()
		a := b.get("department/get", b.app(), "id=4")
		a.success(t, "ok")
		assert.Contains(t, a.Raw, `"name":"行政人事部","name_en":"HR & Admin"`)
	})
	t.Run("a wrong method is 40058", func(t *testing.T) {
		t.Parallel()
		b.get("message/send", b.app(), "").refused(t, 40058, "invalid Request Parameter")
		b.post("department/delete", b.contacts(), "id=7", "").refused(t, 40058, "")
	})
	t.Run("a body that is too large is 40206", func(t *testing.T) {
		t.Parallel()
		b.send(`{"touser":"lisi","x":"`+repeat("x", 9<<20)+`"}`).refused(t, 40206, "")
	})
}

func TestConcurrentCalls(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	token := b.app()
	t.Run("clients", func(t *testing.T) {
		for i := range 8 {
			t.Run(strconv.Itoa(i), func(t *testing.T) {
				t.Parallel()
				client := bench{t: t, sim: b.sim}
				for range 20 {
					client.post("message/send", token, "", `{"touser":"bo.chen","msgtype":"text","agentid":1000002,"text":{"content":"x"}}`).success(t, "ok")
					_ = b.sim.State()
					_ = b.inbox()
				}
			})
		}
	})
	require.Len(t, b.inbox(), 30) // the quota of one member and minute
	assert.Len(t, b.sim.Journal(), 161)
}
