package openapi

// envelope is the data of the examples.
func envelope() object {
	return object{"action": "message.text.send", "input": object{"touser": "zhangsan", "content": "disk db-03 is 91% full"}}
}

// eventOperation is the way in for CloudEvents 1.0.
func eventOperation() object {
	attributes := []object{}
	for _, name := range []string{"specversion", "id", "source", "type"} {
		attributes = append(attributes, object{
			"name": "ce-" + name, "in": "header", "schema": attribute(name),
			"description": "Required in binary mode, where the body is the event's data.",
		})
	}
	return object{
		"operationId": "deliver_event",
		"summary":     "Deliver a CloudEvent, whose data says what to run",
		"description": "For triggers and brokers, which deliver at least once: messages to members go out under WeCom's duplicate check, and " +
			"a call whose outcome is unknown is acknowledged, so that it is not delivered again. 404 and 409 become 422 here, as no other " +
			"delivery mends them.",
		"parameters": attributes,
		"requestBody": object{
			"required": true,
			"content": object{
				"application/json": object{"schema": ref("schemas", "Envelope"), "examples": object{
					"binary": object{"summary": "Binary mode, beside the headers ce-...", "value": envelope()},
				}},
				"application/cloudevents+json": object{"schema": ref("schemas", "CloudEvent"), "examples": object{
					"structured": object{"summary": "Structured mode", "value": cloudEvent()},
				}},
			},
		},
		"responses": object{
			"204":     object{"description": "The event is done with.", "headers": object{"X-Request-Id": ref("headers", "requestID")}},
			"401":     ref("responses", "Unauthenticated"),
			"default": ref("responses", "Problem"),
		},
	}
}

func cloudEvent() object {
	return object{"specversion": "1.0", "id": "a89b1c", "source": "/monitoring", "type": "com.example.alert", "data": envelope()}
}

// eventSchemas are what the operation refers to.
func eventSchemas() object {
	return object{
		"Envelope": object{
			"type": "object", "description": "What to run. Where the deployment is limited to one action, the input alone will do.",
			"properties": object{
				"action":     text("The action's id; may be left out where there is but one.", ""),
				"connection": text("The connection to use; may be left out where one fits.", ""),
				"input":      object{"type": "object", "description": "The action's input."},
			},
		},
		"CloudEvent": object{
			"type": "object", "required": []string{"specversion", "id", "source", "type"},
			"properties": object{
				"specversion": attribute("specversion"), "id": attribute("id"), "source": attribute("source"), "type": attribute("type"),
				"datacontenttype": text("A type of JSON.", ""),
				"data":            ref("schemas", "Envelope"),
				"data_base64":     text("The data in base64, in place of data.", ""),
			},
		},
	}
}

// attribute is the schema of an attribute that every event has.
func attribute(name string) object {
	if name == "specversion" {
		return object{"type": "string", "const": "1.0"}
	}
	return object{"type": "string", "minLength": 1}
}
