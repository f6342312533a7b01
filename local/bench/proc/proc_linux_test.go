package proc_test

import (
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wecom-functions/wecom-functions/local/bench/proc"
)

func TestStartGivesTheChildItsCPU(t *testing.T) {
	before, err := proc.CPUs()
	if err != nil || len(before) == 0 {
		t.Fatalf("%v, %v", before, err)
	}
	cpu := before[len(before)-1]
	cmd := exec.Command("sh", "-c", "grep Cpus_allowed_list /proc/self/status")
	var out strings.Builder
	cmd.Stdout = &out
	if err := proc.Start(cmd, cpu); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(out.String(), ":")
	if got := strings.TrimSpace(list); strings.ContainsAny(got, ",-") {
		t.Errorf("the child may run on %s", got)
	}
	if after, err := proc.CPUs(); err != nil || !slices.Equal(after, before) {
		t.Errorf("this process may now run on %v, before on %v; %v", after, before, err)
	}
}

func TestCPUTimeCountsWork(t *testing.T) {
	before, err := proc.CPUTime(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	for start := time.Now(); time.Since(start) < 20*time.Millisecond; {
	}
	after, err := proc.CPUTime(os.Getpid())
	if err != nil || after-before < time.Millisecond {
		t.Errorf("%v of CPU time for 20 ms of work, %v", after-before, err)
	}
}

func TestFootprintIsRead(t *testing.T) {
	if memory, err := proc.ResidentMemory(os.Getpid()); err != nil || memory < 1<<20 {
		t.Errorf("%d bytes, %v", memory, err)
	}
	before, err := proc.Descriptors(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if after, err := proc.Descriptors(os.Getpid()); err != nil || after != before+1 {
		t.Errorf("%d descriptors, before %d, %v", after, before, err)
	}
}

func TestFreshMemoryCostsFaultsAndIsRemembered(t *testing.T) {
	faults, err := proc.MinorFaults(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	const size, page = 8 << 20, 4 << 10
	memory := make([]byte, size)
	for i := 0; i < size; i += page {
		memory[i] = 1
	}
	// Huge pages may serve many at once; that some are new is certain.
	if after, err := proc.MinorFaults(os.Getpid()); err != nil || after <= faults {
		t.Errorf("%d faults after, %d before, %v", after, faults, err)
	}
	if peak, err := proc.PeakMemory(os.Getpid()); err != nil || peak < size {
		t.Errorf("%d bytes, %v", peak, err)
	}
	runtime.KeepAlive(memory)
}

func TestFreezeStopsUntilThaw(t *testing.T) {
	cmd := exec.Command("cat")
	in, _ := cmd.StdinPipe()
	out, _ := cmd.StdoutPipe()
	if err := proc.Start(cmd); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer in.Close()
	if err := proc.Freeze(cmd.Process); err != nil {
		t.Fatal(err)
	}
	answered := make(chan bool, 1)
	go func() {
		n, _ := out.Read(make([]byte, 1))
		answered <- n == 1
	}()
	if _, err := in.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	select {
	case <-answered:
		t.Error("a frozen process answered")
	case <-time.After(30 * time.Millisecond):
	}
	if err := proc.Thaw(cmd.Process); err != nil {
		t.Fatal(err)
	}
	if !<-answered {
		t.Error("a thawed process did not answer")
	}
}
