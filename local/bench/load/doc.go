// Package load drives an HTTP server over kept connections with one prepared request, by raw sockets, so that the
// driver costs little beside what it drives. It understands answers with a Content-Length only and says so of others.
//
// It imports the standard library only.
package load
