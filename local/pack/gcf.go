package main

import (
	"os"
	"path/filepath"
	"strings"
)

// gcf is a source: Google builds it.
var gcf = target{name: "gcf", files: gcfSource}

// gcfRoot is the package that stands at the root of the source, where Google's build wants exactly one.
const gcfRoot = "functions/gcf/package"

// gcfSource is a module with that package and what it imports of this one.
func gcfSource() ([]entry, error) {
	files, err := sourcesOf(gcfRoot)
	if err != nil {
		return nil, err
	}
	var entries []entry
	for _, file := range append(files, "LICENSE") {
		data, err := os.ReadFile(filepath.FromSlash(file))
		if err != nil {
			return nil, err
		}
		entries = append(entries, entry{name: strings.TrimPrefix(file, gcfRoot+"/"), mode: readable, data: data})
	}
	modules, err := modulesFor(entries)
	return append(entries, modules...), err
}

// ownFiles prints the files that the packages of this module are built from, by their paths in it.
const ownFiles = `{{with .Module}}{{if .Main}}` +
	`{{range $.GoFiles}}{{$.ImportPath}}/{{.}}{{"\n"}}{{end}}` +
	`{{range $.EmbedFiles}}{{$.ImportPath}}/{{.}}{{"\n"}}{{end}}{{end}}{{end}}`

// sourcesOf lists what a package of the project is built from, as far as it is of the project.
func sourcesOf(folder string) ([]string, error) {
	output, err := goCommand("", "amd64", "list", "-deps", "-f", ownFiles, "./"+folder)
	if err != nil {
		return nil, err
	}
	var files []string
	for file := range strings.FieldsSeq(output) {
		files = append(files, strings.TrimPrefix(file, module))
	}
	return files, nil
}

// module begins the import paths of the project's packages.
const module = "github.com/wecom-functions/wecom-functions/"

// modulesFor are a go.mod and a go.sum that name what the entries need, in the versions that the project has.
func modulesFor(entries []entry) ([]entry, error) {
	folder, err := os.MkdirTemp("", "pack")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	names := []string{"go.mod", "go.sum"}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		entries = append(entries, entry{name: name, mode: readable, data: data})
	}
	if err := writeFolder(folder, entries); err != nil {
		return nil, err
	}
	if _, err := goCommand(folder, "amd64", "mod", "tidy"); err != nil {
		return nil, err
	}
	var modules []entry
	for _, name := range names {
		data, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			return nil, err
		}
		modules = append(modules, entry{name: name, mode: readable, data: data})
	}
	return modules, nil
}
