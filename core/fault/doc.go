// Package fault is the error model: the one type of error that leaves the core, and the closed list of kinds that
// it can have.
//
// A kind is itself an error, so a caller asks
//
//	if errors.Is(err, fault.NotFound) { ... }
//
// and each kind has exactly one HTTP status. What a person needs to mend the matter is in the error: what was
// wrong (Detail, Violations), what WeCom said (WeCom), what to do (Hint) and whether to try again (Retryable,
// RetryAfter). Nothing secret is ever in it.
//
// It imports the standard library and core/rawjson only.
package fault
