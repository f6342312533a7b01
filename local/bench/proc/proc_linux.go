package proc

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"
	"time"
	"unsafe"
)

// cpuSet is the kernel's cpu_set_t, room for 1024 CPUs.
type cpuSet [16]uint64

func setOf(cpus ...int) cpuSet {
	var set cpuSet
	for _, cpu := range cpus {
		set[cpu/64] |= 1 << (cpu % 64)
	}
	return set
}

func (s *cpuSet) affinity(call uintptr, thread int) error {
	_, _, errno := syscall.RawSyscall(call, uintptr(thread), unsafe.Sizeof(*s), uintptr(unsafe.Pointer(s)))
	if errno != 0 {
		return os.NewSyscallError("affinity", errno)
	}
	return nil
}

// CPUs returns the CPUs that this process may run on.
func CPUs() ([]int, error) {
	var set cpuSet
	if err := set.affinity(syscall.SYS_SCHED_GETAFFINITY, 0); err != nil {
		return nil, err
	}
	var cpus []int
	for cpu := range len(set) * 64 {
		if set[cpu/64]&(1<<(cpu%64)) != 0 {
			cpus = append(cpus, cpu)
		}
	}
	return cpus, nil
}

// Pin moves this process to one CPU.
func Pin(cpu int) error {
	runtime.GOMAXPROCS(1)
	set := setOf(cpu)
	// Affinity belongs to threads and is inherited by those they start. The second pass catches the threads that were
	// started by one which the first pass had not reached yet.
	for range 2 {
		threads, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return err
		}
		for _, thread := range threads {
			id, err := strconv.Atoi(thread.Name())
			if err != nil {
				return err
			}
			if err := set.affinity(syscall.SYS_SCHED_SETAFFINITY, id); err != nil {
				return err
			}
		}
	}
	return nil
}

// Start starts a command on the given CPUs; with none given, on those of this process. The child is killed when this
// process dies, or a frozen one would stay for ever.
func Start(cmd *exec.Cmd, cpus ...int) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if len(cpus) == 0 {
		return cmd.Start()
	}
	// The child inherits the affinity of the thread that forks it, and sizes its own GOMAXPROCS by it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before cpuSet
	if err := before.affinity(syscall.SYS_SCHED_GETAFFINITY, 0); err != nil {
		return err
	}
	set := setOf(cpus...)
	if err := set.affinity(syscall.SYS_SCHED_SETAFFINITY, 0); err != nil {
		return err
	}
	err := cmd.Start()
	if restored := before.affinity(syscall.SYS_SCHED_SETAFFINITY, 0); restored != nil {
		panic(restored) // the set was ours a moment ago; a thread on the wrong CPU would spoil every number
	}
	return err
}

// CPUTime returns the CPU time that a process has used.
func CPUTime(pid int) (time.Duration, error) {
	// The clock of a process, MAKE_PROCESS_CPUCLOCK(pid, CPUCLOCK_SCHED) in the kernel's headers: in nanoseconds, where
	// /proc/<pid>/stat has ticks of 10 ms.
	clock := uintptr(^pid<<3 | 2)
	var spent syscall.Timespec
	_, _, errno := syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, clock, uintptr(unsafe.Pointer(&spent)), 0)
	if errno != 0 {
		return 0, os.NewSyscallError("clock_gettime", errno)
	}
	return time.Duration(spent.Nano()), nil
}

// MinorFaults returns how often a process touched a page that it had not touched before.
func MinorFaults(pid int) (int, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	// The second field is the name in parentheses, which may hold anything. Of those after it, this is the eighth.
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 8 {
		return 0, fmt.Errorf("proc: no count of faults for process %d", pid)
	}
	return strconv.Atoi(string(fields[7]))
}

// ResidentMemory returns the resident set of a process in bytes.
func ResidentMemory(pid int) (int64, error) { return status(pid, "VmRSS") }

// PeakMemory returns the largest resident set that a process has had, in bytes.
func PeakMemory(pid int) (int64, error) { return status(pid, "VmHWM") }

// status returns a size out of /proc/<pid>/status in bytes.
func status(pid int, name string) (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	_, rest, found := bytes.Cut(status, []byte(name+":"))
	fields := bytes.Fields(rest)
	if !found || len(fields) == 0 {
		return 0, fmt.Errorf("proc: no %s for process %d", name, pid)
	}
	kib, err := strconv.ParseInt(string(fields[0]), 10, 64)
	return kib << 10, err
}

// Descriptors returns the number of open files of a process.
func Descriptors(pid int) (int, error) {
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	return len(entries), err
}

// Freeze stops a process as a platform does between two calls.
func Freeze(p *os.Process) error { return p.Signal(syscall.SIGSTOP) }

// Thaw lets a frozen process go on.
func Thaw(p *os.Process) error { return p.Signal(syscall.SIGCONT) }

// DumpGoroutines makes a Go process write the stacks of all its goroutines to its standard error and exit.
func DumpGoroutines(p *os.Process) error { return p.Signal(syscall.SIGQUIT) }
