// Package describe computes what is said of an action from its declaration: its names, the JSON Schema of its input
// and output, and the tables in the documents.
//
// It imports the standard library and core packages only.
package describe
