package caller_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/core/caller"
	"github.com/wecom-functions/wecom-functions/core/fault"
)

const key = "canary-of-an-api-key"

func entry(name, key string) string {
	sum := sha256.Sum256([]byte(key))
	return name + ":" + hex.EncodeToString(sum[:])
}

func keys(t *testing.T, entries ...string) caller.Policy {
	t.Helper()
	policy := caller.Policy{Mode: caller.Keys}
	for _, e := range entries {
		k, err := caller.ParseKey(e)
		require.NoError(t, err)
		policy.Keys = append(policy.Keys, k)
	}
	return policy
}

func TestAuthenticate(t *testing.T) {
	t.Parallel()
	policy := keys(t, entry("ci", key), entry("ops", "another"), entry("empty", ""))
	for _, c := range []struct {
		name   string
		header []string
		want   string // "" for refused
	}{
		{"the right key", []string{"Bearer " + key}, "ci"},
		{"the second key", []string{"Bearer another"}, "ops"},
		{"the scheme in lower case", []string{"bearer " + key}, "ci"},
		{"more blanks than one", []string{"Bearer   " + key + " "}, "ci"},
		{"B101 no header", nil, ""},
		{"B101 an empty header", []string{""}, ""},
		{"B101 a wrong key", []string{"Bearer wrong"}, ""},
		{"B101 the key and more", []string{"Bearer " + key + "x"}, ""},
		{"B101 two headers, both right", []string{"Bearer " + key, "Bearer " + key}, ""},
		{"B101 Bearer and nothing, though a key hashes the empty text", []string{"Bearer "}, ""},
		{"B101 Bearer alone", []string{"Bearer"}, ""},
		{"B101 another scheme", []string{"Basic " + key}, ""},
		{"B101 the key without a scheme", []string{key}, ""},
		{"B101 the hash in place of the key", []string{"Bearer " + strings.TrimPrefix(entry("", key), ":")}, ""},
		{"B102 a token of 20 KB", []string{"Bearer " + strings.Repeat("x", 20<<10)}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			name, err := policy.Authenticate(c.header)
			assert.Equal(t, c.want, name)
			if c.want != "" {
				assert.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, fault.Unauthenticated)
			e := fault.From(err)
			assert.Equal(t, fault.From(refusal(t, policy)), e, "the same body for every refusal")
			assert.NotContains(t, fmt.Sprintf("%+v", e.Problem()), key)
		})
	}
}

func refusal(t *testing.T, policy caller.Policy) error {
	t.Helper()
	_, err := policy.Authenticate([]string{"Bearer something else"})
	return err
}

func TestModes(t *testing.T) {
	t.Parallel()
	for mode, want := range map[caller.Mode]string{caller.Platform: "platform", caller.None: "none"} {
		name, err := caller.Policy{Mode: mode}.Authenticate(nil)
		require.NoError(t, err)
		assert.Equal(t, want, name)
	}
	for _, mode := range []caller.Mode{caller.Undecided, "typo"} {
		_, err := caller.Policy{Mode: mode, Keys: keys(t, entry("ci", key)).Keys}.Authenticate([]string{"Bearer " + key})
		require.ErrorIs(t, err, fault.Unauthenticated, "nobody is let in before it is decided how")
		assert.Contains(t, fault.From(err).Hint, "WECOM_API_KEYS")
	}
	_, err := caller.Policy{Mode: caller.Keys}.Authenticate([]string{"Bearer " + key})
	assert.ErrorIs(t, err, fault.Unauthenticated, "no key, no caller")
}

func TestNobody(t *testing.T) {
	t.Parallel()
	for _, policy := range []caller.Policy{{}, {Mode: caller.Keys}} {
		assert.True(t, policy.Nobody(), policy)
	}
	for _, policy := range []caller.Policy{{Mode: caller.Platform}, {Mode: caller.None}, keys(t, entry("ci", key))} {
		assert.False(t, policy.Nobody(), policy)
	}
}

// B101: that the time does not tell which key matched cannot be measured reliably. What makes it so can be read: the
// loop over the keys compares with crypto/subtle and nothing ends it early.
func TestComparisonTakesTheSameTime(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "caller.go", nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	var loops, compared, early int
	ast.Inspect(file, func(n ast.Node) bool {
		loop, ok := n.(*ast.RangeStmt)
		if !ok {
			return true
		}
		loops++
		ast.Inspect(loop.Body, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ReturnStmt, *ast.BranchStmt:
				early++
			case *ast.SelectorExpr:
				if n.Sel.Name == "ConstantTimeCompare" {
					compared++
				}
			}
			return true
		})
		return true
	})
	assert.Equal(t, []int{1, 1, 0}, []int{loops, compared, early}, "loops, constant-time comparisons, early ends")
}

func TestParseKey(t *testing.T) {
	t.Parallel()
	good := entry("ci", key)
	parsed, err := caller.ParseKey(" " + good + "\n")
	require.NoError(t, err)
	assert.Equal(t, caller.Key{Name: "ci", Hash: sha256.Sum256([]byte(key))}, parsed)
	for name, given := range map[string]string{
		"nothing":                     "",
		"the key itself":              key,
		"the key in place of a hash":  "ci:" + key,
		"no name":                     entry("", key),
		"upper case":                  "ci:" + strings.ToUpper(strings.TrimPrefix(entry("", key), ":")),
		"a digit too few":             good[:len(good)-1],
		"a digit too many":            good + "0",
		"64 characters, not all hex":  good[:len(good)-1] + "g",
		"two hashes":                  good + ":" + strings.TrimPrefix(entry("", key), ":"),
		"64 bytes of other alphabets": "ci:" + strings.Repeat("ß", 32),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parsed, err := caller.ParseKey(given)
			require.Error(t, err)
			assert.Zero(t, parsed)
			for i := 0; i+8 <= len(given); i++ {
				assert.NotContains(t, err.Error(), given[i:i+8], "X4 what was given is never printed")
			}
		})
	}
}

func FuzzParseKey(f *testing.F) {
	f.Add(entry("ci", key))
	f.Add("ci:" + key)
	f.Add(":")
	f.Fuzz(func(t *testing.T, s string) {
		parsed, err := caller.ParseKey(s)
		if err != nil {
			require.Zero(t, parsed)
			return
		}
		require.Equal(t, strings.TrimSpace(s), parsed.Name+":"+hex.EncodeToString(parsed.Hash[:]))
	})
}
