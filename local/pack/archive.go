package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	executable = fs.FileMode(0o755)
	readable   = fs.FileMode(0o644)
)

// modified is the time of every file. It is no time before 1980 anywhere on earth, which archives cannot hold.
var modified = time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC)

// folder reads the files below a folder of the project. Those that a platform starts are executable.
func folder(root string) ([]entry, error) {
	var entries []entry
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, file fs.DirEntry, err error) error {
		if err != nil || file.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		mode := readable
		if base := path.Base(name); base == "bootstrap" || base == "scf_bootstrap" {
			mode = executable
		}
		entries = append(entries, entry{name: name, mode: mode, data: data})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w; run this in the project's folder", root, err)
	}
	return entries, nil
}

// sorted puts the entries into an order that depends on nothing but their names, each of which may stand there once.
func sorted(entries []entry) ([]entry, error) {
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.name, b.name) })
	for i, e := range entries {
		if !fs.ValidPath(e.name) || strings.Contains(e.name, `\`) {
			return nil, fmt.Errorf("%q is no path for an archive: it must be relative, with slashes, and stay inside", e.name)
		}
		if i > 0 && entries[i-1].name == e.name {
			return nil, fmt.Errorf("%s would be in the archive twice", e.name)
		}
	}
	return entries, nil
}

// write puts the archive and the folder into out. What was there is replaced once both are complete.
func write(out, name string, entries []entry) error {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	staging, err := os.MkdirTemp(out, "."+name+"-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(staging)
	if err := writeFolder(filepath.Join(staging, "folder"), entries); err != nil {
		return err
	}
	archive, err := zipped(entries)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(staging, "archive"), archive, readable); err != nil {
		return err
	}
	final := filepath.Join(out, name)
	if err := os.Rename(final, filepath.Join(staging, "old")); err != nil && !os.IsNotExist(err) {
		return err
	}
	if err := os.Rename(filepath.Join(staging, "folder"), final); err != nil {
		return err
	}
	return os.Rename(filepath.Join(staging, "archive"), final+".zip")
}

func writeFolder(root string, entries []entry) error {
	for _, e := range entries {
		file := filepath.Join(root, filepath.FromSlash(e.name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, e.data, e.mode); err != nil {
			return err
		}
		if err := os.Chmod(file, e.mode); err != nil { // whatever the umask took away
			return err
		}
		if err := os.Chtimes(file, modified, modified); err != nil {
			return err
		}
	}
	return nil
}

func zipped(entries []entry) ([]byte, error) {
	var archive bytes.Buffer
	writer := zip.NewWriter(&archive)
	for _, e := range entries {
		header := &zip.FileHeader{Name: e.name, Method: zip.Deflate, Modified: modified}
		header.SetMode(e.mode)
		file, err := writer.CreateHeader(header)
		if err != nil {
			return nil, err
		}
		if _, err := file.Write(e.data); err != nil {
			return nil, err
		}
	}
	if err := writer.Close(); err != nil {
		return nil, err
	}
	return archive.Bytes(), nil
}

// report prints what was written.
func report(stdout io.Writer, out string, t target, b build) error {
	archive := filepath.Join(out, t.name+".zip")
	data, err := os.ReadFile(archive)
	if err != nil {
		return err
	}
	what := "source"
	if t.main != "" {
		what = "linux/" + b.archOf(t)
	}
	_, err = fmt.Fprintf(stdout, "%-28s %-12s %5.1f MB  sha256 %x\n", archive, what, float64(len(data))/1e6, sha256.Sum256(data))
	if err == nil && b.keepsArch(t) {
		_, err = fmt.Fprintf(stdout, "%-28s   not %s: the platform runs %s alone\n", "", b.arch, t.arch)
	}
	return err
}

// writeSums lists the sums of all archives in the folder, as "sha256sum -c SHA256SUMS" reads them.
func writeSums(out string) error {
	archives, err := filepath.Glob(filepath.Join(out, "*.zip"))
	if err != nil {
		return err
	}
	var sums bytes.Buffer
	for _, archive := range archives {
		data, err := os.ReadFile(archive)
		if err != nil {
			return err
		}
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(data), filepath.Base(archive))
	}
	staged := filepath.Join(out, ".SHA256SUMS")
	if err := os.WriteFile(staged, sums.Bytes(), readable); err != nil {
		return err
	}
	return os.Rename(staged, filepath.Join(out, "SHA256SUMS"))
}
