package wecomsim

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
)

// fields are the fields of an answer besides errcode and errmsg, in their order.
type fields []field

type field struct {
	name  string
	value any
}

// success is what an endpoint answers when it carried the call out.
type success struct {
	text   string // "ok" when empty
	fields fields
	file   *Media // instead of JSON: a download
}

// reply is a finished HTTP answer.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// jsonHeader is what every JSON answer starts with.
func jsonHeader() http.Header {
	h := make(http.Header)
	h.Set("Content-Type", "application/json; charset=UTF-8")
	h.Set("Server", "nginx")
	return h
}

// jsonWarning is what WeCom says about a body that it could only read in part.
const jsonWarning = "Warning: wrong json format. "

func (c *call) succeed(s success) reply {
	text := s.text
	if text == "" {
		text = "ok"
	}
	if c.body != nil && *c.body.warned {
		text += ". " + jsonWarning
	}
	c.entry.Errmsg = text
	if s.file != nil {
		return c.download(*s.file)
	}
	return reply{status: http.StatusOK, header: jsonHeader(), body: encodeAnswer(0, text, s.fields)}
}

// fail answers a refusal: HTTP 200, the text with its hint, two headers, and the endpoint's containers, empty.
func (c *call) fail(r *refusal, ip string) reply {
	text := r.text
	if c.body != nil && *c.body.warned {
		text = jsonWarning + text
	}
	if r.code != codeTokenInvalid { // observed: this one comes bare
		text += hint(c, r.code, ip)
	}
	extra := r.fields
	if extra == nil {
		extra = c.endpoint.empty
	}
	c.entry.Errcode, c.entry.Errmsg = r.code, text
	header := jsonHeader()
	header["Error-Code"] = []string{strconv.Itoa(r.code)}
	header["Error-Msg"] = []string{text}
	return reply{status: http.StatusOK, header: header, body: encodeAnswer(r.code, text, extra)}
}

// hint is the tail of an error text: 25 digits that start with the unix second, the caller's address, a help page.
func hint(c *call, code int, ip string) string {
	return fmt.Sprintf(", hint: [%010d%015d], from ip: %s, more info at https://open.work.weixin.qq.com/devtool/query?e=%d",
		c.now.Unix(), rand.Int64N(1e15), ip, code)
}

func encodeAnswer(code int, text string, extra fields) []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, `{"errcode":%d,"errmsg":`, code)
	out.Write(encodeJSON(text))
	for _, f := range extra {
		fmt.Fprintf(&out, `,"%s":`, f.name)
		out.Write(encodeJSON(f.value))
	}
	out.WriteByte('}')
	return out.Bytes()
}

const nginxPage = "<html>\r\n<head><title>%[1]s</title></head>\r\n<body>\r\n" +
	"<center><h1>%[1]s</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"

// page is the HTML with which the web server in front of WeCom answers for itself.
func page(status int, headers map[string]string) reply {
	title := strings.TrimSpace(fmt.Sprintf("%d %s", status, http.StatusText(status)))
	h := make(http.Header)
	h.Set("Content-Type", "text/html")
	h.Set("Server", "nginx")
	for name, value := range headers {
		h.Set(name, value)
	}
	return reply{status: status, header: h, body: fmt.Appendf(nil, nginxPage, title)}
}

// write sends the answer, whole, with its length.
func (r reply) write(w http.ResponseWriter) {
	r.writeHead(w)
	_, _ = w.Write(r.body) // a client that left is no concern of the server
}

func (r reply) writeHead(w http.ResponseWriter) {
	for name, values := range r.header {
		w.Header()[name] = values
	}
	if allowsBody(r.status) {
		w.Header().Set("Content-Length", strconv.Itoa(len(r.body)))
	}
	w.WriteHeader(r.status)
}

// allowsBody is false for the statuses whose answers HTTP forbids to carry a body.
func allowsBody(status int) bool {
	return status != http.StatusNoContent && status != http.StatusNotModified
}
