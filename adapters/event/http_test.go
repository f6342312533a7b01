package event_test

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/adapters/event"
	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/caller"
	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

// httpSamples are the samples that came over HTTP, one of each shape and more.
var httpSamples = []struct {
	file    string
	dialect event.Dialect
	query   string
	id      string
	host    string
	from    []string // X-Forwarded-For
}{
	{"http-api.json", event.AWS, "connection=default&x=a%20b&x=2", "rq-7", "ab12cd34ef.execute-api.eu-central-1.amazonaws.com", []string{"198.51.100.7, 10.0.0.1"}},
	{"function-url.json", event.AWS, "", "call-1", "q3examplexyz.lambda-url.eu-central-1.on.aws", nil},
	{"rest-api.json", event.AWS, "connection=default&x=a+b&x=2", "rq-8", "zz98yy76xx.execute-api.eu-central-1.amazonaws.com", []string{"198.51.100.7", "10.0.0.1"}},
	{"http-api-1.0.json", event.AWS, "", "call-1", "ab12cd34ef.execute-api.eu-central-1.amazonaws.com", nil},
	{"alb.json", event.AWS, "connection=default&x=a%20b", "rq-9", "wecom.example", []string{"198.51.100.7"}},
	{"alb-multi.json", event.AWS, "connection=default&x=a%20b&x=2", "rq-9", "wecom.example", []string{"198.51.100.7", "10.0.0.1"}},
	{"apig.json", event.Huawei, "connection=default&x=a+b&x=2&debug=1", "rq-10", "9f0c.apig.cn-north-4.huaweicloudapis.com", nil},
	{"scf-url.json", event.Tencent, "connection=default&debug=&x=a+b&x=2", "rq-11", "", nil},
	{"scf-gateway.json", event.Tencent, "connection=default&x=a+b&x=2&debug=", "rq-12", "service-3ei3tii4-251000691.ap-guangzhou.apigateway.myqcloud.com", nil},
}

// answering serves requests with a function, and keeps the last one.
type answering struct {
	request *http.Request
	body    string
	with    http.HandlerFunc
}

func (a *answering) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	a.request, a.body = r, string(body)
	if a.with != nil {
		a.with(w, r)
	}
}

func answered(by http.Handler) func(*deployment) {
	return func(d *deployment) { d.options.HTTP = by }
}

// reply is what every gateway is answered.
type reply struct {
	StatusCode        int                 `json:"statusCode"`
	StatusDescription string              `json:"statusDescription"`
	Headers           map[string]string   `json:"headers"`
	MultiValueHeaders map[string][]string `json:"multiValueHeaders"`
	Cookies           []string            `json:"cookies"`
	Body              string              `json:"body"`
	IsBase64Encoded   bool                `json:"isBase64Encoded"`
}

func (d *deployment) reply(t *testing.T, raw string) reply {
	t.Helper()
	answer, err := d.serve(t.Context(), raw)
	require.NoError(t, err)
	var r reply
	require.NoError(t, json.Unmarshal([]byte(answer), &r), answer)
	return r
}

func TestRequestsAreRestored(t *testing.T) {
	t.Parallel()
	for _, test := range httpSamples {
		t.Run(test.file, func(t *testing.T) {
			t.Parallel()
			to := &answering{}
			deploy(t, dialect(test.dialect), answered(to)).reply(t, sample(t, test.file))
			require.NotNil(t, to.request)
			assert.Equal(t, http.MethodPost, to.request.Method)
			assert.Equal(t, "/actions/message.text.send", to.request.URL.Path)
			assert.Empty(t, to.request.URL.RawPath)
			assert.Equal(t, test.query, to.request.URL.RawQuery)
			assert.Equal(t, test.host, to.request.Host)
			assert.Equal(t, test.id, to.request.Header.Get("X-Request-Id"))
			assert.Equal(t, "application/json", to.request.Header.Get("Content-Type"))
			assert.Equal(t, test.from, to.request.Header["X-Forwarded-For"])
			assert.NotContains(t, to.request.Header, "Host")
			assert.NotContains(t, to.request.Header, "Content-Length")
			assert.Equal(t, `{"touser": ["zhangsan"], "content": "磁盘 db-03 已用 91%"}`, to.body)
			assert.EqualValues(t, len(to.body), to.request.ContentLength)
			deadline, has := to.request.Context().Deadline()
			assert.True(t, has)
			assert.WithinDuration(t, time.Now().Add(core.FileTimeout), deadline, 5*time.Second)
		})
	}
}

func TestCookiesComeAsOneHeader(t *testing.T) {
	t.Parallel()
	to := &answering{}
	deploy(t, answered(to)).reply(t, sample(t, "http-api.json"))
	assert.Equal(t, []string{"a=1; b=2"}, to.request.Header["Cookie"])
}

func TestSamplesRunTheirAction(t *testing.T) {
	t.Parallel()
	for _, test := range httpSamples {
		t.Run(test.file, func(t *testing.T) {
			t.Parallel()
			d := deploy(t, dialect(test.dialect))
			answer := d.reply(t, sample(t, test.file))
			assert.Equal(t, http.StatusOK, answer.StatusCode, answer.Body)
			assert.False(t, answer.IsBase64Encoded)
			assert.Contains(t, answer.Body, `"action":"message.text.send"`)
			assert.Contains(t, answer.Body, `"request_id":"`+test.id+`"`)
			assert.Equal(t, []string{"磁盘 db-03 已用 91%"}, d.texts())
			for _, entry := range d.sim.Journal() {
				assert.NotContains(t, marshal(t, entry), "enable_duplicate_check", "a caller waits and decides by itself")
			}
		})
	}
}

func TestAnswersHaveTheFormOfTheirGateway(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		file    string
		dialect event.Dialect
		want    string
	}{
		{"http-api.json", event.AWS, `{"statusCode":201,"headers":{"X-A":"1, 2","X-B":"b"},"cookies":["c=1","d=2"],"body":"{\"a\":\"<é>\"}","isBase64Encoded":false}`},
		{"rest-api.json", event.AWS, `{"statusCode":201,"headers":{"Set-Cookie":"c=1, d=2","X-A":"1, 2","X-B":"b"},"multiValueHeaders":{"Set-Cookie":["c=1","d=2"],"X-A":["1","2"]},"body":"{\"a\":\"<é>\"}","isBase64Encoded":false}`},
		{"alb.json", event.AWS, `{"statusCode":201,"statusDescription":"201 Created","headers":{"Set-Cookie":"c=1, d=2","X-A":"1, 2","X-B":"b"},"body":"{\"a\":\"<é>\"}","isBase64Encoded":false}`},
		{"alb-multi.json", event.AWS, `{"statusCode":201,"statusDescription":"201 Created","multiValueHeaders":{"Set-Cookie":["c=1","d=2"],"X-A":["1","2"],"X-B":["b"]},"body":"{\"a\":\"<é>\"}","isBase64Encoded":false}`},
		{"apig.json", event.Huawei, `{"statusCode":201,"headers":{"Set-Cookie":"c=1, d=2","X-A":"1, 2","X-B":"b"},"body":"{\"a\":\"<é>\"}","isBase64Encoded":false}`},
		{"scf-url.json", event.Tencent, `{"statusCode":201,"headers":{"Set-Cookie":"c=1, d=2","X-A":"1, 2","X-B":"b"},"body":"{\"a\":\"<é>\"}","isBase64Encoded":false}`},
	} {
		d := deploy(t, dialect(test.dialect), answered(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["X-A"], w.Header()["Set-Cookie"] = []string{"1", "2"}, []string{"c=1", "d=2"}
			w.Header().Set("X-B", "b")
			w.Header().Set("Content-Length", "12")
			w.WriteHeader(http.StatusCreated)
			_, _ = io.WriteString(w, `{"a":"<é>"}`)
		})))
		answer, err := d.serve(t.Context(), sample(t, test.file))
		require.NoError(t, err)
		assert.Equal(t, test.want, answer, test.file) // byte by byte: the order of members is fixed, that of headers sorted
	}
}

func TestBinaryAnswersAreBase64(t *testing.T) {
	t.Parallel()
	d := deploy(t, answered(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte{0x1f, 0x8b, 0}) })))
	answer := d.reply(t, sample(t, "function-url.json"))
	assert.True(t, answer.IsBase64Encoded)
	assert.Equal(t, base64.StdEncoding.EncodeToString([]byte{0x1f, 0x8b, 0}), answer.Body)
	assert.Equal(t, http.StatusOK, answer.StatusCode)
}

func TestPathsAndQueries(t *testing.T) {
	t.Parallel()
	v2 := func(path, stage string) string {
		return `{"version":"2.0","rawPath":` + marshal(t, path) + `,"requestContext":{"stage":` + marshal(t, stage) + `,"http":{"method":"GET"}}}`
	}
	alb := func(query string) string {
		return `{"httpMethod":"GET","path":"/x","queryStringParameters":` + query + `,"requestContext":{"elb":{}}}`
	}
	rest := func(query string) string {
		return `{"httpMethod":"GET","path":"/x","queryStringParameters":` + query + `,"requestContext":{}}`
	}
	for _, test := range []struct{ name, event, path, rawPath, query string }{
		{"the default stage", v2("/actions", "$default"), "/actions", "", ""},
		{"a named stage", v2("/prod/actions", "prod"), "/actions", "", ""},
		{"the stage alone", v2("/prod", "prod"), "", "", ""},
		{"a path that only begins like the stage", v2("/production/actions", "prod"), "/production/actions", "", ""},
		{"a path without its stage", v2("/actions", "prod"), "/actions", "", ""},
		{"no stage", v2("/actions", ""), "/actions", "", ""},
		{"an escaped path", v2("/actions/a%2Fb", "$default"), "/actions/a/b", "/actions/a%2Fb", ""},
		{"an escape that is none", v2("/actions/100%", "$default"), "/actions/100%", "/actions/100%", ""},
		{"a load balancer leaves the escapes", alb(`{"a%20b":"c%26d"}`), "/x", "", "a%20b=c%26d"},
		{"a gateway takes them away", rest(`{"a b":"c&d"}`), "/x", "", "a+b=c%26d"},
		{"values of every kind", rest(`{"a":true,"b":null,"c":1,"d":["x",true,null],"e":false,"f":{"g":1},"h":[]}`), "/x", "", "a=&c=1&d=x&d="},
		{"null in place of parameters", rest(`null`), "/x", "", ""},
		{"a list in place of parameters", rest(`["a"]`), "/x", "", ""},
	} {
		to := &answering{}
		deploy(t, answered(to)).reply(t, test.event)
		require.NotNil(t, to.request, test.name)
		assert.Equal(t, test.path, to.request.URL.Path, test.name)
		assert.Equal(t, test.rawPath, to.request.URL.RawPath, test.name)
		assert.Equal(t, test.query, to.request.URL.RawQuery, test.name)
	}
}

func TestHeadersInAnyForm(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, headers string
		want          http.Header
	}{
		{"any case", `"headers":{"cOnTeNt-tYpE":"a"}`, http.Header{"Content-Type": {"a"}}},
		{"one name in two cases", `"headers":{"X-A":"1","x-a":"2"}`, http.Header{"X-A": {"1", "2"}}},
		{"lists", `"headers":{"x-a":["1","2"]}`, http.Header{"X-A": {"1", "2"}}},
		{"both forms", `"headers":{"x-a":"2","X-B":"b"},"multiValueHeaders":{"X-A":["1","2"]}`, http.Header{"X-A": {"1", "2"}, "X-B": {"b"}}},
		{"no values", `"headers":{"x-a":null,"x-b":[],"x-c":{}}`, http.Header{}},
		{"null", `"headers":null`, http.Header{}},
		{"none", `"x":1`, http.Header{}},
		{"what the platform has undone already", `"headers":{"content-length":"7","transfer-encoding":"chunked"}`, http.Header{}},
	} {
		to := &answering{}
		deploy(t, answered(to)).reply(t, `{"httpMethod":"GET","path":"/",`+test.headers+`,"requestContext":{}}`)
		to.request.Header.Del("X-Request-Id")
		assert.Equal(t, test.want, to.request.Header, test.name)
	}
}

func TestEventsOfHTTPThatAreNotWhole(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, event, says string }{
		{"no method", `{"version":"2.0","requestContext":{"http":{}}}`, "the method of the request is missing"},
		{"not base64", `{"httpMethod":"POST","requestContext":{},"body":"{}","isBase64Encoded":true}`, "isBase64Encoded is true, but body, of 2 characters, is not base64"},
		{"base64 of a URL", `{"httpMethod":"POST","requestContext":{},"body":"-_-_","isBase64Encoded":true}`, "is not base64"},
		{"said in words", `{"httpMethod":"POST","requestContext":{},"body":"e30=","isBase64Encoded":"true"}`, "isBase64Encoded is neither true nor false"},
		{"an object as the body", `{"httpMethod":"POST","requestContext":{},"body":{}}`, "body is not a string"},
	} {
		d := deploy(t)
		answer := d.reply(t, test.event)
		assert.Equal(t, http.StatusBadRequest, answer.StatusCode, test.name)
		assert.Equal(t, "application/problem+json", answer.Headers["Content-Type"], test.name)
		assert.Contains(t, answer.Body, test.says, test.name)
		assert.Contains(t, answer.Body, `"kind":"invalid_input"`, test.name)
		assert.Contains(t, answer.Body, `"request_id":"call-1"`, test.name)
		require.Len(t, d.log.LinesOf(t, "event"), 1, test.name)
		assert.Equal(t, "call-1", d.log.LinesOf(t, "event")[0]["request_id"])
	}
}

func TestBase64ThatIsNotAnnouncedIsNoInput(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	answer := d.reply(t, strings.Replace(sample(t, "function-url.json"), `"isBase64Encoded": true`, `"isBase64Encoded": false`, 1))
	assert.Equal(t, http.StatusBadRequest, answer.StatusCode)
	assert.Contains(t, answer.Body, "not valid JSON")
	assert.Zero(t, d.sends())
}

func TestTheCallerIsAuthenticatedByTheHTTPFace(t *testing.T) {
	t.Parallel()
	for _, mode := range []caller.Mode{caller.Undecided, caller.Keys} {
		d := deploy(t, func(d *deployment) { d.settings.Callers = caller.Policy{Mode: mode} })
		assert.Equal(t, http.StatusUnauthorized, d.reply(t, sample(t, "http-api.json")).StatusCode, mode)
		assert.Zero(t, d.sends())
	}
}

func TestBodiesOverTheLimit(t *testing.T) {
	t.Parallel()
	large := `{"touser":"zhangsan","content":"` + strings.Repeat("a", 4<<20) + `"}`
	raw := `{"httpMethod":"POST","path":"/actions/message.text.send","requestContext":{},"headers":{"Content-Type":"application/json"},"body":` + marshal(t, large) + `}`
	d := deploy(t)
	answer := d.reply(t, raw)
	assert.Equal(t, http.StatusRequestEntityTooLarge, answer.StatusCode)
	assert.Contains(t, answer.Body, `"kind":"too_large"`)
	assert.Zero(t, d.sends())
}

func TestAnswersOverTheLimitOfThePlatform(t *testing.T) {
	t.Parallel()
	filling := func(size int) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat(`"`, size)) })
	}
	for _, test := range []struct {
		name, file string
		size       int
		fits       bool
	}{
		{"a megabyte through API Gateway", "http-api.json", 1 << 20, true},
		{"4 MiB that quoting makes 8", "http-api.json", 4 << 20, false},
		{"7 MiB", "rest-api.json", 7 << 20, false},
		{"half a megabyte through a load balancer", "alb.json", 500 << 10, true},
		{"a megabyte through a load balancer", "alb.json", 1 << 20, false},
	} {
		d := deploy(t, answered(filling(test.size)))
		answer := d.reply(t, sample(t, test.file))
		if test.fits {
			assert.Equal(t, http.StatusOK, answer.StatusCode, test.name)
			continue
		}
		assert.Equal(t, http.StatusRequestEntityTooLarge, answer.StatusCode, test.name)
		assert.Equal(t, "application/problem+json", answer.Headers["Content-Type"], test.name)
		assert.Contains(t, answer.Body, `"reason":"answer_too_large"`, test.name)
		assert.Contains(t, answer.Body, "The action was carried out", test.name)
	}
}

func TestAHeadHasNoBody(t *testing.T) {
	t.Parallel()
	answer := deploy(t).reply(t, `{"httpMethod":"HEAD","path":"/actions","requestContext":{}}`)
	assert.Equal(t, http.StatusOK, answer.StatusCode)
	assert.Empty(t, answer.Body)
}

func TestAPanicOfTheHandlerIsAnAnswer(t *testing.T) {
	t.Parallel()
	d := deploy(t, answered(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })))
	answer := d.reply(t, sample(t, "http-api.json"))
	assert.Equal(t, http.StatusInternalServerError, answer.StatusCode)
	assert.Contains(t, answer.Body, `"kind":"internal"`)
	require.Len(t, d.log.LinesOf(t, "panic"), 1)
	assert.Contains(t, d.log.LinesOf(t, "panic")[0]["stack"], "http_test.go")
}

func TestADeadlineOfThePlatformLeavesTimeForTheAnswer(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	require.NoError(t, d.sim.SetFaults(wecomsim.Faults{Faults: []wecomsim.Fault{{Do: wecomsim.Do{DelayMS: 5000}}}}))
	ctx, cancel := contextFor(t, 700*time.Millisecond)
	defer cancel()
	started := time.Now()
	answer, err := d.serve(ctx, sample(t, "http-api.json"))
	require.NoError(t, err)
	assert.Less(t, time.Since(started), 700*time.Millisecond, "before the platform's patience ends")
	assert.Contains(t, answer, `"statusCode":50`)
}
