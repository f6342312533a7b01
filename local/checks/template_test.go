package checks_test

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/catalog"
	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/core/describe"
	"github.com/wecom-functions/wecom-functions/core/wecom"
	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

// These tests read template.yaml as text; make check-template, which needs programs, reads it as CloudFormation does.

// resources are the blocks of the template's resources by their logical ids.
func resources(t *testing.T) map[string]string {
	t.Helper()
	_, section, found := strings.Cut(read(t, "template.yaml"), "\nResources:\n")
	require.True(t, found)
	section, _, _ = strings.Cut(section, "\nOutputs:\n")
	blocks, name := map[string]string{}, ""
	for line := range strings.Lines(section) {
		if begins := regexp.MustCompile(`^  (\w+):\n$`).FindStringSubmatch(line); begins != nil {
			name = begins[1]
			require.NotContains(t, blocks, name, "it stands there twice")
		}
		blocks[name] += line
	}
	return blocks
}

func TestEveryActionHasItsFunction(t *testing.T) {
	t.Parallel()
	all := resources(t)
	functions := 0
	for _, block := range all {
		if strings.Contains(block, "Condition: Individual") && strings.Contains(block, "Type: AWS::Serverless::Function\n") {
			functions++
		}
	}
	assert.Equal(t, len(catalog.IDs()), functions)
	for _, id := range catalog.IDs() {
		name := describe.GoType(id)
		suffix := strings.TrimPrefix(describe.Function(id), "wecom-")
		assert.Contains(t, all[name], "      Handler: "+id+"\n")
		assert.Contains(t, all[name], "      FunctionName: !Sub ${Prefix}-"+suffix+"\n")
		assert.Contains(t, all[name], "      CodeUri: dist/lambda.zip\n")
		assert.Contains(t, all[name], "      Role: !GetAtt "+name+"Role.Arn\n")
		assert.Contains(t, all[name+"Logs"], `LogGroupName: !Sub "/aws/lambda/${Prefix}-`+suffix+`"`)
		assert.Contains(t, all[name+"Url"], "AuthType: AWS_IAM")
		assert.Contains(t, all[name+"Route"], "      RouteKey: ANY "+describe.Route(id)+"\n      AuthorizationType: AWS_IAM\n")
	}
}

func TestEveryActionThatSendsHasItsQueue(t *testing.T) {
	t.Parallel()
	all := resources(t)
	for _, id := range catalog.IDs() {
		name := describe.GoType(id)
		if !strings.HasSuffix(id, ".send") {
			assert.NotContains(t, all, name+"Queue")
			continue
		}
		assert.Contains(t, all[name+"Queue"], "deadLetterTargetArn: !GetAtt "+name+"DeadLetters.Arn")
		assert.Contains(t, all[name+"Trigger"], "FunctionResponseTypes: [ReportBatchItemFailures]")
		assert.Contains(t, all[name+"Trigger"], "FunctionName: !Ref "+name+"\n")
		assert.Contains(t, all[name+"Role"], "Resource: !GetAtt "+name+"Queue.Arn")
	}
}

func TestEveryActionIsInOneGroup(t *testing.T) {
	t.Parallel()
	served := map[string][]string{}
	selected := regexp.MustCompile(`(?m)^ +(?:Handler|WECOM_ACTION): "?([^"\n]+)"?$`)
	groups := 0
	for name, block := range resources(t) {
		if !strings.Contains(block, "Condition: Grouped") || !strings.Contains(block, "Type: AWS::Serverless::Function\n") {
			continue
		}
		groups++
		for _, match := range selected.FindAllStringSubmatch(block, -1) {
			for selector := range strings.SplitSeq(match[1], ",") {
				for _, id := range catalog.IDs() {
					if describe.Selects(selector, id) {
						served[id] = append(served[id], name)
					}
				}
			}
		}
	}
	assert.Equal(t, 6, groups)
	for _, id := range catalog.IDs() {
		assert.Len(t, served[id], 1, id)
		route := resources(t)[describe.GoType(id)+"Integration"]
		assert.Contains(t, route, "!GetAtt "+strings.Join(served[id], " ")+".Arn]")
	}
}

// A function is given the secrets that its action uses, also when an answer of WeCom's is lost, and no others.
func TestEveryFunctionHasTheSecretsThatItsActionUses(t *testing.T) {
	t.Parallel()
	all := resources(t)
	for _, a := range catalog.Actions() {
		t.Run(a.ID, func(t *testing.T) {
			t.Parallel()
			given, policies := given(all[describe.GoType(a.ID)]), attached(all[describe.GoType(a.ID)+"Role"])
			assert.Equal(t, given, policies, "its role may read what its variables refer to")
			assert.Equal(t, given, used(t, a))
		})
	}
}

// given are the secrets that the variables of a function refer to where all three are kept, by their parameters.
func given(block string) []string {
	return found(block, regexp.MustCompile(`WECOM_DEFAULT_\w+: (?:!Ref|!If \[HasContactsSecret, !Ref) (Secret|ContactsSecret|ChatbotKey)\b`))
}

// attached are those that a role's policies let it read.
func attached(block string) []string {
	return found(block, regexp.MustCompile(`- (?:!Ref|!If \[HasContactsSecret, !Ref) Read(Secret|ContactsSecret|ChatbotKey)\b`))
}

func found(block string, pattern *regexp.Regexp) []string {
	var names []string
	for _, match := range pattern.FindAllStringSubmatch(block, -1) {
		names = append(names, match[1])
	}
	slices.Sort(names)
	return names
}

// inputs are an action's examples, and what makes it look at more of WeCom than they do.
func inputs(a *catalog.Action) []string {
	var list []string
	for _, example := range a.Examples {
		list = append(list, example.Input)
	}
	if a.ID == "member.update" {
		list = append(list, `{"userid":"zhangsan","new_userid":"zhangsan2"}`)
	}
	return list
}

// used are the secrets that an action uses when the first answer is lost.
func used(t *testing.T, a *catalog.Action) []string {
	t.Helper()
	seen := &secretsSeen{next: wecom.NewTransport(nil)}
	for _, input := range inputs(a) {
		sim := wecomsim.New()
		defer sim.Close()
		_, path, _ := strings.Cut(a.Call, " ")
		lost := wecomsim.Fault{Match: wecomsim.Match{Path: "/cgi-bin/" + path}, Do: wecomsim.Do{Drop: "accepted"}, Times: 1}
		require.NoError(t, sim.SetFaults(wecomsim.Faults{Faults: []wecomsim.Fault{lost}}))
		settings := connection.Settings{Name: "default", Type: a.Connection, BaseURL: sim.URL(), Transport: seen}
		if a.Connection == connection.Chatbot {
			settings.Key = connection.Value(wecomsim.SeedChatbotKey)
		} else {
			settings.CorpID, settings.AgentID = wecomsim.SeedCorpID, wecomsim.SeedAgentID
			settings.Secret, settings.ContactsSecret = connection.Value(wecomsim.SeedAppSecret), connection.Value(wecomsim.SeedContactsSecret)
		}
		connector, err := core.New(core.Settings{Connections: []connection.Settings{settings}})
		require.NoError(t, err)
		_, _ = connector.Invoke(t.Context(), core.Request{Action: a.ID, Input: []byte(input)}) // whatever comes of it
	}
	return seen.names()
}

// secretsSeen notes which secrets calls to WeCom are made with.
type secretsSeen struct {
	next http.RoundTripper
	mu   sync.Mutex
	seen map[string]bool
}

func (s *secretsSeen) RoundTrip(r *http.Request) (*http.Response, error) {
	query := r.URL.Query()
	for name, secret := range map[string]string{
		"Secret": wecomsim.SeedAppSecret, "ContactsSecret": wecomsim.SeedContactsSecret, "ChatbotKey": wecomsim.SeedChatbotKey,
	} {
		if query.Get("corpsecret") == secret || query.Get("key") == secret {
			s.mu.Lock()
			if s.seen == nil {
				s.seen = map[string]bool{}
			}
			s.seen[name] = true
			s.mu.Unlock()
		}
	}
	return s.next.RoundTrip(r)
}

func (s *secretsSeen) names() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.seen))
}
