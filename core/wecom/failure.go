package wecom

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/wecom-functions/wecom-functions/core/fault"
)

// stage is how far a failed try came.
type stage int

const (
	// notSent: no byte of the request was written.
	notSent stage = iota
	// ambiguous: bytes were written and no complete, readable answer came back.
	ambiguous
	// rejected: a complete answer said no.
	rejected
)

// failure is one try that did not succeed.
type failure struct {
	stage      stage
	errcode    int64  // of WeCom, where stage is rejected
	errmsg     string // as it came; never shown unredacted
	httpStatus int    // where it is not 200
	retryAfter time.Duration
	reason     string // finer word of the kind
	detail     string // end of a sentence that begins with "WeCom ..." or is one of its own
	secure     bool   // a TLS failure: never repeated
}

func unreadable(detail string) *failure {
	return &failure{stage: ambiguous, reason: "upstream_protocol", detail: detail}
}

// badStatus judges an answer whose HTTP status is not 200. WeCom itself answers 200 to everything but unknown paths,
// so this is a gateway, a proxy or a wrong BaseURL.
func badStatus(resp *http.Response, now time.Time) *failure {
	f := &failure{httpStatus: resp.StatusCode, detail: fmt.Sprintf("answered HTTP status %d", resp.StatusCode)}
	switch code := resp.StatusCode; {
	case code == http.StatusTooManyRequests:
		f.stage, f.reason = rejected, "rate_limited"
		f.retryAfter = retryAfter(resp.Header.Get("Retry-After"), now)
	case code == http.StatusRequestTimeout || code >= 500:
		f.stage, f.reason = ambiguous, "upstream_unavailable"
		f.retryAfter = retryAfter(resp.Header.Get("Retry-After"), now)
	case code >= 400:
		f.stage, f.reason = rejected, "upstream_unavailable"
	default:
		f.stage, f.reason = ambiguous, "upstream_protocol"
	}
	return f
}

// retryAfter reads a Retry-After header: seconds or a date; 0 if it is neither.
func retryAfter(value string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

// broken judges a try that ended without an answer.
func broken(ctx context.Context, err error, written bool) *failure {
	f := &failure{stage: notSent, reason: "upstream_unavailable", detail: unsentDetail(err)}
	if written {
		f.stage, f.detail = ambiguous, "closed the connection without an answer"
	}
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		f.reason, f.detail = "canceled", "the caller went away"
	case isTimeout(err) || ctx.Err() != nil:
		f.reason, f.detail = "timeout", "did not answer in time"
	case isTLS(err):
		f.stage, f.reason, f.secure = notSent, "tls", true
	}
	return f
}

// unsentDetail names the kind of a transport error without its text, which can hold URLs and addresses.
func unsentDetail(err error) string {
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns):
		return "cannot be found: the name does not resolve"
	case isTLS(err):
		return "cannot be reached safely: " + tlsDetail(err)
	case isDial(err):
		return "cannot be reached: no connection could be made"
	default:
		return "cannot be reached: the connection ended before anything was sent"
	}
}

func isDial(err error) bool {
	var op *net.OpError
	var dns *net.DNSError
	return errors.As(err, &dns) || errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect")
}

func isTLS(err error) bool {
	var record tls.RecordHeaderError
	var verification *tls.CertificateVerificationError
	var alert tls.AlertError
	return errors.As(err, &record) || errors.As(err, &verification) || errors.As(err, &alert)
}

func tlsDetail(err error) string {
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &authority):
		return "its certificate is signed by an authority that is not trusted here; check SSL_CERT_FILE and proxies"
	case errors.As(err, &host):
		return "its certificate is for another name"
	case errors.As(err, &invalid):
		return "its certificate is not valid, such as expired"
	default:
		return "the TLS handshake failed"
	}
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

// tokenDied tells whether a new token can help. 40001 counts on a business call alone, and this is never asked of
// gettoken.
func (f *failure) tokenDied() bool {
	switch f.errcode {
	case 40001, 40014, 41001, 42001:
		return f.stage == rejected
	}
	return false
}

// mayBeDone tells whether WeCom may have carried the call out.
func (f *failure) mayBeDone() bool {
	return f.stage == ambiguous || f.errcode == errcodeBusy
}

// fault is the failure as the caller sees it.
func (f *failure) fault(call *Call, secrets []string) *fault.Error {
	if f.errcode != 0 {
		return refusal(f, call, secrets)
	}
	e := fault.New(f.kind(call.Effect), "%s", f.sentence())
	e.Reason, e.RetryAfter = f.reason, f.retryAfter
	if e.Retryable() && e.RetryAfter == 0 {
		e.RetryAfter = time.Second
	}
	if e.Kind == fault.OutcomeUnknown {
		e.WithHint("WeCom may have carried it out. Check before you send it again; " + duplicateCheckHint(call))
	}
	if f.httpStatus != 0 && f.stage == rejected && e.Kind == fault.Unavailable {
		e.WithHint("This answer does not come from WeCom's API: check BASE_URL and any proxy in between.")
	}
	return e
}

func (f *failure) sentence() string {
	if f.reason == "canceled" {
		return "The caller went away before WeCom answered."
	}
	return "WeCom " + f.detail + "."
}

func duplicateCheckHint(call *Call) string {
	if call.Path == "message/send" {
		return "with enable_duplicate_check it is sent again safely."
	}
	return "WeCom has no duplicate check for this call."
}

func (f *failure) kind(effect Effect) fault.Kind {
	switch {
	case f.reason == "canceled":
		return fault.Canceled
	case f.reason == "rate_limited":
		return fault.RateLimited
	case f.stage == ambiguous && !effect.repeatable():
		return fault.OutcomeUnknown
	default:
		return fault.Unavailable
	}
}
