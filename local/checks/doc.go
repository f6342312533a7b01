// Package checks holds tests of the project as a whole: who imports whom, how long a main may be, that what the
// documents promise is so. It has no code of its own.
package checks
