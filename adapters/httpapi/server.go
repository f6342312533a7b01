package httpapi

import (
	"net/http"
	"time"

	"github.com/wecom-functions/wecom-functions/core"
)

// The limits of a server, which net/http alone does not have.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 15 * time.Second
	idleTimeout       = 60 * time.Second
	// answerTime is what a client may take to receive an answer.
	answerTime = 5 * time.Second
)

// NewFunctionServer is NewServer for a process that a function platform alone calls. It closes no idle connection: after
// a freeze all of them have been idle for too long, and the platform is sending on one. An event that the platform posts
// may be of an action that takes files, and has its time.
func NewFunctionServer(h http.Handler) *http.Server {
	server := NewServer(h)
	server.IdleTimeout = -1
	server.ReadTimeout, server.WriteTimeout = core.FileTimeout, core.FileTimeout+answerTime
	return server
}

// NewServer returns a server for a Handler with the timeouts and limits that net/http leaves open.
func NewServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      DefaultTimeout + answerTime,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		// "OPTIONS *" is answered like every other OPTIONS.
		DisableGeneralOptionsHandler: true,
	}
}
