package openapi

import (
	"net/http"
	"strconv"

	"github.com/wecom-functions/wecom-functions/core/caller"
	"github.com/wecom-functions/wecom-functions/core/fault"
)

// components are what several operations share.
func components() object {
	return object{
		"securitySchemes": object{"bearer": object{
			"type": "http", "scheme": "bearer",
			"description": "An API key of this deployment, unless the platform in front of it authenticates callers.",
		}},
		"parameters": object{
			"connection": object{
				"name": "connection", "in": "query", "schema": text("", ""),
				"description": "The connection to use; may be left out where one fits.",
			},
			"connectionHeader": object{
				"name": "X-WeCom-Connection", "in": "header", "schema": text("", ""),
				"description": "The connection to use, where the query names none.",
			},
			"requestID": object{
				"name": "X-Request-Id", "in": "header", "schema": text("", `^[A-Za-z0-9._\-]{1,128}$`),
				"description": "The caller's id of the request; one is made otherwise.",
			},
		},
		"headers": object{
			"requestID":  object{"description": "The id of the request, also in the log.", "schema": text("", "")},
			"retryAfter": object{"description": "Seconds to wait before the same call has a chance.", "schema": integer("")},
		},
		"responses": object{
			"Problem": object{
				"description": "The call failed; kind says how.",
				"headers":     object{"X-Request-Id": ref("headers", "requestID"), "Retry-After": ref("headers", "retryAfter")},
				"content":     object{"application/problem+json": object{"schema": ref("schemas", "Problem")}},
			},
			"Unauthenticated": object{
				"description": http.StatusText(http.StatusUnauthorized),
				"headers":     object{"X-Request-Id": ref("headers", "requestID")},
				"content":     problemContent(object{"unauthenticated": object{"summary": "No valid API key", "value": unauthenticated()}}),
			},
		},
		"schemas": object{
			"Result":    resultSchema(),
			"Warning":   warningSchema(),
			"Problem":   problemSchema(),
			"Violation": violationSchema(),
		},
	}
}

// unauthenticated is the answer to a caller without a key.
func unauthenticated() fault.Problem {
	_, err := caller.Policy{Mode: caller.Keys}.Authenticate(nil)
	e := fault.From(err)
	e.RequestID = exampleRequestID
	return e.Problem()
}

func resultSchema() object {
	return object{
		"type":     "object",
		"required": []string{"action", "output", "partial", "warnings", "request_id"},
		"properties": object{
			"action":     text("The action that was run.", ""),
			"output":     object{"type": "object", "description": "WeCom's answer without errcode and errmsg, under WeCom's names."},
			"partial":    flag("WeCom accepted the message but refused some of its recipients; the output lists them."),
			"warnings":   object{"type": "array", "items": ref("schemas", "Warning")},
			"request_id": text("The id of the request, also in the log.", ""),
		},
	}
}

func warningSchema() object {
	return object{
		"type":     "object",
		"required": []string{"field", "rule", "detail"},
		"properties": object{
			"field":  text("The JSON Pointer of the field in the input; empty for the whole of it.", ""),
			"rule":   text("What the warning is about.", ""),
			"detail": text("What happened.", ""),
		},
	}
}

func problemSchema() object {
	return object{
		"type":     "object",
		"required": []string{"type", "title", "status", "detail", "kind", "retryable"},
		"properties": object{
			"type":           text("about:blank", ""),
			"title":          text("The kind in words.", ""),
			"status":         integer("The HTTP status."),
			"detail":         text("What happened to this call.", ""),
			"kind":           object{"type": "string", "enum": fault.Kinds(), "description": kindsInWords()},
			"reason":         text("The finer word within the kind.", ""),
			"action":         text("The action that was called.", ""),
			"hint":           text("What to do about it.", ""),
			"retryable":      flag("Whether the same call, sent again later, has a chance and can do no harm."),
			"retry_after_ms": integer("How long to wait before that."),
			"violations":     object{"type": "array", "items": ref("schemas", "Violation")},
			"wecom": object{
				"type": "object", "description": "WeCom's own answer.", "required": []string{"errcode", "errmsg"},
				"properties": object{"errcode": integer("WeCom's errcode."), "errmsg": text("Its text.", "")},
			},
			"completed": object{
				"type": "object", "description": "What was uploaded before the failure, and can be sent by its media_id.",
				"properties": object{
					"media_id": text("The file of the message.", ""), "expires_at": integer("Until when it lives, in Unix seconds."),
					"uploads": object{"type": "array", "description": "The images of several articles.", "items": object{
						"type": "object", "required": []string{"field", "media_id", "expires_at"},
						"properties": object{
							"field": text("The JSON Pointer of the image in the input.", ""), "media_id": text("Its media_id.", ""),
							"expires_at": integer("Until when it lives, in Unix seconds."),
						},
					}},
				},
			},
			"request_id": text("The id of the request, also in the log.", ""),
		},
	}
}

func violationSchema() object {
	return object{
		"type":     "object",
		"required": []string{"field", "rule", "detail"},
		"properties": object{
			"field":  text("The JSON Pointer of the field in the input; empty for the whole of it.", ""),
			"rule":   text("The rule that is broken.", ""),
			"limit":  text("What the rule demands.", ""),
			"given":  text("The value, or its length.", ""),
			"detail": text("What to do.", ""),
		},
	}
}

// kindsInWords says each kind's status and meaning.
func kindsInWords() string {
	words := ""
	for _, kind := range fault.Kinds() {
		words += string(kind) + " (" + strconv.Itoa(kind.Status()) + "): " + kind.Title() + ". "
	}
	return words[:len(words)-1]
}

func text(description, pattern string) object { return described("string", description, pattern) }
func integer(description string) object       { return described("integer", description, "") }
func flag(description string) object          { return described("boolean", description, "") }
func described(kind, about, form string) object {
	schema := object{"type": kind}
	if about != "" {
		schema["description"] = about
	}
	if form != "" {
		schema["pattern"] = form
	}
	return schema
}
