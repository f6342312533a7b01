package env_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/adapters/env"
)

var variable = regexp.MustCompile(`(?m)^  ([A-Z_<>]+)  `)

// tableVariables lists the variables that the table gives a line to, for the connection "default".
func tableVariables() []string {
	var names []string
	for _, line := range variable.FindAllStringSubmatch(env.Table(), -1) {
		names = append(names, strings.ReplaceAll(line[1], "<NAME>", "DEFAULT"))
	}
	return names
}

func TestTableListsWhatIsRead(t *testing.T) {
	names := tableVariables()
	assert.Subset(t, names, []string{"WECOM_CONNECTIONS", "WECOM_DEFAULT_CONTACTS_SECRET_FILE", "WECOM_LOG_LEVEL", "HOST", "PORT"})
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			all := application(vars{name: "\x01/"})
			if strings.HasSuffix(name, "_DESCRIPTION") {
				assert.Equal(t, "\x01/", mustLoad(t, all).Settings.Connections[0].Description)
				return
			}
			problems := strings.Join(loadProblems(t, all), "\n")
			assert.Contains(t, problems, name+" ", "it is read, since it is found to be wrong")
			assert.NotContains(t, problems, name+" is unknown")
		})
	}
}

func TestReservedNamesAreThoseOfGlobalSettings(t *testing.T) {
	for _, name := range tableVariables() {
		word, global := strings.CutPrefix(name, "WECOM_")
		if !global || strings.HasPrefix(word, "DEFAULT_") {
			continue
		}
		word, _, _ = strings.Cut(strings.ToLower(word), "_")
		problems := loadProblems(t, vars{"WECOM_CONNECTIONS": word})
		require.NotEmpty(t, problems)
		assert.Contains(t, problems[0], "WECOM_CONNECTIONS has a reserved name, item 1", "a connection called %s", word)
	}
}

func TestMarkdown(t *testing.T) {
	rows := strings.Split(env.Markdown(), "\n")
	assert.Equal(t, []string{"| Variable | Default | Meaning |", "| --- | --- | --- |"}, rows[:2])
	table := strings.Join(rows, "\n")
	for _, name := range tableVariables() {
		assert.Contains(t, table, "`"+strings.Replace(name, "_DEFAULT_", "_<NAME>_", 1)+"`")
	}
	for _, row := range rows {
		if strings.HasPrefix(row, "|") {
			assert.Equal(t, 4, strings.Count(row, "|"), row)
		}
	}
}
