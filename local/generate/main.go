// Command generate writes what the documents repeat of the code: the README's tables of actions and settings, between
// markers.
//
//	go run ./local/generate          # write
//	go run ./local/generate -check   # fail if something would change
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"

	"github.com/wecom-functions/wecom-functions/adapters/env"
	"github.com/wecom-functions/wecom-functions/core/catalog"
	"github.com/wecom-functions/wecom-functions/core/describe"
)

func main() {
	check := flag.Bool("check", false, "write nothing; fail if a document is not up to date")
	flag.Parse()
	if err := generate("README.md", *check); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// section is a part of a document that is computed.
type section struct{ name, text string }

func sections() []section {
	return []section{
		{"actions", actionsTable()},
		{"settings", env.Markdown()},
	}
}

func actionsTable() string {
	rows := make([]describe.Row, 0, len(catalog.IDs()))
	for _, a := range catalog.Actions() {
		rows = append(rows, describe.Row{ID: a.ID, Title: a.Title, Connection: string(a.Connection), Call: a.Call})
	}
	return describe.ActionsTable(rows)
}

func generate(path string, check bool) error {
	old, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	text := old
	for _, s := range sections() {
		if text, err = replace(text, s); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	if bytes.Equal(old, text) {
		return nil
	}
	if check {
		return fmt.Errorf("%s is not up to date: run make generate", path)
	}
	return os.WriteFile(path, text, 0o644)
}

// replace puts a section between its markers.
func replace(text []byte, s section) ([]byte, error) {
	begin, end := []byte("<!-- BEGIN "+s.name+" -->\n"), []byte("<!-- END "+s.name+" -->")
	before, rest, found := bytes.Cut(text, begin)
	if !found {
		return nil, fmt.Errorf("the marker %s is missing", begin)
	}
	_, after, found := bytes.Cut(rest, end)
	if !found {
		return nil, fmt.Errorf("the marker %s is missing", end)
	}
	return bytes.Join([][]byte{before, begin, []byte(s.text), end, after}, nil), nil
}
