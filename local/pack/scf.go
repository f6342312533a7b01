package main

var scf = target{
	name: "scf", main: "./functions/scf", arch: "amd64", fixed: true, binary: "bootstrap",
	files: func() ([]entry, error) { return folder("functions/scf/package") },
}
