package httpapi_test

import (
	"crypto/sha256"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/wecom-functions/wecom-functions/adapters/httpapi"
	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/caller"
	"github.com/wecom-functions/wecom-functions/core/connection"
)

// canned is a WeCom without a network.
type canned struct{}

func (canned) RoundTrip(req *http.Request) (*http.Response, error) {
	body := `{"errcode":0,"errmsg":"ok","access_token":"token","expires_in":7200}`
	if strings.HasSuffix(req.URL.Path, "/message/send") {
		body = `{"errcode":0,"errmsg":"ok","msgid":"R1mD3mo-msgid_0123456789abcdef"}`
	}
	return &http.Response{
		StatusCode: http.StatusOK, ContentLength: int64(len(body)), Body: io.NopCloser(strings.NewReader(body)), Request: req,
	}, nil
}

// nowhere takes an answer.
type nowhere struct{ header http.Header }

func (n nowhere) Header() http.Header         { return n.header }
func (n nowhere) WriteHeader(int)             {}
func (n nowhere) Write(p []byte) (int, error) { return len(p), nil }

// What a request costs beside net/http: authentication, decoding, the client and the log line.
func BenchmarkRequest(b *testing.B) {
	connector, err := core.New(core.Settings{
		Logger:  slog.New(slog.NewJSONHandler(io.Discard, nil)),
		Callers: caller.Policy{Mode: caller.Keys, Keys: []caller.Key{{Name: "bench", Hash: sha256.Sum256([]byte(goodKey))}}},
		Connections: []connection.Settings{{
			Name: "default", Type: connection.Application, CorpID: "ww0123456789abcdef",
			Secret: connection.Value("s"), AgentID: 1000002, Transport: canned{},
		}},
	})
	if err != nil {
		b.Fatal(err)
	}
	h := httpapi.Handler(connector, httpapi.Options{})
	const input = `{"touser":"zhangsan","content":"今晚 20:00 例行维护，预计 30 分钟。"}`
	b.ReportAllocs()
	for b.Loop() {
		req, err := http.NewRequestWithContext(b.Context(), http.MethodPost, sendText, strings.NewReader(input))
		if err != nil {
			b.Fatal(err)
		}
		req.Header["Content-Type"] = []string{"application/json"}
		req.Header["Authorization"] = []string{"Bearer " + goodKey}
		h.ServeHTTP(nowhere{make(http.Header)}, req)
	}
}
