// Package env reads the settings of a deployment from the environment: the named connections, who may call, and what
// else Table lists.
//
// All problems are found in one go and named by their variable. No value is ever shown, in a problem or in the log: it
// may be a secret, or a secret pasted into the wrong variable.
//
// It imports the standard library, core/... and github.com/kelseyhightower/envconfig only.
package env
