// Command generate writes what the documents repeat of the code: tables of the README, rows of the platforms'
// manifests. Each stands between markers; package marked says how they look.
//
//	go run ./local/generate          # write
//	go run ./local/generate -check   # fail if something would change
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/wecom-functions/wecom-functions/local/generate/marked"
)

// documents lists what is computed, by document.
func documents() []marked.Document {
	return []marked.Document{
		{Path: "README.md", Sections: readme()},
		{Path: "template.yaml", Sections: lambda()},
		{Path: "functions/functiongraph/main.tf", Sections: functiongraph()},
		{Path: "functions/scf/serverless.yml", Sections: scf()},
		{Path: "functions/fc/s.yaml", Sections: fc()},
	}
}

func main() {
	check := flag.Bool("check", false, "write nothing; fail if a document is not up to date")
	flag.Parse()
	if err := marked.Update(".", documents(), *check); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
