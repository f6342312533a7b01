package wecom_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

// classified is what each errcode of WeCom's documents must become, by kind.
var classified = map[fault.Kind][]int64{
	fault.ConnectionRejected: {
		40001, 40013, 40014, 40091, 41001, 41002, 41004, 41024, 42001, 45031, 50003, 50006, 60031, 301007, // credentials and token
		48001, 48002, 48004, 48005, 48006, 48008, 48009, 50002, 60011, 60020, 60021, 60030, 301002, // permission, scope, address
		40056, 86008, 86101, 93000, 93004, 93008,
	},
	fault.InvalidInput: {
		40033, 40035, 40058, 40063, 40203, 40206, 41009, 41010, 41011, 41016, 41033, 45029, 45034, 50100, // format
		60001, 60009, 60010, 60125, // departments
		40031, 40032, 41019, 60127, 60103, 60105, 60110, 60112, 60129, 60132, 60141, 60143, 81015, // members
		90100, 90101, 90102, 90103, 90104, 90105, 90106, 301012, 301013, 301014, 301015,
		40008, 40039, 40074, 40201, 40204, 44004, 45002, 45008, 45032, 82001, 82002, 82003, 82004, 85002, // messages
		86004, 86005, 86006, 86007, 86201, 86202, 86203, 86204, 86205, 86206, 86207, 86216, 86217, 86220, // chats
		93006, 44001, 40009, 301019, 40123, // chatbots
		40004, 40005, 40006, 40011, 41006, 45001, 45007, 301016, 301017, // media
	},
	fault.NotFound: {
		60003, 60004, 60123, 60124, 40066, 40003, 46004, 60111, 301021, 40007, 81012, 81013, 40050, 86001, 86003,
	},
	fault.Conflict: {
		60005, 60006, 60007, 42052, 49008, 45026, 301005, 301036, 60144, // states
		60008, 60102, 60104, 60106, 60142, 60145, 86215, // exists already
		81001, 81002, 45024, // room
	},
	fault.RateLimited: {45009, 45033, 45035},
	fault.Unavailable: {-1, 6000, 81026, 301022},
}

func TestErrcodeKinds(t *testing.T) {
	t.Parallel()
	listed := map[int64]bool{}
	for kind, codes := range classified {
		for _, code := range codes {
			t.Run(fmt.Sprintf("F42 %d is %s", code, kind), func(t *testing.T) {
				t.Parallel()
				e := wecom.Refusal("message/send", code, "text of WeCom")
				requireFault(t, e, kind, e.Reason)
				assert.NotEmpty(t, e.Reason)
				assert.Equal(t, &fault.WeCom{Errcode: code, Errmsg: "text of WeCom"}, e.WeCom)
				assert.Contains(t, e.Detail, fmt.Sprintf("(errcode %d)", code))
			})
			require.False(t, listed[code], "%d is listed twice", code)
			listed[code] = true
		}
	}
	t.Run("nothing is missing", func(t *testing.T) {
		t.Parallel()
		known := wecom.KnownErrcodes()
		for code := range listed {
			assert.Contains(t, known, code)
		}
	})
}

func TestErrcodesAreSorted(t *testing.T) {
	t.Parallel()
	known := wecom.KnownErrcodes()
	assert.True(t, slices.IsSorted(known), "or the binary search misses some")
	assert.Len(t, slices.Compact(slices.Clone(known)), len(known), "and none stands twice")
	for _, code := range known {
		assert.NotEqual(t, fault.Internal, wecom.Refusal("x", code, "").Kind, "%d is found", code)
	}
}

func TestErrcodesDependOnTheCall(t *testing.T) {
	t.Parallel()
	assert.Equal(t, fault.InvalidInput, wecom.Refusal("user/create", 40003, "").Kind)
	assert.Equal(t, fault.NotFound, wecom.Refusal("user/delete", 40003, "").Kind)
	assert.Equal(t, fault.NotFound, wecom.Refusal("user/create", 40066, "invalid party list").Kind)
	assert.Equal(t, fault.InvalidInput, wecom.Refusal("user/create", 40066, "x, Warning: wrong json format. ").Kind)
}

func TestUnknownErrcode(t *testing.T) {
	t.Parallel()
	for _, code := range []int64{1, 67203, 130101, 2147483647, -40014, 1 << 40} {
		e := wecom.Refusal("message/send", code, "daily quota")
		assert.Equal(t, fault.Internal, e.Kind)
		assert.Equal(t, code, e.WeCom.Errcode, "kept")
		assert.NotEmpty(t, e.Hint)
		assert.False(t, e.Retryable())
	}
}

// hints are words that the hint of an errcode must have.
var hints = []struct {
	codes []int64
	words []string
}{
	{[]int64{40001, 40091}, []string{"secret", "corp id", "reset"}},
	{[]int64{40013}, []string{"corp id", "My company", "Company information"}},
	{[]int64{40056, 301002}, []string{"agentid", "secret"}},
	{[]int64{40058}, []string{"field", "recall"}},
	{[]int64{40035, 40063}, []string{"field"}},
	{[]int64{40066, 60003, 60123, 60004, 60124}, []string{"department", "not exist", "visible"}},
	{[]int64{60111, 46004, 40003}, []string{"member", "not exist", "visible"}},
	{[]int64{48002}, []string{"contact-sync", "group chats", "root department"}},
	{[]int64{60011, 50002}, []string{"Widen", "visible range"}},
	{[]int64{60020}, []string{"trusted IP", "NAT", "egress"}},
	{[]int64{60102, 60008, 60104, 60106, 86215}, []string{""}},
	{[]int64{60005, 60006, 60007, 60010}, []string{""}},
	{[]int64{81013, 81012}, []string{"recipients"}},
	{[]int64{82001}, []string{"touser"}},
	{[]int64{40007}, []string{"three days", "endpoint", "chatbot"}},
	{[]int64{86001, 86003, 40050, 86008, 86216, 86006, 86207}, []string{"chatid", "owner", "members", "app"}},
	{[]int64{93000, 93004, 93008}, []string{"webhook key", "removed", "disabled"}},
	{[]int64{45009}, []string{"Wait", "minute"}},
	{[]int64{45033}, []string{"Wait", "second"}},
	{[]int64{-1}, []string{"Wait", "three"}},
	{[]int64{6000}, []string{"Wait", "second"}},
	{[]int64{45002, 45008, 40039, 45032, 44004, 41033, 41016}, []string{"long", "missing"}},
	{[]int64{40033}, []string{"characters"}},
	{[]int64{45024, 81001, 81002}, []string{"limit", "company"}},
	{[]int64{85002}, []string{"wording", "blocked"}},
}

func TestHints(t *testing.T) {
	t.Parallel()
	for _, row := range hints {
		for _, code := range row.codes {
			t.Run(fmt.Sprintf("I3 %d", code), func(t *testing.T) {
				t.Parallel()
				e := wecom.Refusal("message/send", code, "")
				require.NotEmpty(t, e.Hint)
				for _, word := range row.words {
					assert.Contains(t, e.Hint, word)
				}
			})
		}
	}
	for code, wait := range map[int64]time.Duration{45009: time.Minute, 45033: time.Second, 45035: time.Second, -1: time.Second, 6000: time.Second} {
		assert.Equal(t, wait, wecom.Refusal("message/send", code, "").RetryAfter, "%d says how long", code)
	}
}
