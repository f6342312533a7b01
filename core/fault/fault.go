package fault

import (
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// Error is the only type of error that leaves the core.
type Error struct {
	Kind Kind
	// Reason is the finer word within the kind, such as "payload_too_large" or "upstream_busy"; may be empty.
	Reason string
	// Detail says in one sentence what happened to this call.
	Detail string
	// Hint says what to do about it; may be empty.
	Hint string
	// Action is the id of the action that was called, where it is known.
	Action string
	// RetryAfter is how long to wait before the same call has a chance; 0 where that is not known.
	RetryAfter time.Duration
	// Violations lists every rule that the input breaks, up to MaxViolations.
	Violations []Violation
	// WeCom is WeCom's own answer, where there was one.
	WeCom *WeCom
	// Completed is what was done before the failure, and need not be done again; nil if nothing was.
	Completed *Completed
	// RequestID is the id of the call, the same as in the log line.
	RequestID string
	// Status is the HTTP status where it is not the kind's own: InvalidInput may be 405, 411, 415 or 431, and brokers are
	// told 422 of what no other delivery of an event mends.
	Status int
	// Cause is for the log alone. It is never shown to a caller.
	Cause error
}

// MaxViolations bounds the violations that one error reports.
const MaxViolations = 20

// WeCom is what WeCom answered to a call that it refused. Errmsg is redacted and cut to 512 characters.
type WeCom struct {
	Errcode int64  `json:"errcode"`
	Errmsg  string `json:"errmsg"`
}

// Completed is what a call had uploaded when it failed: its file, or those of its articles.
type Completed struct {
	// MediaID can be sent in place of the file, until ExpiresAt, in Unix seconds.
	MediaID   string `json:"media_id,omitempty"`
	ExpiresAt int64  `json:"expires_at,omitempty"`
	// Uploads are the files of articles.
	Uploads []Upload `json:"uploads,omitempty"`
}

// Upload is a file of an article that was uploaded.
type Upload struct {
	// Field is the JSON Pointer of the file in the input.
	Field     string `json:"field"`
	MediaID   string `json:"media_id"`
	ExpiresAt int64  `json:"expires_at"`
}

// Violation is one broken rule.
type Violation struct {
	// Field is the JSON Pointer of the field in the input; "" is the whole input.
	Field string `json:"field"`
	// Rule is one of the Rule constants.
	Rule Rule `json:"rule"`
	// Limit is what the rule demands, such as "1..64 characters"; may be empty.
	Limit string `json:"limit,omitempty"`
	// Given is the value, cut to 64 characters, or its length. Values of secret fields are never shown.
	Given string `json:"given,omitempty"`
	// Detail says what to do, in one sentence.
	Detail string `json:"detail"`
}

// Warning is something that the caller should know of a call that succeeded.
type Warning struct {
	Field  string `json:"field"`
	Rule   Rule   `json:"rule"`
	Detail string `json:"detail"`
}

// Rule names what a Violation or Warning is about.
type Rule string

// The rules of violations.
const (
	RuleRequired       Rule = "required"
	RuleUnknown        Rule = "unknown"
	RuleDuplicate      Rule = "duplicate"
	RuleType           Rule = "type"
	RuleChars          Rule = "chars"
	RuleBytes          Rule = "bytes"
	RuleRange          Rule = "range"
	RuleOneOf          Rule = "one_of"
	RuleItems          Rule = "items"
	RuleFormat         Rule = "format"
	RuleForbiddenChars Rule = "forbidden_chars"
	RuleAnyOf          Rule = "any_of"
	RuleSameLength     Rule = "same_length"
	RuleExclusive      Rule = "exclusive"
	RuleUnsupported    Rule = "unsupported"
)

// The rules that warnings add.
const (
	RuleTruncated         Rule = "truncated"
	RuleDropped           Rule = "dropped"
	RuleRecipientsRefused Rule = "recipients_refused"
	RuleReconciled        Rule = "reconciled"
	RuleWeComWarning      Rule = "wecom_warning"
)

// New makes an error of a kind with a formatted detail.
func New(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Detail: fmt.Sprintf(format, args...)}
}

// Because adds the finer word.
func (e *Error) Because(reason string) *Error { e.Reason = reason; return e }

// WithHint adds what to do.
func (e *Error) WithHint(hint string) *Error { e.Hint = hint; return e }

// Invalid makes the error of an input that breaks rules.
func Invalid(violations ...Violation) *Error {
	e := New(InvalidInput, "%s", violationsDetail(violations)).Because("validation")
	e.Violations = violations[:min(len(violations), MaxViolations)]
	return e
}

func violationsDetail(violations []Violation) string {
	switch n := len(violations); {
	case n == 1:
		return violations[0].Detail
	case n > MaxViolations:
		return fmt.Sprintf("The input breaks %d rules; the first %d are listed.", n, MaxViolations)
	default:
		return fmt.Sprintf("The input breaks %d rules.", n)
	}
}

// Grouped writes a number as details do, with separators: 2,048.
func Grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Error is one line for a log: kind, reason, detail and WeCom's errcode.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(string(e.Kind))
	if e.Reason != "" && e.Reason != string(e.Kind) {
		b.WriteString(" (" + e.Reason + ")")
	}
	b.WriteString(": " + e.Detail)
	if len(e.Violations) > 1 {
		for _, v := range e.Violations {
			b.WriteString(" " + v.Detail)
		}
	}
	return b.String()
}

// Is makes errors.Is(err, fault.NotFound) work.
func (e *Error) Is(target error) bool {
	kind, ok := target.(Kind)
	return ok && kind == e.Kind
}

// HTTPStatus is the status that an HTTP face answers with.
func (e *Error) HTTPStatus() int {
	if e.Status != 0 {
		return e.Status
	}
	return e.Kind.Status()
}

// Retryable tells whether the same call, sent again later, has a chance and can do no harm.
func (e *Error) Retryable() bool {
	return e.Kind == RateLimited || e.Kind == Unavailable
}

// From returns err as an *Error. Anything else is a bug of ours: Internal, with err as the cause for the log.
func From(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	e := New(Internal, "An unexpected error happened inside the connector; the log line of this request says more.").Because("internal")
	e.Cause = err
	return e
}

// Panicked returns what a recovered panic is: Internal, with the panic as the cause for the log.
func Panicked(value any) *Error { return From(fmt.Errorf("panic: %s", panicText(value))) }

// panicText is the text of a panic that cannot hold a secret. Other errors may carry a URL with one.
func panicText(value any) string {
	switch v := value.(type) {
	case runtime.Error:
		return v.Error()
	case string:
		return v
	default:
		return fmt.Sprintf("%T", value)
	}
}
