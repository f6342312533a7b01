package openapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"

	"github.com/wecom-functions/wecom-functions/core/catalog"
	"github.com/wecom-functions/wecom-functions/core/describe"
	"github.com/wecom-functions/wecom-functions/core/rawjson"
)

// object is a JSON object. Its keys are written in alphabetical order, so that the document is the same each time.
type object map[string]any

// Document is the OpenAPI document of the actions, for a version of the connector that takes CloudEvents, or does not.
func Document(actions []*catalog.Action, version string, events bool) ([]byte, error) {
	paths := object{
		"/actions":      object{"get": listOperation()},
		"/openapi.json": object{"get": documentOperation()},
		"/health/live":  object{"get": healthOperation("live", "Whether the process serves")},
		"/health/ready": object{"get": healthOperation("ready", "Whether the settings are right")},
	}
	for _, a := range actions {
		operation, err := actionOperation(a)
		if err != nil {
			return nil, fmt.Errorf("the operation of %s: %w", a.ID, err)
		}
		paths[describe.Route(a.ID)] = object{"get": describeOperation(a), "post": operation}
	}
	shared := components()
	if events {
		paths["/"] = object{"post": eventOperation()}
		maps.Copy(shared["schemas"].(object), eventSchemas())
	}
	return rawjson.Marshal(object{
		"openapi": "3.1.0",
		"info": object{
			"title": "WeCom connector", "version": version,
			"description": "Actions of WeCom (企业微信): departments, members, application messages, group chats and chatbots. " +
				"The schemas show the plain form of an input. Beside it, a list may be one string joined with | (recipients) or " +
				"commas, and an integer a string of its digits.",
			"license": object{"name": "Apache-2.0", "identifier": "Apache-2.0"},
		},
		"servers":    []object{{"url": "."}}, // where this document is, whatever a platform puts before its path
		"security":   []object{{"bearer": []string{}}},
		"paths":      paths,
		"components": shared,
	})
}

// actionOperation is the call of one action.
func actionOperation(a *catalog.Action) (object, error) {
	responses, err := responses(a)
	if err != nil {
		return nil, err
	}
	input := describe.InputSchema(a.New())
	input.Dialect = "" // that of OpenAPI 3.1, which is the same but for keywords of its own
	resource, _, _ := strings.Cut(a.ID, ".")
	return object{
		"operationId": describe.Tool(a.ID),
		"summary":     a.Title,
		"description": a.Doc,
		"tags":        []string{resource},
		"externalDocs": object{
			"description": "WeCom's page of " + a.Call,
			"url":         DocumentURL(a.Document),
		},
		"parameters": []object{ref("parameters", "connection"), ref("parameters", "connectionHeader"), ref("parameters", "requestID")},
		"requestBody": object{
			"required": true,
			"content":  bodies(a, input),
		},
		"responses": responses,
	}, nil
}

// bodies are the forms that an input may come in.
func bodies(a *catalog.Action, input *describe.Schema) object {
	content := object{"application/json": object{"schema": input, "examples": inputExamples(a)}}
	if a.TakesStream() {
		content["multipart/form-data"] = uploadForm(input)
	}
	return content
}

// DocumentURL is the address of a page of WeCom's documentation.
func DocumentURL(number int) string {
	return "https://developer.work.weixin.qq.com/document/path/" + strconv.Itoa(number)
}

func inputExamples(a *catalog.Action) object {
	examples := object{}
	for i, example := range a.Examples {
		examples[exampleName(i)] = object{"summary": example.Title, "value": json.RawMessage(example.Input)}
	}
	return examples
}

func exampleName(i int) string { return "example" + strconv.Itoa(i+1) }

// responses are the answers to a call of the action: the successes and the failures with an example of their own.
func responses(a *catalog.Action) (object, error) {
	all := object{
		strconv.Itoa(http.StatusOK):           success(a),
		strconv.Itoa(http.StatusUnauthorized): ref("responses", "Unauthenticated"),
		"default":                             ref("responses", "Problem"),
	}
	failures, err := failures(a)
	if err != nil {
		return nil, err
	}
	for status, examples := range failures {
		all[strconv.Itoa(status)] = object{
			"description": http.StatusText(status),
			"content":     problemContent(examples),
		}
	}
	return all, nil
}

func success(a *catalog.Action) object {
	output := describe.OutputSchema(a.Output)
	output.Dialect = ""
	examples := object{}
	for i, example := range a.Examples {
		examples[exampleName(i)] = object{"summary": example.Title, "value": object{
			"action": a.ID, "output": json.RawMessage(example.Output), "partial": false, "warnings": []string{},
			"request_id": exampleRequestID,
		}}
	}
	return object{
		"description": "The action was carried out.",
		"headers":     object{"X-Request-Id": ref("headers", "requestID")},
		"content": object{"application/json": object{
			"schema": object{
				"allOf":      []object{ref("schemas", "Result")},
				"properties": object{"action": object{"const": a.ID}, "output": output},
			},
			"examples": examples,
		}},
	}
}

func problemContent(examples object) object {
	return object{"application/problem+json": object{"schema": ref("schemas", "Problem"), "examples": examples}}
}

func ref(group, name string) object { return object{"$ref": "#/components/" + group + "/" + name} }
