package wecomsim

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"regexp"
	"strings"
)

// part is the uploaded file of a multipart body.
type part struct {
	filename string
	content  []byte
}

// filenamePattern finds the plain filename of a Content-Disposition. WeCom does not understand filename*= (observed),
// which is why the standard library, which does, may not read the name here.
var filenamePattern = regexp.MustCompile(`(?i);\s*filename=(?:"((?:[^"\\]|\\.)*)"|([^;"\s]+))`)

// readPart finds the part named "media". Without boundary, without such a part or without its filename there is none.
func readPart(contentType string, body []byte) *part {
	mediaType, params, err := mime.ParseMediaType(contentType)
	if err != nil || mediaType != "multipart/form-data" || params["boundary"] == "" {
		return nil
	}
	reader := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	for {
		section, err := reader.NextRawPart()
		if err != nil {
			return nil
		}
		if section.FormName() != "media" {
			continue
		}
		content, err := io.ReadAll(section)
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
		return &part{filename: plainFilename(section.Header.Get("Content-Disposition")), content: content}
	}
}

func plainFilename(disposition string) string {
	match := filenamePattern.FindStringSubmatch(disposition)
	if match == nil {
		return ""
	}
	return strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(match[1]) + match[2]
}

// summary stands for the body of an upload in the journal.
func (p *part) summary(kind string) json.RawMessage {
	if p == nil {
		return encodeJSON(map[string]any{"type": kind})
	}
	return encodeJSON(map[string]any{"type": kind, "filename": p.filename, "size": len(p.content)})
}
