package fetch

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/core/media"
)

// answer makes a file of what a host answered, and closes the answer unless it is being read.
func (l *Link) answer(from *url.URL, resp *http.Response) (*media.Opened, error) {
	opened, e := l.judge(from, resp)
	if e != nil || opened.Data != nil {
		_ = resp.Body.Close()
	}
	if e != nil {
		return nil, e
	}
	return opened, nil
}

func (l *Link) judge(from *url.URL, resp *http.Response) (*media.Opened, *fault.Error) {
	if e := l.badStatus(resp.StatusCode); e != nil {
		return nil, e
	}
	if encoding := resp.Header.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return nil, l.refused(fault.RuleFormat, "a file that is not compressed", "The link answers a file in a Content-Encoding, which is not unpacked.")
	}
	if length := resp.ContentLength; length >= 0 {
		if wrong := l.wanted.Size(length); wrong != nil {
			return nil, media.Oversized(*wrong, l.wanted.Field, length > l.wanted.Limit())
		}
		return l.stream(from, resp)
	}
	return l.spool(from, resp)
}

// badStatus judges a status that is not 200: whether it may be another one in a moment.
func (l *Link) badStatus(status int) *fault.Error {
	switch {
	case status == http.StatusOK:
		return nil
	case status == http.StatusTooManyRequests || status == http.StatusRequestTimeout || status >= 500:
		return unavailable("The link answers HTTP status %d.", status)
	default:
		return l.refused(fault.RuleFormat, "a link that answers HTTP status 200", fmt.Sprintf("The link answers HTTP status %d.", status)).
			WithHint("Open the link from outside your network. Signed links end after a while, and are for the method GET.")
	}
}

// stream is a file whose length is known: it goes on to WeCom while it comes.
func (l *Link) stream(from *url.URL, resp *http.Response) (*media.Opened, *fault.Error) {
	head := make([]byte, min(media.HeadSize, resp.ContentLength))
	n, err := io.ReadFull(resp.Body, head)
	if err != nil {
		return nil, brokenOff(int64(n), err)
	}
	name, e := l.look(from, resp.Header, head)
	if e != nil {
		return nil, e
	}
	content := io.MultiReader(bytes.NewReader(head), resp.Body)
	return media.Streamed(name, resp.ContentLength, content, func() { _ = resp.Body.Close() }, brokenOff), nil
}

// spool is a file whose length is not known: WeCom wants to know it first, so the file is read into memory.
func (l *Link) spool(from *url.URL, resp *http.Response) (*media.Opened, *fault.Error) {
	limit := l.wanted.Limit()
	data, err := readUpTo(resp.Body, limit+1)
	n := int64(len(data))
	if err != nil {
		return nil, brokenOff(n, err)
	}
	if wrong := l.wanted.Size(n); wrong != nil {
		if n > limit {
			wrong.Given = "more"
			wrong.Detail = fmt.Sprintf("The link, which does not say how much it has, answers more than the %s bytes that WeCom takes.", fault.Grouped(limit))
		}
		return nil, media.Oversized(*wrong, l.wanted.Field, n > limit)
	}
	name, e := l.look(from, resp.Header, data[:min(media.HeadSize, n)])
	if e != nil {
		return nil, e
	}
	return media.InMemory(name, data), nil
}

// firstSpool is what a file of unknown length gets at first.
const firstSpool = 512 << 10

// readUpTo reads to the end, or so many bytes. It takes no more memory than that beside what it grew from: a
// bytes.Buffer would take four times the file.
func readUpTo(from io.Reader, most int64) ([]byte, error) {
	data := make([]byte, 0, min(firstSpool, most))
	for int64(len(data)) < most {
		if len(data) == cap(data) {
			data = append(make([]byte, 0, min(2*int64(cap(data)), most)), data...)
		}
		n, err := from.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		if errors.Is(err, io.EOF) {
			return data, nil
		}
		if err != nil {
			return data, err
		}
	}
	return data, nil
}

// look checks the first bytes, and finds the file's name.
func (l *Link) look(from *url.URL, header http.Header, head []byte) (string, *fault.Error) {
	if wrong := l.wanted.Head(head); wrong != nil {
		wrong.Field = l.wanted.Field
		if isPage(header, head) {
			wrong.Given, wrong.Detail = "a web page", "The link answers a web page, such as one to log in at, and not the file itself."
		}
		return "", fault.Invalid(*wrong).Because("link")
	}
	name := l.wanted.Name
	if name == "" {
		name = media.NameOf(head, nameIn(header), path.Base(from.Path))
	}
	if isPage(header, head) && !isPageName(name) {
		return "", l.refused(fault.RuleFormat, "a file", "The link answers a web page, such as one to log in at, and not the file itself.").
			WithHint("If it is a page that you want to send, give it a filename that ends in .html.")
	}
	if wrong := l.wanted.Rules.Name(name); wrong != nil {
		wrong.Field = l.wanted.Field
		return "", fault.Invalid(*wrong)
	}
	return name, nil
}

// isPage tells whether the answer is HTML, by its header or its first bytes.
func isPage(header http.Header, head []byte) bool {
	declared, _, _ := mime.ParseMediaType(header.Get("Content-Type"))
	return declared == "text/html" || declared == "application/xhtml+xml" || strings.HasPrefix(http.DetectContentType(head), "text/html")
}

func isPageName(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".html", ".htm", ".xhtml", ".mht", ".mhtml", ".eml":
		return true
	default:
		return false
	}
}

// nameIn is the file's name in a Content-Disposition (RFC 6266), whose filename*= wins.
func nameIn(header http.Header) string {
	_, parameters, err := mime.ParseMediaType(header.Get("Content-Disposition"))
	if err != nil {
		return ""
	}
	return parameters["filename"]
}

const linkHint = "Send it again. If this stays so, open the link from where this function runs, or give the file as content: " +
	"links are fetched directly, never through a proxy."

func unavailable(format string, args ...any) *fault.Error {
	e := fault.New(fault.Unavailable, format, args...).Because("link").WithHint(linkHint)
	e.RetryAfter = time.Second
	return e
}

// unreachable judges a request that got no answer. The error's own text stays behind: it can hold addresses.
func (l *Link) unreachable(err error) *fault.Error {
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.Is(err, errAddress):
		return l.refused(fault.RuleUnsupported, "a public address",
			"The host of the link, or of one that it leads to, is not at a public address; files are fetched from those alone.")
	case errors.Is(err, context.Canceled):
		return fault.New(fault.Canceled, "The caller went away while the link was fetched.").Because("canceled")
	case isTimeout(err):
		return unavailable("The link was not answered in time.")
	case errors.As(err, &dns):
		return unavailable("The host of the link does not resolve.")
	case errors.As(err, &certificate):
		return unavailable("The host of the link has no certificate for its name that is trusted here.")
	default:
		return unavailable("The link cannot be reached.")
	}
}

// brokenOff judges a file that ended, or broke, in the middle.
func brokenOff(read int64, cause error) *fault.Error {
	switch {
	case errors.Is(cause, context.Canceled):
		return fault.New(fault.Canceled, "The caller went away while the link was fetched.").Because("canceled")
	case isTimeout(cause):
		return unavailable("The link did not give the whole file in time; %s bytes came.", fault.Grouped(read))
	default:
		return unavailable("The link broke off after %s bytes, before the end that it had announced.", fault.Grouped(read))
	}
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}
