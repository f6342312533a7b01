package wecom

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
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
	reason     string       // finer word of the kind
	detail     string       // end of a sentence that begins with "WeCom"
	hint       string       // what to do about it
	final      bool         // sending the call again cannot help, whatever its effect
	own        *fault.Error // of the file that was to be uploaded, and not of WeCom
}

func unreadable(detail string) *failure {
	return &failure{stage: ambiguous, reason: "upstream_protocol", detail: detail, hint: foreignHint}
}

// What to do about failures on the way.
const (
	foreignHint = "If this stays so, something else answers in the place of WeCom's API: check BASE_URL, and any proxy in between."
	pathHint    = "Check that this network lets calls out to WeCom's API, its name service, BASE_URL and PROXY_URL."
	proxyHint   = "Check PROXY_URL, or HTTPS_PROXY where that is not set, and the proxy's credentials."
	tlsHint     = "Check SSL_CERT_FILE and SSL_CERT_DIR, and any proxy that opens TLS connections. Verification cannot be switched off."
	slowHint    = "Send it again. If this stays so, check this network's way to WeCom's API."
)

// misreadMessage: the message was taken, and what it says of that may be missing. The same bytes would be read no better.
func misreadMessage() *failure {
	return &failure{
		stage: ambiguous, reason: "wecom_warning", final: true,
		detail: "took the message but says that it could not read a part of it",
	}
}

// gone: the caller did not wait for the outcome.
func gone(mayBeDone bool) *failure {
	f := &failure{stage: notSent, reason: "canceled", final: true}
	if mayBeDone {
		f.stage = ambiguous
	}
	return f
}

// badStatus judges an answer whose HTTP status is not 200. WeCom itself answers 200 to everything but unknown paths,
// so this is a gateway, a proxy or a wrong BaseURL.
func badStatus(resp *http.Response, now time.Time) *failure {
	f := &failure{httpStatus: resp.StatusCode, detail: fmt.Sprintf("answered HTTP status %d", resp.StatusCode), hint: foreignHint}
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
	if errors.Is(ctx.Err(), context.Canceled) {
		return gone(written)
	}
	f := &failure{stage: notSent, reason: "upstream_unavailable"}
	f.detail, f.hint = unsent(err)
	if written {
		f.stage, f.detail, f.hint = ambiguous, "closed the connection without an answer", slowHint
	}
	switch {
	case isTimeout(err) || ctx.Err() != nil:
		f.reason, f.detail, f.hint = "timeout", "did not answer in time", slowHint
	case isTLS(err) && !written:
		f.reason, f.final = "tls", true
	}
	return f
}

// brokenOff judges a try whose answer began and did not end well.
func brokenOff(ctx context.Context, err error) *failure {
	f := broken(ctx, err, true)
	if f.reason == "upstream_unavailable" {
		f.reason, f.detail = "upstream_protocol", "broke off its answer"
	}
	return f
}

// unsent names the kind of a transport error without its text, which can hold URLs and addresses.
func unsent(err error) (detail, hint string) {
	var dns *net.DNSError
	var refusal proxyRefusal
	switch {
	case errors.As(err, &refusal):
		return fmt.Sprintf("cannot be reached: the proxy answered HTTP status %d", int(refusal)), proxyHint
	case isProxy(err):
		return "cannot be reached: no connection to the proxy could be made", proxyHint
	case errors.As(err, &dns):
		return "cannot be found: the name does not resolve", pathHint
	case isTLS(err):
		return "cannot be reached safely: " + tlsDetail(err), tlsHint
	case isDial(err):
		return "cannot be reached: no connection could be made", pathHint
	default:
		return "cannot be reached: the connection ended before anything was sent", pathHint
	}
}

func isProxy(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "proxyconnect"
}

func isDial(err error) bool {
	var op *net.OpError
	var dns *net.DNSError
	return isProxy(err) || errors.As(err, &dns) || errors.As(err, &op) && op.Op == "dial"
}

// isTLS tells a handshake that failed by itself from one whose connection broke. Some of crypto/tls's errors have no
// type; a wrong guess costs a repeat of what was not sent, or saves one.
func isTLS(err error) bool {
	var op *net.OpError
	var record tls.RecordHeaderError
	return isCertificate(err) || errors.As(err, &record) ||
		errors.As(err, &op) && (op.Op == "remote error" || op.Op == "local error") ||
		strings.HasPrefix(err.Error(), "tls: ")
}

func isCertificate(err error) bool {
	var verification *tls.CertificateVerificationError
	return errors.As(err, &verification)
}

func tlsDetail(err error) string {
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &authority):
		return "its certificate is signed by an authority that is not trusted here"
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

// credentialDied tells whether another token, or a webhook key that was rotated (93000), can help. That 40001 counts on
// a business call alone is seen to by gettoken's credential, of which there is no other.
func (f *failure) credentialDied() bool {
	switch f.errcode {
	case 40001, 40014, 41001, 42001, 93000:
		return f.stage == rejected
	}
	return false
}

// mayBeDone tells whether WeCom may have carried the call out.
func (f *failure) mayBeDone() bool {
	return f.stage == ambiguous
}

// fault is the failure as the caller sees it.
func (f *failure) fault(call *Call, secrets []string) *fault.Error {
	if f.own != nil {
		return f.own
	}
	if f.errcode != 0 {
		return refusal(f, call, secrets)
	}
	if f.reason == "canceled" {
		return f.canceled(call)
	}
	e := fault.New(f.kind(call.Effect), "WeCom %s.", f.detail).Because(f.reason)
	if e.Retryable() {
		e.RetryAfter = cmp.Or(f.retryAfter, time.Second)
	}
	if e.WithHint(f.hint); e.Kind == fault.OutcomeUnknown {
		e.WithHint(f.checkHint(call))
	}
	return e
}

// canceled has the unknown outcome as its reason where there is one, for whoever reads the log.
func (f *failure) canceled(call *Call) *fault.Error {
	if f.stage == ambiguous && call.Effect != Read {
		return fault.New(fault.Canceled, "The caller went away before WeCom answered; WeCom may have carried the call out.").
			Because(string(fault.OutcomeUnknown))
	}
	return fault.New(fault.Canceled, "The caller went away before WeCom answered.").Because(f.reason)
}

func (f *failure) checkHint(call *Call) string {
	const check = "WeCom may have carried it out. Check before you send it again; "
	switch {
	case f.final:
		return "Members may see it incomplete. Look at it before you send it again."
	case call.Path == "message/send":
		return check + "with enable_duplicate_check it is sent again safely."
	default:
		return check + "WeCom has no duplicate check for this call."
	}
}

func (f *failure) kind(effect Effect) fault.Kind {
	switch {
	case f.reason == "rate_limited":
		return fault.RateLimited
	case f.stage == ambiguous && (f.final || !effect.repeatable()):
		return fault.OutcomeUnknown
	default:
		return fault.Unavailable
	}
}
