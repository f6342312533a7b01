package main

var functiongraph = target{
	name: "functiongraph", main: "./functions/functiongraph", arch: "amd64", binary: "wecom",
	files: func() ([]entry, error) { return folder("functions/functiongraph/package") },
}
