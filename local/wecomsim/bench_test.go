package wecomsim_test

import (
	"net/http"
	"testing"

	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

// BenchmarkMessageSend is one text to one member, without sockets.
func BenchmarkMessageSend(b *testing.B) {
	state := wecomsim.Seed()
	state.Limits = wecomsim.Limits{}
	sim := wecomsim.New(wecomsim.WithState(state))
	target := "/cgi-bin/message/send?access_token=" + inMemoryToken(sim, wecomsim.SeedAppSecret)
	body := []byte(toLisi("text", `{"content":"今晚 20:00 例行维护"}`))
	b.ReportAllocs()
	for b.Loop() {
		inMemory(sim, http.MethodPost, target, body)
	}
}
