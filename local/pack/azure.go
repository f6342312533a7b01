package main

import (
	"encoding/json"

	"github.com/wecom-functions/wecom-functions/core/catalog"
	"github.com/wecom-functions/wecom-functions/core/describe"
)

var azure = target{
	name: "azure", main: "./functions/azure", arch: "amd64", fixed: true,
	binary: "wecom", // as host.json says
	files:  azureFiles,
}

// azureFiles are host.json and the functions of the app: one for each action, one for what can only be read, and one
// that a queue triggers.
func azureFiles() ([]entry, error) {
	entries, err := folder("functions/azure/package")
	if err != nil {
		return nil, err
	}
	functions := map[string][]binding{
		"Catalogue": overHTTP("{*path}", "get", "head"),
		"Queue":     {{Type: "queueTrigger", Direction: "in", Name: "message", QueueName: "wecom-calls", Connection: "AzureWebJobsStorage"}},
	}
	for _, id := range catalog.IDs() {
		// Not describe.Function: the setting that switches a function off cannot be had on Linux for a name with hyphens.
		functions[describe.GoType(id)] = overHTTP(describe.Route(id)[1:], "get", "head", "post")
	}
	for name, bindings := range functions {
		data, err := json.MarshalIndent(function{bindings}, "", "  ")
		if err != nil {
			return nil, err
		}
		entries = append(entries, entry{name: name + "/function.json", mode: readable, data: append(data, '\n')})
	}
	return entries, nil
}

// function is a function.json.
type function struct {
	Bindings []binding `json:"bindings"`
}

// binding is a binding of a function, with the members that its type knows.
type binding struct {
	Type       string   `json:"type"`
	Direction  string   `json:"direction"`
	Name       string   `json:"name"`
	AuthLevel  string   `json:"authLevel,omitempty"`
	Methods    []string `json:"methods,omitempty"`
	Route      string   `json:"route,omitempty"`
	QueueName  string   `json:"queueName,omitempty"`
	Connection string   `json:"connection,omitempty"`
}

// overHTTP are the bindings of a function that is called over HTTP with a key of the platform's. The output is called
// res, as package event writes it.
func overHTTP(route string, methods ...string) []binding {
	return []binding{
		{Type: "httpTrigger", Direction: "in", Name: "req", AuthLevel: "function", Methods: methods, Route: route},
		{Type: "http", Direction: "out", Name: "res"},
	}
}
