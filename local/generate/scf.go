package main

import (
	"fmt"
	"strings"

	"github.com/wecom-functions/wecom-functions/core/catalog"
	"github.com/wecom-functions/wecom-functions/core/describe"
	"github.com/wecom-functions/wecom-functions/local/generate/marked"
)

// scfSettings are the anchors in functions/scf/serverless.yml of what each kind of action needs.
var scfSettings = map[string]string{
	"application": "*corp_id, *agent_id, *secret, *api_keys",
	"contacts":    "*corp_id, *agent_id, *secret, *contacts_secret, *api_keys",
	"chatbot":     "*chatbot_key, *api_keys",
}

// scf is what functions/scf/serverless.yml repeats of the catalogue: a function for each action.
func scf() []marked.Section {
	var b strings.Builder
	for _, a := range catalog.Actions() {
		name := describe.Function(a.ID)
		fmt.Fprintf(&b, "%s:\n  <<: *function\n  name: %s\n  description: %s\n  environments: [%s, {key: WECOM_ACTION, value: %s}]\n",
			name, name, a.Title, scfSettings[fcTemplate(a)], a.ID)
	}
	return []marked.Section{{Name: "functions", Text: b.String()}}
}
