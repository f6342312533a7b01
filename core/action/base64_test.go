package action_test

import (
	"encoding/base64"
	"encoding/json"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/fault"
)

// upload has bytes, a link that is secret, and a rule between them.
type upload struct {
	Name string
	Data []byte
	Link string
}

func (u *upload) Bind(f *action.Fields) {
	f.String("name", &u.Name).RequiredUnless("link", "data").Bytes(1, 8).Is(lower)
	f.Base64("data", &u.Data).RequiredUnless("link").Bytes(2, 4<<20)
	f.String("link", &u.Link).Secret().Is(lower)
}

func TestBase64(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("0123456789", 1000)
	encoded := base64.StdEncoding.EncodeToString([]byte(long))
	lines := strings.Join(strings.SplitAfter(encoded, "M"), `\r\n`)
	for _, c := range []struct {
		name, json, want string
		rule             fault.Rule
	}{
		{"plain", `"aGk="`, "hi", ""},
		{"without padding where none is needed", `"aGV5"`, "hey", ""},
		{"with both letters of the alphabet that are none", `"+/+/"`, "\xfb\xff\xbf", ""},
		{"white space", `" aG\tk\r\n= "`, "hi", ""},
		{"escaped slashes, as PHP has them", `"+\/+\/"`, "\xfb\xff\xbf", ""},
		{"escaped pluses, as .NET has them", `"\u002B/\u002b\/"`, "\xfb\xff\xbf", ""},
		{"a data URL", `"data:text/plain;base64,aGk="`, "hi", ""},
		{"a data URL with an escaped slash", `"data:image\/png;base64,aGk="`, "hi", ""},
		{"a data URL with parameters", `" data:text/plain;charset=utf-8;base64, aGk="`, "hi", ""},
		{"long", `"` + encoded + `"`, long, ""},
		{"long, in lines", `"` + lines + `"`, long, ""},
		{"long, with white space at the end", `"` + encoded + ` \n"`, long, ""},
		{"empty", `""`, "", fault.RuleRequired},
		{"null", `null`, "", fault.RuleRequired},
		{"white space alone", `" \n"`, "", fault.RuleBytes},
		{"a data URL of nothing", `"data:text/plain;base64,"`, "", fault.RuleBytes},
		{"too short", `"aA=="`, "", fault.RuleBytes},
		{"a data URL that is not base64", `"data:text/plain,hi"`, "", fault.RuleFormat},
		{"no padding", `"aGk"`, "", fault.RuleFormat},
		{"padding in the middle", `"aGk=aGk="`, "", fault.RuleFormat},
		{"padding in the middle of a long one", `"` + encoded[:4092] + "aGk=" + encoded + ` "`, "", fault.RuleFormat},
		{"too much padding", `"aGk=="`, "", fault.RuleFormat},
		{"the URL-safe alphabet", `"-_-_"`, "", fault.RuleFormat},
		{"odd bits", `"aGl="`, "", fault.RuleFormat},
		{"another character", `"aG!="`, "", fault.RuleFormat},
		{"an escape of another character", `"aG\u4f60="`, "", fault.RuleFormat},
		{"a quote", `"aG\"="`, "", fault.RuleFormat},
		{"a Chinese character", `"你好"`, "", fault.RuleFormat},
		{"a number", `7`, "", fault.RuleType},
		{"a list", `["aGk="]`, "", fault.RuleType},
		{"true", `true`, "", fault.RuleType},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var in upload
			report := action.Decode(&in, []byte(`{"name":"x","data":`+c.json+`}`))
			if c.rule == "" {
				require.Empty(t, report.Violations)
				assert.Equal(t, c.want, string(in.Data))
				return
			}
			require.Len(t, report.Violations, 1)
			assert.Equal(t, "/data", report.Violations[0].Field)
			assert.Equal(t, c.rule, report.Violations[0].Rule)
		})
	}
	for name, broken := range map[string]string{
		"cut off": `{"data":"aGk=`, "a control character": "{\"data\":\"aG\nk=\"}", "half an escape": `{"data":"aG\u00"}`, "an unknown escape": `{"data":"aG\x"}`,
	} {
		report := action.Decode(&upload{}, []byte(broken))
		require.Len(t, report.Violations, 1, name)
		assert.Equal(t, fault.RuleFormat, report.Violations[0].Rule, name)
		assert.Empty(t, report.Violations[0].Field, name)
	}
	report := action.Decode(&upload{}, []byte(`{"name":"x","data":"aGk=","data":"aGk="}`))
	require.Len(t, report.Violations, 1)
	assert.Equal(t, fault.RuleDuplicate, report.Violations[0].Rule)
}

// Twenty megabytes are decoded next to their text, and nothing besides.
func TestBase64TakesNoMoreMemoryThanItsBytes(t *testing.T) {
	const size = 3 << 20
	input, err := json.Marshal(map[string]any{"name": "x", "data": make([]byte, size)})
	require.NoError(t, err)
	for name, input := range map[string][]byte{"plain": input, "escaped": []byte(strings.Replace(string(input), "AAAA", `\u0041AAA`, 1))} {
		var in upload
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		report := action.Decode(&in, input)
		runtime.ReadMemStats(&after)
		require.Empty(t, report.Violations)
		assert.Len(t, in.Data, size, name)
		assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(size*5/4), name)
	}
}

func TestASecretIsShownInNoViolation(t *testing.T) {
	t.Parallel()
	for _, value := range []string{`"CANARY"`, `"canary\n"`, `12345678`, `{"canary":1}`, `["canary"]`} {
		report := action.Decode(&upload{}, []byte(`{"link":`+value+`}`))
		shown, err := json.Marshal(report)
		require.NoError(t, err)
		require.NotEmpty(t, report.Violations, value)
		assert.NotContains(t, strings.ToLower(string(shown)), "canary")
		assert.NotContains(t, string(shown), "12345678")
	}
}

func TestRequiredUnlessOneOfSeveralIsGiven(t *testing.T) {
	t.Parallel()
	for input, want := range map[string]string{
		`{"link":"x"}`: "", `{"data":"aGk="}`: "", `{"name":"x","link":"y"}`: "",
		`{"name":"x"}`: "data or link is required.", `{"link":"X"}`: "link must be lower-case letters.",
	} {
		report := action.Decode(&upload{}, []byte(input))
		if want == "" {
			assert.Empty(t, report.Violations, input)
			continue
		}
		require.Len(t, report.Violations, 1, input)
		assert.Equal(t, want, report.Violations[0].Detail)
	}
}

func TestWhatCameBesideTheJSON(t *testing.T) {
	t.Parallel()
	form := action.NewForm(&upload{})
	form.Supply("name", "x")
	form.SupplyUnread("data")
	assert.Empty(t, form.Decode([]byte(`{}`)).Violations)
	assert.Equal(t, "x", form.Input.(*upload).Name)

	form.Clear()
	assert.Len(t, form.Decode([]byte(`{}`)).Violations, 2, "nothing of it is left")

	form.Clear()
	form.Supply("name", "NAME")
	form.SupplyUnread("data")
	report := form.Decode([]byte(`{}`))
	require.Len(t, report.Violations, 1)
	assert.Equal(t, fault.RuleFormat, report.Violations[0].Rule, "rules are rules")

	form.Clear()
	form.Supply("name", "x")
	form.SupplyUnread("data")
	report = form.Decode([]byte(`{"name":"y","data":"aGk="}`))
	require.Len(t, report.Violations, 2)
	assert.Equal(t, fault.RuleDuplicate, report.Violations[0].Rule)
	assert.Equal(t, fault.RuleDuplicate, report.Violations[1].Rule)
}

// Whatever stands in it, a string of base64 is decoded as encoding/json and encoding/base64 together would.
func FuzzBase64(f *testing.F) {
	for _, seed := range []string{"aGk=", "+/+/", `\u002B`, " aG k=\n", "data:x;base64,aGk=", "aGk=aGk=", "=", "你", `\`, `"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var in upload
		report := action.Decode(&in, []byte(`{"name":"x","data":"`+text+`"}`))
		var said struct{ Name, Data, Link string }
		if json.Unmarshal([]byte(`{"name":"x","data":"`+text+`"}`), &said) != nil || len(report.Violations) > 0 {
			return
		}
		if said.Data == "" || strings.Contains(said.Data, ",") || said.Link != "" {
			return
		}
		want, err := base64.StdEncoding.Strict().DecodeString(strings.NewReplacer(" ", "", "\t", "", "\r", "", "\n", "").Replace(said.Data))
		require.NoError(t, err)
		assert.Equal(t, want, in.Data)
	})
}
