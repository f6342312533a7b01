package main

import (
	"fmt"
	"slices"
)

// step is one size of a workload, and how many calls of that size are worth a round.
type step struct{ size, calls int }

var (
	articleSteps    = []step{{64, 500}, {666, 500}, {6_660, 300}, {66_600, 150}, {articleSize, 20}}
	departmentSteps = []step{{100, 200}, {1_000, 50}, {departmentCount, 5}}
)

// measureGrowth compares the CPU of a call with that of one ten times as large. Anything quadratic would cost a hundred
// times as much; a call with a fixed share costs less than ten times as much.
func measureGrowth(h *harness) ([]line, error) {
	wecoms, closeAll, err := fakes(len(departmentSteps))
	if err != nil {
		return nil, err
	}
	defer closeAll()

	var workloads []workload
	for _, s := range articleSteps {
		workloads = append(workloads, workload{Party: partyOf(ours, wecoms[0]), What: "article", Size: s.size, Calls: s.calls})
	}
	for i, s := range departmentSteps {
		wecoms[i].SetDepartments(s.size)
		workloads = append(workloads, workload{Party: partyOf(ours, wecoms[i]), What: "departments", Size: s.size, Calls: s.calls})
	}
	costs, err := h.probe(pick(h, 9, 5), workloads...)
	if err != nil {
		return nil, err
	}
	perBytes := h.factors("bytes", articleSteps, costs)
	perDepartments := h.factors("departments", departmentSteps, costs[len(articleSteps):])
	const linear = 12.5 // ten, and room for noise and caches
	steepest := max(slices.Max(perBytes), slices.Max(perDepartments))
	return []line{must("growth from 64 B to 666 KB and from 100 to 10,000 departments", "linear", steepest <= linear,
		fmt.Sprintf("CPU for each tenfold: %s for bytes, %s for departments", times(perBytes), times(perDepartments)))}, nil
}

// factors is how much more each size costs than the one before.
func (h *harness) factors(unit string, steps []step, costs [][]cost) []float64 {
	var factors []float64
	for i, s := range steps {
		c := medianCost(costs[i])
		h.logf("  %6d %s: %.0f us, %.0f bytes allocated", s.size, unit, micros(c.CPU), c.Bytes)
		if i > 0 {
			factors = append(factors, medianRatio(costs[i], costs[i-1], cpuOf))
		}
	}
	return factors
}
