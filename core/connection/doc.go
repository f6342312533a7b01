// Package connection holds the settings of named connections to WeCom: their types, rules and secrets.
//
// A connection is either an Application (corp id and secrets, for most of the actions) or a Chatbot (a webhook key, for
// those that begin with chatbot). Settings are plain values, filled in by whoever knows the environment; nothing here reads it.
//
// It imports the standard library and core/fault only.
package connection
