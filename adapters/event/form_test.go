package event_test

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/adapters/event"
	"github.com/wecom-functions/wecom-functions/local/wecomsim"
)

const (
	uploadType = "multipart/form-data; boundary=b7"
	picture    = "\x89PNG\r\n\x1a\n\x00\xff\xfe and more"
)

// uploadForm is a form with a file.
func uploadForm(content string) string {
	return "--b7\r\nContent-Disposition: form-data; name=\"type\"\r\n\r\nimage\r\n" +
		"--b7\r\nContent-Disposition: form-data; name=\"media\"; filename=\"图.png\"\r\n\r\n" + content + "\r\n--b7--\r\n"
}

// viaGateway is a request with a form as a gateway writes it into an event: as base64, or as text.
func viaGateway(t *testing.T, shape event.Shape, body string, asBase64 bool) string {
	t.Helper()
	headers := map[string]string{"content-type": uploadType, "content-length": strconv.Itoa(len(body))}
	written := strings.ToValidUTF8(body, "\ufffd")
	if asBase64 {
		written = base64.StdEncoding.EncodeToString([]byte(body))
	}
	switch shape {
	case event.HTTPv2:
		return marshal(t, map[string]any{
			"version": "2.0", "rawPath": "/actions/media.upload", "headers": headers, "body": written, "isBase64Encoded": asBase64,
			"requestContext": map[string]any{"http": map[string]any{"method": "POST"}},
		})
	case event.AzureHTTP:
		return marshal(t, map[string]any{"Metadata": map[string]any{}, "Data": map[string]any{"req": map[string]any{
			"Url": "https://x.azurewebsites.net/api/media.upload", "Method": "POST", "Body": written,
			"Headers": map[string]any{"Content-Type": []string{uploadType}, "Content-Length": []string{strconv.Itoa(len(body))}},
		}}})
	default:
		return marshal(t, map[string]any{
			"httpMethod": "POST", "path": "/actions/media.upload", "headers": headers, "body": written, "isBase64Encoded": asBase64,
			"requestContext": map[string]any{},
		})
	}
}

func (d *deployment) uploaded() []wecomsim.Media {
	return d.sim.State().Media[len(wecomsim.Seed().Media):]
}

func TestFormsComeThroughGateways(t *testing.T) {
	t.Parallel()
	for shape, of := range map[event.Shape]event.Dialect{
		event.HTTPv2: event.AWS, event.HTTPv1: event.AWS, event.APIG: event.Huawei, event.SCFGateway: event.Tencent, event.AzureHTTP: event.Azure,
	} {
		d := deploy(t, dialect(of))
		answer, err := d.events.Serve(t.Context(), []byte(viaGateway(t, shape, uploadForm(picture), true)), event.Call{Action: "media.upload"})
		require.NoError(t, err)
		require.Len(t, d.uploaded(), 1, "%s: %s", shape, answer)
		assert.Equal(t, "图.png", d.uploaded()[0].Filename)
		assert.Equal(t, picture, string(d.uploaded()[0].Content), shape)
	}
}

// A gateway that takes the form for text puts other bytes in the place of those that are none.
func TestAFormThatAGatewayTookForText(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	raw := viaGateway(t, event.HTTPv1, uploadForm(picture), false)
	for _, raw := range []string{raw, strings.ReplaceAll(raw, "content-length", "x-length"), strings.ReplaceAll(raw, "\ufffd", "?")} {
		answer := d.reply(t, raw)
		assert.Equal(t, http.StatusBadRequest, answer.StatusCode)
		assert.Contains(t, answer.Body, "binary media types")
	}
	assert.Empty(t, d.uploaded())

	assert.Equal(t, http.StatusBadRequest, d.reply(t, viaGateway(t, event.HTTPv1, uploadForm("plain text"), false)).StatusCode, "no picture")
	assert.Equal(t, http.StatusOK, d.reply(t, viaGateway(t, event.HTTPv1, strings.Replace(uploadForm("plain text"), "image", "file", 1), false)).StatusCode)
	assert.Len(t, d.uploaded(), 1, "text is as it was sent")
}

func TestFormsOverTheLimitOfThePlatform(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	answer := d.reply(t, viaGateway(t, event.HTTPv2, uploadForm(picture+strings.Repeat("x", 5<<20)), true))
	assert.Equal(t, http.StatusRequestEntityTooLarge, answer.StatusCode)
	assert.Contains(t, answer.Body, "at most 6291456 are taken")
	assert.Contains(t, answer.Body, "link (url)")
	assert.Empty(t, d.uploaded())
}
