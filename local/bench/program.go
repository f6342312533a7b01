package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// A program is compiled for a measurement, as it is released.
type program struct {
	name    string
	path    string // below the module's
	tags    string
	ldflags string // beside those of every release
}

var containerServer = program{name: "server", path: "functions/server"}

// build compiles a program once and returns its file. That is a copy of what the linker wrote, which lies in the page
// cache as chance will have it, and then starts by up to a tenth faster or slower.
func (h *harness) build(p program) (string, error) {
	binary := filepath.Join(h.dir, p.name)
	if _, err := os.Stat(binary); err == nil {
		return binary, nil
	}
	linked := binary + ".linked"
	cmd := exec.Command("go", "build", "-trimpath", "-tags", p.tags, "-ldflags", "-s -w "+p.ldflags, "-o", linked, modulePath+"/"+p.path)
	var said bytes.Buffer
	cmd.Env, cmd.Stdout, cmd.Stderr = append(os.Environ(), "CGO_ENABLED=0"), &said, &said
	if err := h.start(cmd, h.both()); err != nil {
		return "", err
	}
	if err := cmd.Wait(); err != nil {
		return "", fmt.Errorf("building %s: %w\n%s", p.path, err, &said)
	}
	return binary, unpack(linked, binary)
}

// unpack writes a program as programs are that unpack archives: piece by piece.
func unpack(from, to string) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o700)
	if err != nil {
		return err
	}
	for piece := range slices.Chunk(content, 32<<10) {
		if _, err := file.Write(piece); err != nil {
			return errors.Join(err, file.Close())
		}
	}
	return file.Close()
}
