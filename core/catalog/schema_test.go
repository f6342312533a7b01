package catalog_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/core/action"
	"github.com/wecom-functions/wecom-functions/core/catalog"
	"github.com/wecom-functions/wecom-functions/core/describe"
	"github.com/wecom-functions/wecom-functions/core/rawjson"
)

var updateSchemas = flag.Bool("update", false, "write the schemas in testdata anew")

// The public face of an action is its schemas; a change of one shows in a review as a change of its file.
func TestSchemasAreThoseInTestdata(t *testing.T) {
	t.Parallel()
	for _, a := range catalog.Actions() {
		t.Run(a.ID, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join("testdata", a.ID+".json")
			have := golden(t, a)
			if *updateSchemas {
				require.NoError(t, os.MkdirAll("testdata", 0o755))
				require.NoError(t, os.WriteFile(file, have, 0o644))
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err, "go test ./core/catalog -update writes it")
			if line, was, is := firstDifference(string(want), string(have)); line > 0 {
				t.Errorf("%s, line %d:\n  is   %s\n  was  %s\ngo test ./core/catalog -update writes it anew", file, line, is, was)
			}
		})
	}
}

func TestTestdataHasOneFileForEachAction(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("testdata", "*.json"))
	require.NoError(t, err)
	var ids []string
	for _, file := range files {
		ids = append(ids, strings.TrimSuffix(filepath.Base(file), ".json"))
	}
	assert.ElementsMatch(t, catalog.IDs(), ids)
}

// firstDifference finds the first line that differs, counted from 1; 0 if none does.
func firstDifference(want, have string) (line int, was, is string) {
	wanted, had := strings.Split(want, "\n"), strings.Split(have, "\n")
	for i := range max(len(wanted), len(had)) {
		was, is = "(nothing)", "(nothing)"
		if i < len(wanted) {
			was = wanted[i]
		}
		if i < len(had) {
			is = had[i]
		}
		if was != is {
			return i + 1, was, is
		}
	}
	return 0, "", ""
}

func golden(t *testing.T, a *catalog.Action) []byte {
	t.Helper()
	raw, err := rawjson.Marshal(struct {
		ID     string           `json:"id"`
		Input  *describe.Schema `json:"input"`
		Output *describe.Schema `json:"output"`
	}{a.ID, describe.InputSchema(a.New()), describe.OutputSchema(a.Output)})
	require.NoError(t, err)
	var indented bytes.Buffer
	require.NoError(t, json.Indent(&indented, raw, "", "  "))
	return append(indented.Bytes(), '\n')
}

func TestEverySchemaIsWellMade(t *testing.T) {
	t.Parallel()
	for _, a := range catalog.Actions() {
		t.Run(a.ID, func(t *testing.T) {
			t.Parallel()
			checkSchema(t, "input", describe.InputSchema(a.New()), true)
			checkSchema(t, "output", describe.OutputSchema(a.Output), false)
		})
	}
}

// checkSchema checks what a validator of schemas does not: that the parts fit each other and people are told enough.
func checkSchema(t *testing.T, at string, s *describe.Schema, input bool) {
	t.Helper()
	switch s.Type {
	case "object":
		checkObject(t, at, s, input)
	case "array":
		require.NotNil(t, s.Items, at)
		checkSchema(t, at+"[]", s.Items, input)
	default:
		assert.Contains(t, []string{"string", "integer", "boolean"}, s.Type, at)
	}
	_, err := regexp.Compile(s.Pattern)
	require.NoError(t, err, at)
	if s.Minimum != nil {
		assert.Less(t, *s.Minimum, *s.Maximum, at)
	}
	if s.MaxLength > 0 {
		assert.LessOrEqual(t, s.MinLength, s.MaxLength, at)
	}
	if s.MaxItems > 0 {
		assert.LessOrEqual(t, s.MinItems, s.MaxItems, at)
	}
	if s.MaxBytes > 0 {
		assert.Contains(t, s.Description, "byte", at)
	}
	if s.Truncate {
		assert.Zero(t, s.MaxLength, at)
		assert.Contains(t, s.Description, " is cut.", at)
	}
}

func checkObject(t *testing.T, at string, s *describe.Schema, input bool) {
	t.Helper()
	if input {
		require.NotNil(t, s.AdditionalProperties, at)
		assert.False(t, *s.AdditionalProperties, at)
	}
	var names []string
	for _, property := range *s.Properties {
		here := at + "." + property.Name
		assert.NotContains(t, names, property.Name, at)
		names = append(names, property.Name)
		assert.NotEmpty(t, property.Schema.Description, here)
		if input {
			assert.NotEmpty(t, property.Schema.Title, here)
		}
		checkSchema(t, here, property.Schema, input)
	}
	for _, rule := range append([]*describe.Schema{s, s.Not}, slices.Concat(s.AllOf, s.AnyOf)...) {
		assert.Subset(t, names, named(rule), at)
	}
}

// named lists the properties that a rule names, and those that its alternatives name.
func named(rule *describe.Schema) []string {
	if rule == nil {
		return nil
	}
	names := slices.Clone(rule.Required)
	for dependent, on := range rule.DependentRequired {
		names = append(append(names, dependent), on...)
	}
	for _, alternative := range append(slices.Concat(rule.AnyOf, rule.AllOf), rule.Not) {
		names = append(names, named(alternative)...)
	}
	return names
}

// instance is a JSON value, and whether a schema is to accept it.
type instance struct {
	Name   string          `json:"name"`
	Value  json.RawMessage `json:"value"`
	Accept bool            `json:"accept"`
}

type judged struct {
	Schema    *describe.Schema `json:"schema"`
	Instances []instance       `json:"instances"`
}

// A foreign validator must find the schemas valid, and must accept and refuse the same inputs as the decoder.
func TestAnotherValidatorAgreesWithTheDecoder(t *testing.T) {
	t.Parallel()
	if err := exec.CommandContext(t.Context(), "python3", "-c", "import jsonschema").Run(); err != nil {
		t.Skip("NOT CHECKED: python3 with the module jsonschema is not here, so no foreign validator has read the schemas")
	}
	var all []judged
	for _, a := range catalog.Actions() {
		input, output := judged{Schema: describe.InputSchema(a.New())}, judged{Schema: describe.OutputSchema(a.Output)}
		for _, example := range a.Examples {
			input.Instances = append(input.Instances, variants(t, a, example.Input)...)
			output.Instances = append(output.Instances, instance{a.ID + " answers the example", json.RawMessage(example.Output), true})
		}
		all = append(all, input, output)
	}
	stdin, err := json.Marshal(all)
	require.NoError(t, err)
	python := exec.CommandContext(t.Context(), "python3", "-W", "ignore", filepath.Join("testdata", "validate.py"))
	python.Stdin = bytes.NewReader(stdin)
	said, err := python.CombinedOutput()
	require.NoError(t, err, string(said))
}

// variants are an input, and what becomes of it without each of its keys, with a foreign key, and with a key of another
// type; each with the decoder's own verdict.
func variants(t *testing.T, a *catalog.Action, input string) []instance {
	t.Helper()
	var whole map[string]any
	require.NoError(t, json.Unmarshal([]byte(input), &whole))
	list := []instance{judge(t, a, "the example", whole), judge(t, a, "nothing", map[string]any{})}
	for key := range whole {
		without := maps.Clone(whole)
		delete(without, key)
		list = append(list, judge(t, a, "no "+key, without))
		retyped := maps.Clone(whole)
		retyped[key] = map[string]any{"another": "type"}
		list = append(list, judge(t, a, key+" is an object", retyped))
	}
	foreign := maps.Clone(whole)
	foreign["foreign"] = 1
	return append(list, judge(t, a, "a foreign key", foreign))
}

func judge(t *testing.T, a *catalog.Action, name string, input map[string]any) instance {
	t.Helper()
	value, err := json.Marshal(input)
	require.NoError(t, err)
	report := action.Decode(a.New(), value)
	return instance{fmt.Sprintf("%s: %s", a.ID, name), value, len(report.Violations) == 0}
}
