// Package media says what a file must be for WeCom to take it (documents 90253 and 91770), and reads files on their way
// there: bytes in memory, a stream that its sender gives but once.
//
// It imports the standard library and core/fault only.
package media
