package fault

import "net/http"

// Kind is the class of an Error. The list is closed; Reason carries the finer word.
type Kind string

const (
	// InvalidInput: the input breaks a rule (nothing was sent), or WeCom refuses a value.
	InvalidInput Kind = "invalid_input"
	// Unauthenticated: the caller gave no or wrong credentials to this function.
	Unauthenticated Kind = "unauthenticated"
	// Forbidden: the caller or the deployment may not run this action.
	Forbidden Kind = "forbidden"
	// NotFound: no such action or connection, or WeCom knows no such department, member, chat, message or media.
	NotFound Kind = "not_found"
	// Conflict: it exists already, is not empty, or is in a state that forbids the operation.
	Conflict Kind = "conflict"
	// TooLarge: a body, file or image is over its limit.
	TooLarge Kind = "too_large"
	// RateLimited: WeCom's frequency or concurrency limit, or this process has too much in flight.
	RateLimited Kind = "rate_limited"
	// Canceled: the caller went away.
	Canceled Kind = "canceled"
	// Internal: a bug, a panic, or an errcode that no table knows.
	Internal Kind = "internal"
	// Misconfigured: this deployment's own settings are wrong.
	Misconfigured Kind = "misconfigured"
	// ConnectionRejected: WeCom refuses this connection: corp id, secret, agent id, rights, trusted IP, webhook key.
	ConnectionRejected Kind = "connection_rejected"
	// Unavailable: WeCom is busy, nothing was written, or repeating is safe. Nothing was done that a repeat would do twice.
	Unavailable Kind = "unavailable"
	// OutcomeUnknown: the answer was lost after the request was written, where repeating is not safe. It may have been done.
	OutcomeUnknown Kind = "outcome_unknown"
)

// statusClientClosedRequest is nginx's status for a caller that went away; net/http has no name for it.
const statusClientClosedRequest = 499

// kinds is a slice and not a map so that it costs nothing at start-up.
var kinds = []struct {
	kind   Kind
	status int
	title  string
}{
	{InvalidInput, http.StatusBadRequest, "The input breaks a rule"},
	{Unauthenticated, http.StatusUnauthorized, "The caller is not authenticated"},
	{Forbidden, http.StatusForbidden, "This action may not be run here"},
	{NotFound, http.StatusNotFound, "Not found"},
	{Conflict, http.StatusConflict, "In conflict with what exists"},
	{TooLarge, http.StatusRequestEntityTooLarge, "Too large"},
	{RateLimited, http.StatusTooManyRequests, "Too many requests"},
	{Canceled, statusClientClosedRequest, "The caller went away"},
	{Internal, http.StatusInternalServerError, "Internal error"},
	{Misconfigured, http.StatusInternalServerError, "This deployment is misconfigured"},
	{ConnectionRejected, http.StatusBadGateway, "WeCom refuses this connection"},
	{Unavailable, http.StatusServiceUnavailable, "WeCom is unavailable"},
	{OutcomeUnknown, http.StatusGatewayTimeout, "The outcome is unknown"},
}

// Kinds lists every kind, in the order of their HTTP statuses.
func Kinds() []Kind {
	list := make([]Kind, len(kinds))
	for i, k := range kinds {
		list[i] = k.kind
	}
	return list
}

// Error makes a kind a target for errors.Is.
func (k Kind) Error() string { return string(k) }

// Status is the HTTP status of the kind.
func (k Kind) Status() int {
	for _, known := range kinds {
		if known.kind == k {
			return known.status
		}
	}
	return http.StatusInternalServerError
}

// Title says the kind in words.
func (k Kind) Title() string {
	for _, known := range kinds {
		if known.kind == k {
			return known.title
		}
	}
	return string(k)
}
