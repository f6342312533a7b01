// Package server runs the connector as a plain process with an HTTP port: in a container, on a machine of one's own, or
// behind any platform that starts containers.
//
// It imports the standard library, core/... and adapters/httpapi only.
package server
