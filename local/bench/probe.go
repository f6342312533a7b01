package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strings"
	"time"

	"github.com/wecom-functions/wecom-functions/local/bench/proc"
)

// A probe is a process that does library work over and over and says what one call costs it.

// workload is one kind of work. A probe is given several and runs them in turns.
type workload struct {
	Party party
	What  string // text, article or departments
	Size  int    // bytes of the content; number of departments
	Calls int    // in a round
}

type probeOrder struct {
	Workloads []workload
	Rounds    int
	Profile   string // a directory for profiles instead of measurements
}

// cost of one call, the average of a round.
type cost struct {
	CPU    time.Duration
	Allocs float64
	Bytes  float64
}

// probe runs the workloads in a process of their own on the target CPU: the result has a list of rounds for each.
func (h *harness) probe(rounds int, workloads ...workload) ([][]cost, error) {
	if h.profile != "" {
		// One process for each, after which nothing is measured in it: a profiler costs, too.
		for _, w := range workloads {
			if _, err := h.startProbe(probeOrder{[]workload{w}, rounds, h.profile}); err != nil {
				return nil, err
			}
		}
	}
	return h.startProbe(probeOrder{Workloads: workloads, Rounds: rounds})
}

func (h *harness) startProbe(o probeOrder) ([][]cost, error) {
	cmd := h.child("probe", o)
	var out bytes.Buffer
	cmd.Stdout = &out
	if err := h.start(cmd, h.one()); err != nil {
		return nil, err
	}
	if err := cmd.Wait(); err != nil {
		return nil, fmt.Errorf("probe: %w", err)
	}
	var costs [][]cost
	err := json.Unmarshal(out.Bytes(), &costs)
	return costs, err
}

// serveProbe is the child's side.
func serveProbe(argument []byte) error {
	var o probeOrder
	if err := json.Unmarshal(argument, &o); err != nil {
		return err
	}
	if o.Profile != "" {
		runtime.MemProfileRate = 0 // until the profile of allocations
	}
	tasks := make([]call, len(o.Workloads))
	for i, w := range o.Workloads {
		contender, err := newContender(w.Party)
		if err != nil {
			return err
		}
		if tasks[i], err = w.task(contender); err != nil {
			return err
		}
		if _, err := measureCalls(w.Calls, tasks[i]); err != nil { // connections, token, pools
			return fmt.Errorf("%s %s: %w", w.Party.Who, w.What, err)
		}
	}
	var costs [][]cost
	var err error
	if o.Profile != "" {
		err = profile(o, tasks[0])
	} else {
		costs, err = takeTurns(o, tasks)
	}
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(costs)
}

func takeTurns(o probeOrder, tasks []call) ([][]cost, error) {
	costs := make([][]cost, len(tasks))
	for range o.Rounds {
		for i, task := range tasks {
			c, err := measureCalls(o.Workloads[i].Calls, task)
			if err != nil {
				return nil, err
			}
			costs[i] = append(costs[i], c)
		}
	}
	return costs, nil
}

// task prepares one call of the workload.
func (w workload) task(c contender) (call, error) {
	switch w.What {
	case "text":
		return c.text(sampleText, false), nil
	case "article":
		return c.article(articleOf(w.Size)), nil
	case "departments":
		return c.departments(w.Size), nil
	}
	return nil, fmt.Errorf("probe: no work is called %q", w.What)
}

// sampleText has Chinese and HTML, so that escaping is part of what is measured.
const sampleText = `今晚 20:00 例行维护，预计 30 分钟。详情见<a href="https://ops.example.com/m/42">公告</a>`

// articleOf is HTML of exactly the given number of bytes, more text than tags.
func articleOf(size int) string {
	const paragraph = "<p>本季度共发现并处置安全事件十二起，其中高危事件 <b>0</b> 起，较上季度下降百分之三十；" +
		"各部门已完成年度演练，请负责人于本月底前在系统中确认整改结果。</p>\n"
	whole := strings.Repeat(paragraph, size/len(paragraph))
	return whole + strings.Repeat(".", size-len(whole))
}

// measureCalls is the average cost of so many calls, garbage collection included.
func measureCalls(calls int, task call) (cost, error) {
	var before, after runtime.MemStats
	runtime.GC() // what earlier work left behind is not ours to pay for
	// Nor are the pools that this has emptied: one call fills them again.
	if err := task(context.Background()); err != nil {
		return cost{}, err
	}
	runtime.ReadMemStats(&before)
	cpuBefore, err := proc.CPUTime(os.Getpid())
	if err != nil {
		return cost{}, err
	}
	if err := repeat(calls, task); err != nil {
		return cost{}, err
	}
	cpuAfter, err := proc.CPUTime(os.Getpid())
	if err != nil {
		return cost{}, err
	}
	runtime.ReadMemStats(&after)
	return cost{
		CPU:    (cpuAfter - cpuBefore) / time.Duration(calls),
		Allocs: float64(after.Mallocs-before.Mallocs) / float64(calls),
		Bytes:  float64(after.TotalAlloc-before.TotalAlloc) / float64(calls),
	}, nil
}

// profile writes a CPU profile of the work, and then one that has each of its allocations.
func profile(o probeOrder, task call) error {
	w := o.Workloads[0]
	name := filepath.Join(o.Profile, fmt.Sprintf("%s-%s-%d", w.What, w.Party.Who, w.Size))
	err := toFile(name+".cpu", func(file *os.File) error {
		if err := pprof.StartCPUProfile(file); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
		return repeat(w.Calls*o.Rounds, task)
	})
	if err != nil {
		return err
	}
	runtime.MemProfileRate = 1
	if err := repeat(w.Calls, task); err != nil {
		return err
	}
	runtime.GC() // the profile is as of the last but one
	runtime.GC()
	return toFile(name+".allocs", func(file *os.File) error {
		return pprof.Lookup("allocs").WriteTo(file, 0)
	})
}

func toFile(name string, write func(*os.File) error) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(write(file), file.Close())
}

func repeat(calls int, task call) error {
	ctx := context.Background()
	for range calls {
		if err := task(ctx); err != nil {
			return err
		}
	}
	return nil
}
