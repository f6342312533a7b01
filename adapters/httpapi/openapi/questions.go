package openapi

import (
	"github.com/wecom-functions/wecom-functions/core/catalog"
	"github.com/wecom-functions/wecom-functions/core/describe"
)

// The operations that ask and run nothing.

func listOperation() object {
	return question("list_actions", "The actions that may be run here", object{
		"type": "object", "required": []string{"actions"},
		"properties": object{"actions": object{"type": "array", "items": object{
			"type": "object", "required": []string{"id", "title", "doc", "connection", "route", "call"},
			"properties": object{
				"id":         text("The action's id.", ""),
				"title":      text("Its name for people.", ""),
				"doc":        text("What it does, and what to know before.", ""),
				"connection": text("The type of connection that it needs.", ""),
				"route":      text("The path to call it at.", ""),
				"call":       text("The WeCom call behind it.", ""),
			},
		}}},
	})
}

// describeOperation stands beside each action's call: a path /actions/{id} would overlap with theirs.
func describeOperation(a *catalog.Action) object {
	return question("describe_"+describe.Tool(a.ID), a.Title+": JSON Schemas of input and output, examples, refusals", object{"type": "object"})
}

func documentOperation() object {
	return question("openapi", "This document", object{"type": "object"})
}

func healthOperation(id, summary string) object {
	operation := question("health_"+id, summary, object{
		"type": "object", "required": []string{"status"}, "properties": object{"status": text("ok", "")},
	})
	operation["security"] = []object{}
	return operation
}

func question(id, summary string, schema object) object {
	return object{
		"operationId": id,
		"summary":     summary,
		"responses": object{
			"200":     object{"description": "The answer.", "content": object{"application/json": object{"schema": schema}}},
			"default": ref("responses", "Problem"),
		},
	}
}
