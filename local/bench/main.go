package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"time"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == childArgument {
		exit(runChild(os.Args[2:]))
	}
	var opts options
	flag.BoolVar(&opts.quick, "quick", false, "fewer and shorter rounds")
	flag.BoolVar(&opts.self, "self", false, "measure the floor against itself, to check the harness")
	only := flag.String("only", "", "the `names` of the experiments to run, separated by commas")
	list := flag.Bool("list", false, "print the names of the experiments")
	readme := flag.String("readme", "", "a `file` whose bench block the table replaces")
	flag.StringVar(&opts.profile, "profile", "", "a `directory` for CPU and allocation profiles of the library experiments")
	flag.Parse()

	if *list {
		for _, e := range experiments {
			fmt.Printf("%-12s %s\n", e.name, e.doc)
		}
		return
	}
	chosen, err := choose(*only, opts.self)
	if err == nil {
		err = run(opts, chosen, *readme)
	}
	exit(err)
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// An experiment measures one or more lines of the table.
type experiment struct {
	name, doc string
	measure   func(*harness) ([]line, error)
	ratio     bool // compares with the floor, so that -self makes sense
}

var experiments = []experiment{
	{"server", "HTTP server against a bare net/http server", measureServer, true},
	{"send", "client send against a hand-written one", measureSend, true},
	{"departments", "department.list of 10,000 against a full decode", measureDepartments, true},
	{"article", "article of 666 KB against a hand-written client", measureArticle, true},
	{"coldstart", "Lambda: cold start against a bare function", measureColdStart, true},
	{"invocation", "Lambda: warm invocation against a bare function", measureInvocation, true},
	{"https", "Lambda: first HTTPS send of a cold instance", measureFirstHTTPS, true},
	{"google", "Google: HTTP function against a bare one", measureGoogle, true},
	{"upload", "20 MB files against a bare upload", measureUpload, false},
	{"init", "package initialisation", measureInit, false},
	{"tokens", "gettoken calls", measureTokens, false},
	{"connections", "connections for bursts of sends", measureConnections, false},
	{"lost", "sends lost to faults", measureLost, false},
	{"duplicates", "ambiguous faults with WeCom's duplicate check", measureDuplicates, false},
	{"unknown", "ambiguous faults without it", measureUnknown, false},
	{"freeze", "sends lost over freezes", measureFreeze, false},
	{"lambdafreeze", "Lambda: sends lost over freezes", measureLambdaFreeze, false},
	{"deadline", "deadlines when WeCom hangs", measureDeadline, false},
	{"endurance", "memory, goroutines, descriptors after many calls", measureEndurance, false},
	{"growth", "cost against size", measureGrowth, false},
}

func choose(only string, self bool) ([]experiment, error) {
	wanted := map[string]bool{}
	for name := range strings.SplitSeq(only, ",") {
		if name != "" {
			wanted[name] = true
		}
	}
	all := len(wanted) == 0
	var chosen []experiment
	for _, e := range experiments {
		if (all || wanted[e.name]) && (e.ratio || !self) {
			chosen = append(chosen, e)
		}
		delete(wanted, e.name)
	}
	for name := range wanted {
		return nil, fmt.Errorf("no experiment is called %q; -list names them", name)
	}
	return chosen, nil
}

// run measures the chosen experiments and prints the table. Its error is what did not hold.
func run(opts options, chosen []experiment, readme string) error {
	h, err := newHarness(opts)
	if err != nil {
		return err
	}
	defer h.close()

	var lines []line
	var failed []string
	for _, e := range chosen {
		start := time.Now()
		h.logf("%s: %s", e.name, e.doc)
		measured, err := e.measure(h)
		if err != nil {
			h.logf("  NOT MEASURED: %v", err)
			measured = []line{{what: e.doc, measured: "not measured", grade: missed}}
		}
		h.logf("  %.0f s", time.Since(start).Seconds())
		lines = append(lines, measured...)
		for _, l := range measured {
			if l.grade == missed && !h.self { // the floor has no goals
				failed = append(failed, l.what)
			}
		}
	}
	table := h.table(lines)
	fmt.Print(table)
	if readme != "" {
		if err := replaceBlock(readme, table); err != nil {
			return err
		}
	}
	if len(failed) > 0 {
		return fmt.Errorf("missed: %s", strings.Join(failed, "; "))
	}
	return nil
}
