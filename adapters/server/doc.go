// Package server runs the connector as a plain process with an HTTP port: in a container, on a machine of one's own, or
// behind any platform that starts containers: Knative, Cloud Run, OpenFaaS, Kubernetes.
//
// CloudEvents come over the same port, in binary and in structured mode. They are posted to /, with an envelope as their
// data, or to /actions/{id}, with that action's input. Nothing is answered to them but whether they are done with.
//
// It may import core/..., adapters/httpapi, adapters/event and the standard library.
package server
