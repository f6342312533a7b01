package faas

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

// gatewayAnswer is what functions answer to gateways, which make a response of it.
type gatewayAnswer struct {
	StatusCode        int                 `json:"statusCode"`
	Headers           map[string]string   `json:"headers"`
	MultiValueHeaders map[string][]string `json:"multiValueHeaders"`
	Cookies           []string            `json:"cookies"`
	Body              string              `json:"body"`
	IsBase64Encoded   bool                `json:"isBase64Encoded"`
}

// pass makes a response of the answer, as the gateway does.
func pass(w http.ResponseWriter, raw []byte) {
	var a gatewayAnswer
	body, err := []byte(nil), json.Unmarshal(raw, &a)
	if body = []byte(a.Body); a.IsBase64Encoded && err == nil {
		body, err = base64.StdEncoding.DecodeString(a.Body)
	}
	if err != nil || a.StatusCode < http.StatusOK {
		refuse(w, fault.From(errors.New("the adapter's answer is none that a gateway takes")))
		return
	}
	for name, value := range a.Headers {
		w.Header().Set(name, value)
	}
	for name, values := range a.MultiValueHeaders {
		w.Header()[http.CanonicalHeaderKey(name)] = values
	}
	for _, cookie := range a.Cookies {
		w.Header().Add("Set-Cookie", cookie)
	}
	w.WriteHeader(a.StatusCode)
	_, _ = w.Write(body) // it fails where the client is gone
}

// tell answers with what the trigger was told: JSON, or nothing.
func tell(w http.ResponseWriter, raw []byte) {
	if len(raw) == 0 {
		raw = []byte("null")
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = w.Write(raw) // it fails where the client is gone
}

// fail answers with the problem that the platform was told, as JSON.
func fail(w http.ResponseWriter, problem []byte) {
	var read fault.Problem
	if json.Unmarshal(problem, &read) != nil || read.Status < http.StatusBadRequest {
		refuse(w, fault.From(errors.New("the adapter's failure is no problem")))
		return
	}
	w.Header().Set("Content-Type", fault.ContentType)
	w.Header().Set("X-Request-Id", read.RequestID)
	w.WriteHeader(read.Status)
	_, _ = w.Write(problem) // it fails where the client is gone
}

// refuse answers with a problem of this package.
func refuse(w http.ResponseWriter, e *fault.Error) {
	e.RequestID = rand.Text()
	fail(w, e.JSON())
}
