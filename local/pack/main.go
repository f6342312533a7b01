// Command pack writes what is uploaded to a platform: an archive, and a folder with the same content for the tools
// that make archives themselves.
//
//	go run ./local/pack lambda              # dist/lambda.zip and dist/lambda/
//	go run ./local/pack -arch amd64 lambda  # for another processor
//	go run ./local/pack -version v1.2.3 all
//
// Same source, same Go, same version: same bytes, on every machine and in every folder; but server.zip holds the
// certificates of the authorities that this machine trusts. dist/SHA256SUMS has the sums of the archives.
//
// It may import core/... and the standard library.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/wecom-functions/wecom-functions/core/action"
)

// target is what is uploaded to a platform.
type target struct {
	// name is that of the archive: the platform's folder below functions/, or begins with it and a hyphen.
	name string
	// main is the package that is built; "" where the platform builds it.
	main string
	// arch is the GOARCH that it is built for, unless -arch says another.
	arch string
	// fixed says that the platform runs no other.
	fixed bool
	// tags are its build tags, separated by commas.
	tags string
	// binary is the path of what was built in the archive.
	binary string
	// files are the rest of the archive; nil if there is nothing.
	files func() ([]entry, error)
}

// entry is a file of an archive.
type entry struct {
	name string // with slashes, relative
	mode fs.FileMode
	data []byte
}

// targets are all that there are.
var targets = []target{lambda, gcf, functiongraph, azure, scf, fc, server}

const (
	exitFailed = 1
	exitUsage  = 2
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run packs what the arguments name, and returns the exit code.
func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("pack", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprintf(stderr, "pack [flags] all | %s\n", strings.Join(names(), " | "))
		flags.PrintDefaults()
	}
	version := flags.String("version", "dev", "version that the programs tell")
	arch := flags.String("arch", "", "GOARCH to build for, such as amd64 or arm64, in place of each target's own")
	out := flags.String("out", "dist", "folder that the archives are written to")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return exitUsage
	}
	b := build{version: *version, arch: *arch}
	selected, err := selection(flags.Args(), b)
	if err == nil {
		err = checkBuild(b)
	}
	if err != nil {
		fmt.Fprintln(stderr, err)
		return exitUsage
	}
	if err := packAll(selected, b, *out, stdout); err != nil {
		fmt.Fprintln(stderr, err)
		return exitFailed
	}
	return 0
}

// selection finds the targets that are meant: a platform's name stands for all that it has. One that is named must take
// the processor that is asked for; those that do not keep theirs where everything is packed.
func selection(args []string, b build) ([]target, error) {
	if len(args) == 0 {
		return nil, fmt.Errorf("say what to pack: all, or some of %s", strings.Join(names(), ", "))
	}
	if slices.Equal(args, []string{"all"}) {
		return targets, nil
	}
	var selected []target
	for _, arg := range args {
		found := false
		for _, t := range targets {
			if t.name != arg && !strings.HasPrefix(t.name, arg+"-") {
				continue
			}
			if b.keepsArch(t) {
				return nil, fmt.Errorf("-arch %s does not go with %s: that platform runs %s alone; leave -arch, or make's ARCH, out", b.arch, arg, t.arch)
			}
			selected, found = append(selected, t), true
		}
		if !found {
			return nil, unknown(arg)
		}
	}
	return selected, nil
}

func unknown(arg string) error {
	advice := "there are all, " + strings.Join(names(), ", ")
	if near := action.Nearest(arg, append(names(), "all")); near != "" {
		advice = "did you mean " + near + "?"
	}
	return fmt.Errorf("there is nothing to pack under the name %q; %s", arg, advice)
}

func names() []string {
	list := make([]string, len(targets))
	for i, t := range targets {
		list[i] = t.name
	}
	return list
}

// plain is what can stand in a flag of the linker as it is.
var plain = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z._+-]*$`)

func checkBuild(b build) error {
	if !plain.MatchString(b.version) {
		return fmt.Errorf("-version takes letters, digits and the characters . _ + -, such as v1.2.3")
	}
	if b.arch != "" && !slices.Contains([]string{"amd64", "arm64"}, b.arch) {
		return fmt.Errorf("-arch takes amd64 or arm64: the platforms run nothing else")
	}
	return nil
}

func packAll(selected []target, b build, out string, stdout io.Writer) error {
	for _, t := range selected {
		entries, err := t.entries(b)
		if err == nil {
			err = write(out, t.name, entries)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
		if err := report(stdout, out, t, b); err != nil {
			return err
		}
	}
	return writeSums(out)
}
