package openapi

import (
	"slices"

	"github.com/wecom-functions/wecom-functions/core/describe"
)

// uploadForm is the input of an upload as a form, whose file is sent on while it arrives.
func uploadForm(input *describe.Schema) object {
	fields := *input.Properties
	kind := slices.IndexFunc(fields, func(p describe.Property) bool { return p.Name == "type" })
	return object{
		"schema": object{
			"type": "object", "required": []string{"type", "media"}, "additionalProperties": false,
			"description": "A form as curl -F writes it: at most 21 MiB, with a Content-Length, its fields in this order: " +
				"type, connection, media. The file is the last part, and a line break ends the form.",
			"properties": object{
				"type":       fields[kind].Schema,
				"connection": text("The connection to use, where neither the query nor a header names one.", ""),
				"media": object{
					"type": "string", "contentMediaType": "application/octet-stream",
					"description": "The file, byte by byte. Its filename, in UTF-8 or as filename* of RFC 5987, is what people see.",
				},
			},
		},
		"encoding": object{"media": object{"contentType": "application/octet-stream"}},
	}
}
