package pollqueue

import (
	"encoding/json"
	"io"
	"net/http"
)

// Write writes an invocation: the header so far with the changes to it, of which an empty value removes a field, and the
// payload.
func Write(w http.ResponseWriter, changes map[string]string, payload []byte) {
	header := w.Header()
	for name, value := range changes {
		if value == "" {
			header.Del(name)
			continue
		}
		header.Set(name, value)
	}
	_, _ = w.Write(payload) // where it fails the runtime is gone, and the caller's patience decides
}

// FunctionError is how a runtime reports a failure.
type FunctionError struct {
	Type    string `json:"errorType"`
	Message string `json:"errorMessage"`
}

func (e *FunctionError) Error() string { return e.Type + ": " + e.Message }

// ReadFailure reads the report of a failure of at most so many bytes. The body is the report as it came.
func ReadFailure(r *http.Request, maxBytes int64) (reported *FunctionError, body []byte, err error) {
	if body, err = io.ReadAll(io.LimitReader(r.Body, maxBytes)); err == nil {
		reported = &FunctionError{}
		err = json.Unmarshal(body, reported)
	}
	return reported, body, err
}
