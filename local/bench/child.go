package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"syscall"

	"github.com/wecom-functions/wecom-functions/local/bench/floor"
)

// This program starts itself for what it measures in a process of its own:
//
//	bench child <role> <argument as JSON>
const childArgument = "child"

func runChild(args []string) error {
	if len(args) != 2 {
		return errors.New("child: want a role and an argument")
	}
	role, argument := args[0], []byte(args[1])
	switch role {
	case "server":
		return serveFloor(argument)
	case "sender":
		return serveSender(argument)
	case "probe":
		return serveProbe(argument)
	}
	return fmt.Errorf("child: no role %q", role)
}

// child prepares such a process.
func (h *harness) child(role string, argument any) *exec.Cmd {
	encoded, err := json.Marshal(argument)
	if err != nil {
		panic(err) // only structs of strings and numbers are passed
	}
	cmd := exec.Command(h.bench, childArgument, role, string(encoded))
	cmd.Stderr = os.Stderr
	return cmd
}

// A party is one side of a comparison, as a child is told about it.
type party struct {
	Who   string // see newContender
	URL   string // of its WeCom
	Token string // for those who do not fetch one
	Addr  string // to listen on, for servers
}

func serveFloor(argument []byte) error {
	var p party
	if err := json.Unmarshal(argument, &p); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", p.Addr)
	if err != nil {
		return err
	}
	return http.Serve(listener, floor.Handler(floor.NewClient(p.URL, p.Token)))
}

// answerOrders serves orders of type O from the parent, one at a time, until it closes the pipe.
func answerOrders[O, A any](do func(O) (A, error)) error {
	// Through the poller, like requests to a server: after a freeze the order and the end of a kept connection are found
	// in one poll, and who is run first is the race that the freeze experiment is about.
	if err := syscall.SetNonblock(0, true); err != nil {
		return err
	}
	orders, answers := json.NewDecoder(os.NewFile(0, "orders")), json.NewEncoder(os.Stdout)
	for {
		var order O
		if err := orders.Decode(&order); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		answer, err := do(order)
		if err != nil {
			return err
		}
		if err := answers.Encode(answer); err != nil {
			return err
		}
	}
}
