// Package proc does to processes what measuring needs and the standard library lacks: give them a CPU, read what they
// have used, freeze and thaw them. It works on Linux; elsewhere every function returns ErrUnsupported, and the caller
// decides what can still be measured.
//
// It imports the standard library only.
package proc

import "errors"

// ErrUnsupported is returned by every function of this package outside Linux.
var ErrUnsupported = errors.New("proc: this needs Linux")
