package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

// A line of the table.
type line struct {
	what, bar, aim, measured string
	grade                    grade
}

type grade int

const (
	reached grade = iota // the aim, or the bar where there is no aim
	held                 // the bar
	missed
)

// atMost grades a ratio that should be small. Of several, judge the worst.
func atMost(what string, bar, aim, value float64, measured string) line {
	l := line{what: what, bar: fmt.Sprintf("<= %.2f", bar), aim: fmt.Sprintf("<= %.2f", aim), measured: measured}
	switch {
	case value > bar:
		l.grade = missed
	case value > aim:
		l.grade = held
	}
	return l
}

// atLeast grades a ratio that should be large.
func atLeast(what string, bar, aim, value float64, measured string) line {
	l := line{what: what, bar: fmt.Sprintf(">= %.2f", bar), aim: fmt.Sprintf(">= %.2f", aim), measured: measured}
	switch {
	case value < bar:
		l.grade = missed
	case value < aim:
		l.grade = held
	}
	return l
}

// must is a goal without a ratio.
func must(what, bar string, holds bool, measured string) line {
	l := line{what: what, bar: bar, measured: measured}
	if !holds {
		l.grade = missed
	}
	return l
}

// table prints the lines as Markdown.
func (h *harness) table(lines []line) string {
	var b strings.Builder
	b.WriteString("| goal | bar | aim | measured |\n| --- | --- | --- | --- |\n")
	for _, l := range lines {
		measured := l.measured
		if l.grade == missed && !h.self {
			measured = "**missed:** " + measured
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", l.what, l.bar, l.aim, measured)
	}
	fmt.Fprintf(&b, "\n%s, %s/%s, %d CPUs", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	if !h.pinned {
		b.WriteString(", NOT PINNED")
	}
	if h.quick {
		b.WriteString(", quick run")
	}
	if h.self {
		b.WriteString(", floor against itself")
	}
	b.WriteString(". Ratios are medians over rounds in which ours and the floor take turns.\n")
	return b.String()
}

const (
	blockBegin = "<!-- BEGIN bench -->\n"
	blockEnd   = "<!-- END bench -->"
)

// replaceBlock writes the text between the markers of a file.
func replaceBlock(file, text string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	before, rest, begins := strings.Cut(string(content), blockBegin)
	_, after, ends := strings.Cut(rest, blockEnd)
	if !begins || !ends {
		return fmt.Errorf("%s has no bench markers", file)
	}
	return os.WriteFile(file, []byte(before+blockBegin+text+blockEnd+after), 0o644)
}
