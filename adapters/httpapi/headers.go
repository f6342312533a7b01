package httpapi

import (
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"net/http"
	"strings"

	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/fault"
)

// The limits of a request's header.
const (
	maxHeaderFields = 100
	maxHeaderBytes  = 16 << 10
)

// checkHeaders bounds the header. net/http's own limit has some slack, counts no fields, and is not every platform's.
func checkHeaders(header http.Header) error {
	fields, size := 0, 0
	for name, values := range header {
		for _, value := range values {
			fields++
			size += len(name) + len(value) + len(": \r\n")
		}
	}
	if fields > maxHeaderFields || size > maxHeaderBytes {
		return refusal(http.StatusRequestHeaderFieldsTooLarge, "header_too_large",
			"The request has more than 100 header fields, or more than 16 KiB of them.")
	}
	return nil
}

// requestID is the caller's own id of the request where it has a safe form; else a new one.
func requestID(header http.Header) string {
	if values := header["X-Request-Id"]; len(values) == 1 && core.ValidRequestID(values[0]) {
		return values[0]
	}
	var id [16]byte // nobody need be kept from guessing it, so the fast source of randomness will do
	binary.NativeEndian.PutUint64(id[:8], rand.Uint64())
	binary.NativeEndian.PutUint64(id[8:], rand.Uint64())
	return hex.EncodeToString(id[:])
}

// traceID takes the trace's id out of a W3C traceparent (version-trace-parent-flags); "" where there is no valid one.
func traceID(header http.Header) string {
	const length = len("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	values := header["Traceparent"]
	if len(values) != 1 || len(values[0]) < length {
		return ""
	}
	s := values[0]
	version, trace, parent, flags := s[:2], s[3:35], s[36:52], s[53:55]
	switch {
	case s[2] != '-' || s[35] != '-' || s[52] != '-':
	case !lowerHex(version) || !lowerHex(trace) || !lowerHex(parent) || !lowerHex(flags):
	case version == "ff" || strings.Trim(trace, "0") == "" || strings.Trim(parent, "0") == "":
	case len(s) > length && (version == "00" || s[length] != '-'): // later versions may go on
	default:
		return trace
	}
	return ""
}

func lowerHex(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

const maxIdempotencyKey = 255

// checkIdempotencyKey refuses a malformed Idempotency-Key, and warns of a good one: it is not acted upon, and the
// caller should not believe that a repeat is safe. It is never passed on, since net/http resends a request that has it.
func checkIdempotencyKey(header http.Header) ([]fault.Warning, *fault.Error) {
	values, given := header["Idempotency-Key"]
	if !given {
		return nil, nil
	}
	if len(values) != 1 || !validIdempotencyKey(values[0]) {
		return nil, refusal(http.StatusBadRequest, "idempotency_key",
			"The Idempotency-Key must be 1 to 255 visible ASCII characters, in one header.")
	}
	return []fault.Warning{{
		Rule: fault.RuleUnsupported, Detail: "the Idempotency-Key is not acted upon: the same call, sent again, is carried out again",
	}}, nil
}

func validIdempotencyKey(key string) bool {
	visible := func(r rune) bool { return '!' <= r && r <= '~' }
	return key != "" && len(key) <= maxIdempotencyKey && !strings.ContainsFunc(key, func(r rune) bool { return !visible(r) })
}
