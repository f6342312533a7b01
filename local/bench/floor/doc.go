// Package floor is what the same work costs when somebody writes only what is needed for it, by hand and well: the
// measure for the connector's own cost. It has the real JSON of both sides and a token, and none of what makes a
// connector: no checks, no retries, no token renewal, no authentication, no log.
//
// It imports the standard library only.
package floor
