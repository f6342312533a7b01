package main_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/local/faas/child"
	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

func TestMain(m *testing.M) { child.Main(m) }

// ways are the two ways to deploy: the program of this folder, and the framework's server in what Google builds.
var ways = map[string]func(*testing.T) string{
	"Cloud Run source": func(t *testing.T) string { t.Helper(); return child.Build(t, "./functions/gcf") },
	"gcloud functions": builtByGoogle,
}

// onBothWays runs a test on each of them, in parallel.
func onBothWays(t *testing.T, test func(t *testing.T, program string)) {
	t.Helper()
	for name, program := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, program(t))
		})
	}
}

// instance is a process of a program before an emulated WeCom.
type instance struct {
	*child.Process
	url string
	sim *wecomsim.Sim
}

func start(t *testing.T, program string, environment ...string) instance {
	t.Helper()
	i := instance{sim: wecomsim.New()}
	t.Cleanup(i.sim.Close)
	port := child.FreePort(t)
	i.url = "http://127.0.0.1:" + port
	i.Process = child.Start(t, program, append(child.Enterprise(i.sim.URL(), "PORT="+port), environment...)...)
	i.WaitForHTTP(t, i.url+"/health/live")
	return i
}

// texts are what the emulated phones show.
func (i instance) texts() []string { return i.sim.Texts() }

type headers map[string]string

var asJSON = headers{"Content-Type": "application/json"}

func (i instance) post(t *testing.T, path, body string, with headers) (status int, answer string) {
	t.Helper()
	return i.send(t, http.MethodPost, path, body, with)
}

func (i instance) send(t *testing.T, method, path, body string, with headers) (status int, answer string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, i.url+path, strings.NewReader(body))
	require.NoError(t, err)
	for name, value := range with {
		request.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err, i.Logs)
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(data)
}

const (
	text  = `{"touser":"zhangsan","content":"100% 完成"}`
	shown = "100% 完成"
)

func TestTheTargetSelects(t *testing.T) {
	t.Parallel()
	onBothWays(t, func(t *testing.T, program string) {
		for _, test := range []struct {
			name        string
			environment []string
			path        string
			want        int
		}{
			{"one action, at the root", []string{"FUNCTION_TARGET=MessageTextSend"}, "/", 200},
			{"one action, on every path", []string{"FUNCTION_TARGET=MessageTextSend"}, "/some/path", 200},
			{"one action, and no other", []string{"FUNCTION_TARGET=ChatbotTextSend"}, "/actions/message.text.send", 403},
			{"another spelling", []string{"FUNCTION_TARGET=message.text.send"}, "/", 200},
			{"everything", []string{"FUNCTION_TARGET=WeCom"}, "/actions/message.text.send", 200},
			{"everything has nothing at the root", []string{"FUNCTION_TARGET=WeCom"}, "/", 400},
			{"unset: the actions' routes", nil, "/actions/message.text.send", 200},
			{"unset: the functions' names", nil, "/MessageTextSend", 200},
			{"unset: nothing else", nil, "/MessageTextSned", 404},
			{"WECOM_ACTION wins", []string{"FUNCTION_TARGET=ChatbotTextSend", "WECOM_ACTION=message.text.send"}, "/", 200},
			{"WECOM_ACTION limits", []string{"WECOM_ACTION=chatbot.*"}, "/MessageTextSend", 403},
			{"robots are told nothing", []string{"FUNCTION_TARGET=MessageTextSend"}, "/robots.txt", 404},
		} {
			t.Run(test.name, func(t *testing.T) {
				t.Parallel()
				i := start(t, program, test.environment...)
				status, answer := i.post(t, test.path, text, asJSON)
				assert.Equal(t, test.want, status, answer)
				if test.want == http.StatusOK {
					assert.Equal(t, []string{shown}, i.texts())
				} else {
					assert.Empty(t, i.texts())
				}
			})
		}
	})
}

func TestWrongSettingsAreEveryAnswer(t *testing.T) {
	t.Parallel()
	onBothWays(t, func(t *testing.T, program string) {
		for _, test := range []struct{ name, variable, says string }{
			{"an unknown target", "FUNCTION_TARGET=MessageTextSned", "FUNCTION_TARGET names no action; did you mean MessageTextSend?"},
			{"an unknown target for events", "FUNCTION_TARGET=MessageTextSnedEvent", "did you mean MessageTextSend?"},
			{"a target unlike any", "FUNCTION_TARGET=HelloWorld", "or to WeCom and WECOM_ACTION to what may be run"},
			{"a misspelt variable", "WECOM_DEFAULT_SECERT=x", "did you mean WECOM_DEFAULT_SECRET?"},
		} {
			t.Run(test.name, func(t *testing.T) {
				t.Parallel()
				i := start(t, program, test.variable)
				status, answer := i.post(t, "/MessageTextSend", text, asJSON)
				assert.Equal(t, http.StatusInternalServerError, status)
				assert.Contains(t, answer, `"kind":"misconfigured"`)
				assert.Contains(t, answer, test.says)
				i.Logs.WaitFor(t, test.says)
			})
		}
	})
}

func TestCallersAreAuthenticated(t *testing.T) {
	t.Parallel()
	onBothWays(t, func(t *testing.T, program string) {
		i := start(t, program, "WECOM_AUTH=", "FUNCTION_TARGET=MessageTextSend")
		status, answer := i.post(t, "/", text, asJSON)
		assert.Equal(t, http.StatusUnauthorized, status, answer)
	})
}

// sample is a CloudEvent of the adapter's samples.
type sample struct{ raw []byte }

func read(t *testing.T, file string) sample {
	t.Helper()
	raw, err := os.ReadFile("../../adapters/gcf/testdata/" + file)
	require.NoError(t, err)
	return sample{raw}
}

// deliver sends the event in a mode.
func (s sample) deliver(t *testing.T, to instance, mode, path string) (status int, answer string) {
	t.Helper()
	if mode == "structured" {
		return to.post(t, path, string(s.raw), headers{"Content-Type": "application/cloudevents+json; charset=utf-8"})
	}
	var attributes map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(s.raw, &attributes))
	with := headers{"Content-Type": "application/json"}
	for name, value := range attributes {
		if name != "data" && name != "datacontenttype" {
			with["Ce-"+name] = strings.Trim(string(value), `"`)
		}
	}
	var data bytes.Buffer
	require.NoError(t, json.Compact(&data, attributes["data"]))
	return to.post(t, path, data.String(), with)
}

func TestCloudEvents(t *testing.T) {
	t.Parallel()
	onBothWays(t, func(t *testing.T, program string) {
		for _, test := range []struct {
			file, target, path string
			succeeds           bool
		}{
			{"pubsub.json", "WeComEvent", "/", true},
			{"pubsub.json", "MessageTextSendEvent", "/", true},
			{"pubsub.json", "ChatbotTextSendEvent", "/", false},
			{"pubsub.json", "", "/WeComEvent", true},
			{"eventarc.json", "WeComEvent", "/", true},
			{"eventarc.json", "MessageTextSendEvent", "/", true},
			{"eventarc.json", "", "/MessageTextSendEvent", true},
			{"storage.json", "WeComEvent", "/", false},
		} {
			for _, mode := range []string{"binary", "structured"} {
				t.Run(strings.Join([]string{test.file, test.target + test.path, mode}, " "), func(t *testing.T) {
					t.Parallel()
					i := start(t, program, "FUNCTION_TARGET="+test.target)
					status, answer := read(t, test.file).deliver(t, i, mode, test.path)
					if test.succeeds {
						assert.Equal(t, 2, status/100, answer)
						assert.Empty(t, answer)
						assert.Equal(t, []string{"磁盘 db-03 已用 91%"}, i.texts())
						return
					}
					assert.Equal(t, 4, status/100, answer)
					assert.Contains(t, answer, `"kind":`, "the problem")
					assert.Empty(t, i.texts())
				})
			}
		}
	})
}

func TestEventsNeedAnAuthenticatedSender(t *testing.T) {
	t.Parallel()
	onBothWays(t, func(t *testing.T, program string) {
		i := start(t, program, "WECOM_AUTH=", "FUNCTION_TARGET=WeComEvent")
		status, answer := read(t, "pubsub.json").deliver(t, i, "binary", "/")
		assert.Equal(t, http.StatusUnauthorized, status, answer)
		assert.Empty(t, i.texts())
	})
}

func TestTheTriggerHearsWhetherAnotherDeliveryHelps(t *testing.T) {
	t.Parallel()
	envelope := `{"specversion":"1.0","id":"1","source":"s","type":"t","data":{"action":"chatbot.text.send","input":{"content":"hello"}}}`
	onBothWays(t, func(t *testing.T, program string) {
		for _, test := range []struct {
			name   string
			faults []wecomsim.Fault
			want   int // the first digit
			logs   string
		}{
			{"it succeeded", nil, 2, `"kind":"ok"`},
			{"too many calls", fault(wecomsim.Do{Errcode: 45009}), 4, `"kind":"rate_limited"`},
			{"the webhook is gone", fault(wecomsim.Do{Errcode: 93000}), 5, `"kind":"connection_rejected"`},
			{"an outcome that is unknown is acknowledged", fault(wecomsim.Do{Drop: "accepted"}), 2, "acknowledged although its outcome is unknown"},
		} {
			t.Run(test.name, func(t *testing.T) {
				t.Parallel()
				i := start(t, program, "FUNCTION_TARGET=WeComEvent")
				require.NoError(t, i.sim.SetFaults(wecomsim.Faults{Faults: test.faults}))
				status, answer := i.post(t, "/", envelope, headers{"Content-Type": "application/cloudevents+json"})
				assert.Equal(t, test.want, status/100, answer)
				for _, secret := range []string{wecomsim.SeedChatbotKey, wecomsim.SeedAppSecret} {
					assert.NotContains(t, answer+i.Logs.String(), secret)
				}
				i.Logs.WaitFor(t, test.logs)
			})
		}
	})
}

// What is no CloudEvent, or a broken one. The framework's server answers some of these by itself; it is not asked here.
func TestBrokenEvents(t *testing.T) {
	t.Parallel()
	const structured = "application/cloudevents+json"
	i := start(t, child.Build(t, "./functions/gcf"), "FUNCTION_TARGET=WeComEvent")
	binary := headers{"Content-Type": "application/json", "Ce-Id": "1", "Ce-Source": "s", "Ce-Type": "google.cloud.pubsub.topic.v1.messagePublished", "Ce-Specversion": "1.0"}
	for _, test := range []struct {
		name, body string
		with       headers
		status     int
		says       string
	}{
		{"no CloudEvent", `{"canary":1}`, asJSON, 400, "The request is no CloudEvent"},
		{"a type that is not JSON", "canary", headers{"Content-Type": "text/plain", "Ce-Id": "1", "Ce-Source": "s", "Ce-Type": "t", "Ce-Specversion": "1.0"}, 415, "must be JSON in UTF-8"},
		{"without an id", `{}`, headers{"Content-Type": "application/json", "Ce-Source": "s", "Ce-Type": "t", "Ce-Specversion": "1.0"}, 400, "The header ce-id is required"},
		{"structured, but not JSON", `{"canary`, headers{"Content-Type": structured}, 400, "The CloudEvent is not a JSON object in UTF-8"},
		{"structured, without data", `{"specversion":"1.0","id":"1","source":"s","type":"t"}`, headers{"Content-Type": structured}, 400, "The event is empty."},
		{"a message without data", `{"message":{"attributes":{"a":"canary"}}}`, binary, 400, "The data of the Pub/Sub message is missing"},
		{"a message that is not base64", `{"message":{"data":"canary!"}}`, binary, 400, "The data of the Pub/Sub message is not base64."},
		{"no message", `"canary"`, binary, 400, "The event is not a JSON object in UTF-8."},
		{"nothing", ``, binary, 400, "The event is empty."},
		{"too large", `{"message":{"data":"` + strings.Repeat("A", 28<<20) + `"}}`, binary, 413, "The body has more than"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			status, answer := i.post(t, "/", test.body, test.with)
			assert.Equal(t, test.status, status, answer)
			assert.Contains(t, answer, test.says)
			assert.NotContains(t, answer, "canary")
			assert.NotContains(t, i.Logs.String(), "canary")
		})
	}
}

func slow(t *testing.T, i instance, milliseconds int) {
	t.Helper()
	require.NoError(t, i.sim.SetFaults(wecomsim.Faults{Faults: fault(wecomsim.Do{DelayMS: milliseconds})}))
}

// fault is what WeCom does to every message.
func fault(do wecomsim.Do) []wecomsim.Fault {
	return []wecomsim.Fault{
		{Match: wecomsim.Match{Path: "/cgi-bin/message/send"}, Do: do}, {Match: wecomsim.Match{Path: "/cgi-bin/webhook/send"}, Do: do},
	}
}

func TestACallUnderWayFinishes(t *testing.T) {
	t.Parallel()
	i := start(t, child.Build(t, "./functions/gcf"), "FUNCTION_TARGET=MessageTextSend")
	slow(t, i, 700)
	status := make(chan int, 1)
	go func() {
		got, _ := i.post(t, "/", text, asJSON)
		status <- got
	}()
	i.WaitFor(t, "the call reached WeCom", func() bool { return len(i.sim.Journal()) > 0 })
	assert.Zero(t, i.Stop(t, syscall.SIGTERM))
	assert.Equal(t, http.StatusOK, <-status)
	assert.Equal(t, []string{shown}, i.texts())
	i.Logs.WaitFor(t, `"msg":"stopped"`)
}

func TestThePlatformsTimeLimitHolds(t *testing.T) {
	t.Parallel()
	onBothWays(t, func(t *testing.T, program string) {
		i := start(t, program, "FUNCTION_TARGET=MessageTextSend", "CLOUD_RUN_TIMEOUT_SECONDS=1")
		slow(t, i, 5000)
		begun := time.Now()
		status, answer := i.post(t, "/", text, asJSON)
		assert.Less(t, time.Since(begun), time.Second)
		assert.Equal(t, http.StatusGatewayTimeout, status, answer)
	})
}

// On Cloud Run everybody may connect, since the platform stands in front; elsewhere this machine alone.
func TestWhereItListens(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, variable, host string }{
		{"on Cloud Run", "K_SERVICE=wecom", `(0\.0\.0\.0|\[::\])`},
		{"elsewhere", "K_SERVICE=", `127\.0\.0\.1`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			i := start(t, child.Build(t, "./functions/gcf"), test.variable)
			i.Logs.WaitFor(t, `"msg":"listening"`)
			assert.Regexp(t, `"msg":"listening","address":"`+test.host+`:\d+"`, i.Logs.String())
		})
	}
}

func TestAPortThatIsTaken(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	_, port, err := net.SplitHostPort(taken.Addr().String())
	require.NoError(t, err)
	process := child.Start(t, child.Build(t, "./functions/gcf"), "PORT="+port)
	assert.Equal(t, 1, process.Ended(t))
	process.Logs.WaitFor(t, "PORT must be a free port of HOST")
}
