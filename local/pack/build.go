package main

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// build is what a run builds its programs with.
type build struct {
	version string
	arch    string // "" for each target's own
}

func (b build) archOf(t target) string {
	if t.fixed {
		return t.arch
	}
	return cmp.Or(b.arch, t.arch, "amd64")
}

// keepsArch tells whether another processor is asked for than the one that the target's platform runs.
func (b build) keepsArch(t target) bool { return b.arch != "" && b.archOf(t) != b.arch }

// entries are the content of the target's archive.
func (t target) entries(b build) ([]entry, error) {
	var entries []entry
	if t.files != nil {
		files, err := t.files()
		if err != nil {
			return nil, err
		}
		entries = files
	}
	if t.main != "" {
		program, err := b.compile(t)
		if err != nil {
			return nil, err
		}
		entries = append(entries, entry{name: t.binary, mode: executable, data: program})
	}
	return sorted(entries)
}

// compile builds the target's program and returns its bytes.
func (b build) compile(t target) ([]byte, error) {
	folder, err := os.MkdirTemp("", "pack")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	program := filepath.Join(folder, "program")
	_, err = goCommand("", b.archOf(t), "build", "-trimpath", "-buildvcs=false", "-tags", t.tags,
		"-ldflags", "-s -w -X github.com/wecom-functions/wecom-functions/core.Version="+b.version, "-o", program, t.main)
	if err != nil {
		return nil, err
	}
	return os.ReadFile(program)
}

// goCommand runs the go command in a folder, "" for the project's, and returns what it prints.
func goCommand(folder, arch string, args ...string) (string, error) {
	command := exec.Command("go", args...)
	command.Dir, command.Env = folder, append(os.Environ(), settled(arch)...)
	var problems strings.Builder
	command.Stderr = &problems
	output, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, problems.String())
	}
	return string(output), nil
}

// settled is the environment of the go command as far as it shows in what is built.
func settled(arch string) []string {
	return []string{
		"GOOS=linux", "GOARCH=" + arch, "CGO_ENABLED=0",
		"GOAMD64=v1", "GOARM64=v8.0", "GOFIPS140=off", "GOEXPERIMENT=", "GOFLAGS=-mod=readonly", "GOWORK=off",
	}
}
