package faas

import (
	"bytes"
	"context"
	"net/http"
)

// posted is what a server of a function answers to an event that a platform posts.
func posted(ctx context.Context, function http.Handler, path string, event []byte, header http.Header) *recorder {
	answer := &recorder{header: http.Header{}, status: http.StatusOK}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, path, bytes.NewReader(event))
	if err != nil {
		panic(err) // a path that is none is a bug
	}
	r.Header = header
	function.ServeHTTP(answer, r)
	return answer
}

// recorder keeps an answer.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) WriteHeader(status int) { r.status = status }

func (r *recorder) Write(p []byte) (int, error) { return r.body.Write(p) }
