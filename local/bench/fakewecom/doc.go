// Package fakewecom is a WeCom made for measuring: raw sockets, prepared answers, about ten microseconds a call, so that
// it is never the limit of what is measured against it. It counts what a client cannot be trusted to report about
// itself (connections, gettoken calls, how often a message arrived and how often it took effect) and it fails on
// command in the ways in which networks and WeCom fail.
//
// It checks nothing but tokens. Whether a request is right is the business of tests against a real emulator.
//
// It imports the standard library only.
package fakewecom
