package main

import (
	"fmt"
	"net"
	"os/exec"

	"github.com/wecom-functions/wecom-functions/local/bench/fakewecom"
)

// The functions of Google: both ways in which ours is deployed, and the floor.
var (
	googleRun       = program{name: "gcf", path: "functions/gcf"}
	googleFramework = program{name: "googlefunction", path: "local/bench/googlefunction"}
	googlePost      = program{name: "gcfpost", path: "local/bench/floor/gcfpost"}
)

// measureGoogle drives both deployments of our function in turns with a bare function of the framework.
func measureGoogle(h *harness) ([]line, error) {
	fake, err := fakewecom.Start()
	if err != nil {
		return nil, err
	}
	defer fake.Close()
	base, err := h.startGoogle(googlePost, fake)
	if err != nil {
		return nil, err
	}
	defer base.stop()
	run, err := h.compareGoogle(googleRun, base, fake)
	if err != nil {
		return nil, err
	}
	framework, err := h.compareGoogle(googleFramework, base, fake)
	if err != nil {
		return nil, err
	}
	least := min(run[0].throughput, run[1].throughput, framework[0].throughput, framework[1].throughput)
	return []line{atLeast("Google: throughput against a bare functions-framework-go function, 16 and 64 connections", 0.90, 0.95, least,
		fmt.Sprintf("as a source of Cloud Run %.2f and %.2f, under the framework %.2f and %.2f (%s, %s against %s a second with 16)",
			run[0].throughput, run[1].throughput, framework[0].throughput, framework[1].throughput,
			thousands(int(run[0].ours.perSecond)), thousands(int(framework[0].ours.perSecond)), thousands(int(framework[0].floor.perSecond))))}, nil
}

// compareGoogle compares a deployment with the floor, with 16 connections and with 64.
func (h *harness) compareGoogle(p program, base *server, fake *fakewecom.Fake) ([]comparison, error) {
	if h.self {
		p = googlePost
	}
	our, err := h.startGoogle(p, fake)
	if err != nil {
		return nil, err
	}
	defer our.stop()
	var compared []comparison
	for _, connections := range []int{16, 64} {
		c, err := h.compareServers(our, base, connections, 7)
		if err != nil {
			return nil, err
		}
		h.logf("  %s, %2d connections: %s", p.name, connections, c)
		compared = append(compared, c)
	}
	return compared, nil
}

func (h *harness) startGoogle(p program, fake *fakewecom.Fake) (*server, error) {
	return h.listen(p.name, func(addr string) (*exec.Cmd, error) {
		binary, err := h.build(p)
		if err != nil {
			return nil, err
		}
		_, port, _ := net.SplitHostPort(addr) // made by freeAddr
		cmd := exec.Command(binary)
		cmd.Env = append(connectionTo(fake.URL()), "WECOM_AUTH=platform", "PORT="+port, "FUNCTION_TARGET=MessageTextSend",
			"FLOOR_URL="+fake.URL(), "FLOOR_TOKEN="+fake.IssueToken())
		return cmd, nil
	})
}
