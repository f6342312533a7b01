// Package marked puts computed text between markers of documents that people write: tables of a README, rows of a
// manifest.
//
//	<!-- BEGIN actions -->     in Markdown
//	<!-- END actions -->
//
//	  # BEGIN actions          elsewhere; the text is indented as its marker is
//	  # END actions
//
// It may import the standard library.
package marked

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Document is a file with sections that are computed.
type Document struct {
	// Path is relative to the root of the project.
	Path     string
	Sections []Section
}

// Section is the text between a pair of markers.
type Section struct {
	// Name stands in the markers: BEGIN name, END name.
	Name string
	// Text ends in a line break, or is empty.
	Text string
}

// Update writes the sections into the documents below a root. With check it writes nothing, and fails where something
// would change. The error names every document at fault.
func Update(root string, documents []Document, check bool) error {
	var problems []error
	for _, d := range documents {
		if err := d.update(root, check); err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", d.Path, err))
		}
	}
	return errors.Join(problems...)
}

var errStale = errors.New("not up to date: run make generate")

func (d Document) update(root string, check bool) error {
	file := filepath.Join(root, d.Path)
	old, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	text := string(old)
	for _, s := range d.Sections {
		if text, err = s.replace(text, markers(d.Path)); err != nil {
			return err
		}
	}
	switch {
	case bytes.Equal(old, []byte(text)):
		return nil
	case check:
		return errStale
	}
	return os.WriteFile(file, []byte(text), 0o644)
}

// markers is the form of a marker in a file: a comment of its language, around the words.
func markers(path string) (form string) {
	if filepath.Ext(path) == ".md" {
		return "<!-- %s %s -->"
	}
	return "# %s %s"
}

// replace puts the section's text between its markers.
func (s Section) replace(text, form string) (string, error) {
	begin, end := fmt.Sprintf(form, "BEGIN", s.Name), fmt.Sprintf(form, "END", s.Name)
	var result strings.Builder
	var indent string
	state := before
	for line := range strings.Lines(text) {
		marker := strings.TrimSpace(line)
		if state == inside && marker != end {
			continue
		}
		result.WriteString(line)
		switch {
		case marker == begin && state == before:
			indent = line[:strings.Index(line, begin)]
			result.WriteString(indented(s.Text, indent))
			state = inside
		case marker == begin:
			return "", fmt.Errorf("the marker %q stands there twice", begin)
		case marker == end && state == inside:
			state = after
		case marker == end:
			return "", fmt.Errorf("the marker %q comes without %q before it", end, begin)
		}
	}
	switch state {
	case before:
		return "", fmt.Errorf("the marker %q is missing; give it a line of its own, and %q another", begin, end)
	case inside:
		return "", fmt.Errorf("the marker %q is missing", end)
	}
	return result.String(), nil
}

// Where a line stands in regard to a section.
const (
	before = iota
	inside
	after
)

func indented(text, indent string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if line != "\n" {
			b.WriteString(indent)
		}
		b.WriteString(line)
	}
	return b.String()
}
