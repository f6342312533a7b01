//go:build !linux

package proc

import (
	"os"
	"os/exec"
	"time"
)

// CPUs returns the CPUs that this process may run on.
func CPUs() ([]int, error) { return nil, ErrUnsupported }

// Pin moves this process to one CPU.
func Pin(int) error { return ErrUnsupported }

// Start starts a command on the given CPUs, to die with this process.
func Start(*exec.Cmd, ...int) error { return ErrUnsupported }

// CPUTime returns the CPU time that a process has used.
func CPUTime(int) (time.Duration, error) { return 0, ErrUnsupported }

// MinorFaults returns how often a process touched a page that it had not touched before.
func MinorFaults(int) (int, error) { return 0, ErrUnsupported }

// ResidentMemory returns the resident set of a process in bytes.
func ResidentMemory(int) (int64, error) { return 0, ErrUnsupported }

// PeakMemory returns the largest resident set that a process has had, in bytes.
func PeakMemory(int) (int64, error) { return 0, ErrUnsupported }

// Descriptors returns the number of open files of a process.
func Descriptors(int) (int, error) { return 0, ErrUnsupported }

// Freeze stops a process as a platform does between two calls.
func Freeze(*os.Process) error { return ErrUnsupported }

// Thaw lets a frozen process go on.
func Thaw(*os.Process) error { return ErrUnsupported }

// DumpGoroutines makes a Go process write the stacks of all its goroutines to its standard error and exit.
func DumpGoroutines(*os.Process) error { return ErrUnsupported }
