package main

import (
	"bytes"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// initialised is what the runtime says about the initialisation of packages (GODEBUG=inittrace=1).
type initialised struct {
	time  time.Duration
	bytes int
}

// measureInit sums up our packages in the built server. A package without work in its initialisation has no line.
func measureInit(h *harness) ([]line, error) {
	server, err := h.build(containerServer)
	if err != nil {
		return nil, err
	}
	var times []time.Duration
	var ourPackages map[string]initialised
	for range pick(h, 21, 7) {
		cmd := exec.Command(server, "-version")
		var trace bytes.Buffer
		cmd.Env, cmd.Stderr = []string{"GODEBUG=inittrace=1"}, &trace
		if err := h.start(cmd, h.one()); err != nil {
			return nil, err
		}
		if err := cmd.Wait(); err != nil {
			return nil, fmt.Errorf("server -version: %w", err)
		}
		ourPackages = parseInitTrace(trace.String())
		times = append(times, sum(ourPackages).time)
	}
	for name, cost := range ourPackages {
		h.logf("  %s: %v, %d bytes", name, cost.time, cost.bytes)
	}
	took, size := median(times), sum(ourPackages).bytes
	l := must("package initialisation of all our packages", "<= 0.1 ms, <= 20 KiB", took <= 100*time.Microsecond && size <= 20<<10,
		fmt.Sprintf("%.3f ms, %.1f KiB", micros(took)/1000, float64(size)/1024))
	l.aim = "0"
	return []line{l}, nil
}

func sum(packages map[string]initialised) initialised {
	var all initialised
	for _, p := range packages {
		all.time += p.time
		all.bytes += p.bytes
	}
	return all
}

// parseInitTrace reads lines of the form
//
//	init path/of/package @1.2 ms, 0.034 ms clock, 5678 bytes, 9 allocs
func parseInitTrace(trace string) map[string]initialised {
	packages := map[string]initialised{}
	for line := range strings.Lines(trace) {
		fields := strings.Fields(line)
		if len(fields) < 8 || fields[0] != "init" || !isOurs(fields[1]) {
			continue
		}
		milliseconds, _ := strconv.ParseFloat(fields[4], 64) // the runtime writes numbers
		size, _ := strconv.Atoi(fields[7])
		packages[fields[1]] = initialised{time.Duration(milliseconds * float64(time.Millisecond)), size}
	}
	return packages
}

// isOurs knows our packages, the main one by the name that the runtime has for it.
func isOurs(path string) bool {
	return path == "main" || path == modulePath || strings.HasPrefix(path, modulePath+"/")
}
