package main

import (
	"fmt"
	"time"

	"github.com/wecom-functions/wecom-functions/local/bench/fakewecom"
)

const (
	articleSize     = 666 << 10
	departmentCount = 10_000
)

// versus compares a contender with the floor: the medians of both, and of their ratios.
type versus struct {
	cpu, allocs, bytes float64
	ours, floor        cost
}

func (v versus) String() string {
	return fmt.Sprintf("CPU %.2f (%.0f against %.0f us), allocations %.2f (%.0f against %.0f), bytes %.2f (%.0f against %.0f)",
		v.cpu, micros(v.ours.CPU), micros(v.floor.CPU), v.allocs, v.ours.Allocs, v.floor.Allocs,
		v.bytes, v.ours.Bytes, v.floor.Bytes)
}

// versus measures the same work done by the floor and by each of the others. All costs of one contender are the first
// result's; the fake has as many departments as the work is large.
func (h *harness) versus(what string, size, calls int, others ...string) ([]versus, error) {
	fake, err := fakewecom.Start()
	if err != nil {
		return nil, err
	}
	defer fake.Close()
	fake.SetDepartments(size)
	workloads := []workload{{Party: partyOf(floors, fake), What: what, Size: size, Calls: calls}}
	for _, who := range others {
		if h.self {
			who = floors
		}
		workloads = append(workloads, workload{Party: partyOf(who, fake), What: what, Size: size, Calls: calls})
	}
	costs, err := h.probe(pick(h, 15, 5), workloads...)
	if err != nil {
		return nil, err
	}
	var results []versus
	for i, who := range others {
		v := against(costs[i+1], costs[0])
		h.logf("  %s, %s: %s", what, who, v)
		results = append(results, v)
	}
	return results, nil
}

func partyOf(who string, fake *fakewecom.Fake) party {
	return party{Who: who, URL: fake.URL(), Token: fake.IssueToken()}
}

func cpuOf(c cost) float64    { return float64(c.CPU) }
func allocsOf(c cost) float64 { return c.Allocs }
func bytesOf(c cost) float64  { return c.Bytes }

func against(ours, floor []cost) versus {
	return versus{
		cpu:    medianRatio(ours, floor, cpuOf),
		allocs: medianRatio(ours, floor, allocsOf),
		bytes:  medianRatio(ours, floor, bytesOf),
		ours:   medianCost(ours),
		floor:  medianCost(floor),
	}
}

func medianCost(costs []cost) cost {
	var c cost
	c.CPU = median(each(costs, func(c cost) time.Duration { return c.CPU }))
	c.Allocs = median(each(costs, allocsOf))
	c.Bytes = median(each(costs, bytesOf))
	return c
}

// measureSend counts what a send allocates from the decoded action on; what decoding adds is logged.
func measureSend(h *harness) ([]line, error) {
	v, err := h.versus("text", 1, pick(h, 1000, 300), oursClient, ours)
	if err != nil {
		return nil, err
	}
	client := v[0]
	return []line{atMost("client send: allocations and bytes against a hand-written `net/http` send with JSON and token",
		1.25, 1.0, max(client.allocs, client.bytes),
		fmt.Sprintf("%.2f and %.2f (%.0f against %.0f; %s against %s B)", client.allocs, client.bytes,
			client.ours.Allocs, client.floor.Allocs, thousands(int(client.ours.Bytes)), thousands(int(client.floor.Bytes))))}, nil
}

func measureDepartments(h *harness) ([]line, error) {
	v, err := h.versus("departments", departmentCount, pick(h, 10, 5), ours)
	if err != nil {
		return nil, err
	}
	return []line{atMost("department.list of 10,000: CPU against a full decode of `department/list`", 0.75, 0.40, v[0].cpu,
		fmt.Sprintf("%.2f (%.1f against %.1f ms)", v[0].cpu, micros(v[0].ours.CPU)/1000, micros(v[0].floor.CPU)/1000))}, nil
}

func measureArticle(h *harness) ([]line, error) {
	v, err := h.versus("article", articleSize, 30, oursClient, ours)
	if err != nil {
		return nil, err
	}
	client := v[0]
	return []line{atMost("666 KB article, from the decoded action to the socket: bytes allocated against the same client",
		1.3, 1.0, client.bytes,
		fmt.Sprintf("%.2f (%s against %s KB)", client.bytes, thousands(int(client.ours.Bytes)>>10), thousands(int(client.floor.Bytes)>>10)))}, nil
}
