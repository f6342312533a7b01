package fetch_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/core/fetch"
	"github.com/wecom-functions/wecom-functions/core/media"
)

const (
	// public is an address of the internet that the site of a test stands for.
	public = "8.8.4.4"
	// canary is in every link; no error may show it.
	canary = "X-Amz-Signature=canary0123456789"
	png    = "\x89PNG\r\n\x1a\n and more"
)

// site is a web site of the internet: files.example.com and whatever else leads to its address.
type site struct {
	server *httptest.Server
	// resolve finds addresses by name; nil for public.
	resolve func(host string) ([]netip.Addr, error)

	mu       sync.Mutex
	dialled  []string
	requests []*http.Request
}

func newSite(t *testing.T, serve http.HandlerFunc) *site {
	t.Helper()
	s := &site{}
	s.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.requests = append(s.requests, r)
		s.mu.Unlock()
		serve(w, r)
	}))
	s.server.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.server.StartTLS()
	t.Cleanup(s.server.Close)
	return s
}

func (s *site) fetcher(hosts ...string) *fetch.Fetcher {
	roots := x509.NewCertPool()
	roots.AddCert(s.server.Certificate())
	return fetch.New(fetch.Settings{
		Hosts: hosts, RootCAs: roots, UserAgent: "test",
		Resolve: func(_ context.Context, host string) ([]netip.Addr, error) {
			if s.resolve != nil {
				return s.resolve(host)
			}
			return []netip.Addr{netip.MustParseAddr(public)}, nil
		},
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			s.mu.Lock()
			s.dialled = append(s.dialled, address)
			s.mu.Unlock()
			if !strings.HasPrefix(address, public+":") {
				return nil, errors.New("no way to " + address)
			}
			return (&net.Dialer{}).DialContext(ctx, network, s.server.Listener.Addr().String())
		},
	})
}

// open follows a link for an image, unless wanted says more.
func open(ctx context.Context, f *fetch.Fetcher, link string, wanted fetch.Wanted) (*media.Opened, error) {
	if wanted.Type == "" {
		wanted.Type = media.Image
	}
	wanted.Field = "/file/url"
	l, refused := f.Link(link, wanted)
	if refused != nil {
		return nil, refused
	}
	return l.Open(ctx)
}

// refused demands an error of the kind, which shows nothing of the link but its host.
func refused(t *testing.T, err error, kind fault.Kind, says string) *fault.Error {
	t.Helper()
	require.ErrorIs(t, err, kind)
	e := fault.From(err)
	shown := fmt.Sprintf("%s %s %s", e.Error(), e.Hint, e.JSON())
	assert.NotContains(t, shown, "canary")
	assert.NotContains(t, shown, "secret-path")
	assert.Nil(t, e.Cause)
	assert.Contains(t, shown, says)
	if kind == fault.InvalidInput || kind == fault.TooLarge {
		require.NotEmpty(t, e.Violations)
		assert.Equal(t, "/file/url", e.Violations[0].Field)
	} else {
		assert.Equal(t, kind == fault.Unavailable, e.Retryable())
	}
	return e
}

const signed = "https://files.example.com/secret-path/chart.png?" + canary

func says(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) }
}

func TestALinkWithALengthIsStreamed(t *testing.T) {
	t.Parallel()
	s := newSite(t, says(png))
	opened, err := open(t.Context(), s.fetcher("files.example.com"), signed, fetch.Wanted{})
	require.NoError(t, err)
	assert.Equal(t, "chart.png", opened.Name)
	assert.EqualValues(t, len(png), opened.Size)
	assert.Nil(t, opened.Data)
	content, err := io.ReadAll(opened)
	require.NoError(t, err)
	assert.Equal(t, png, string(content))
	assert.True(t, opened.Whole())
	require.NoError(t, opened.Close())

	require.Len(t, s.requests, 1)
	assert.Equal(t, canary, s.requests[0].URL.RawQuery, "the signature arrives as it is")
	assert.Equal(t, http.Header{
		"User-Agent": {"test"}, "Accept": {"*/*"}, "Accept-Encoding": {"identity"}, "Connection": {"close"},
	}, s.requests[0].Header, "nothing else is sent along")
}

func TestALinkWithoutALengthIsSpooled(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(w http.ResponseWriter, _ *http.Request) {
		for _, part := range []string{png[:3], png[3:]} {
			_, _ = io.WriteString(w, part)
			w.(http.Flusher).Flush()
		}
	})
	opened, err := open(t.Context(), s.fetcher("files.example.com"), signed, fetch.Wanted{})
	require.NoError(t, err)
	assert.Equal(t, png, string(opened.Data))
}

func TestTheNameOfALink(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, given, disposition, path, want string
	}{
		{"the one that was given", "mine.png", `attachment; filename="theirs.png"`, "/a.png", "mine.png"},
		{"that of the answer", "", `attachment; filename="theirs.png"`, "/a.png", "theirs.png"},
		{"that of the answer, in UTF-8", "", `attachment; filename="图表.png"`, "/a.png", "图表.png"},
		{"that of RFC 6266 wins", "", `attachment; filename="chart.png"; filename*=UTF-8''%E5%9B%BE%E8%A1%A8.png`, "/a.png", "图表.png"},
		{"without its path", "", `attachment; filename="../../etc/passwd.png"`, "/a.png", "passwd.png"},
		{"without what WeCom does not take", "", `attachment; filename="10:30.png"`, "/a.png", "10_30.png"},
		{"that of the link, where the answer's is broken", "", `attachment; filename=`, "/a.png", "a.png"},
		{"that of the link", "", "", "/reports/%E5%9B%BE%E8%A1%A8.png", "图表.png"},
		{"none", "", "", "/", "file.png"},
		{"a long one keeps its ending", "", "", "/" + strings.Repeat("x", 300) + ".png", strings.Repeat("x", 251) + ".png"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Disposition", c.disposition)
				_, _ = io.WriteString(w, png)
			})
			opened, err := open(t.Context(), s.fetcher("files.example.com"), "https://files.example.com"+c.path+"?"+canary, fetch.Wanted{Name: c.given})
			require.NoError(t, err)
			defer opened.Close()
			assert.Equal(t, c.want, opened.Name)
		})
	}
}

func TestLinksThatMayNotBeFollowed(t *testing.T) {
	t.Parallel()
	s := newSite(t, says(png))
	loopback := fetch.Wanted{Loopback: true}
	all := []string{"files.example.com", "*.cdn.example.com", "127.0.0.1", "localhost", "0x7f.1", "example.com", public}
	for _, c := range []struct {
		name, link string
		wanted     fetch.Wanted
		hosts      []string
		says       string
	}{
		{"no scheme", "files.example.com/secret-path?" + canary, fetch.Wanted{}, all, "https://"},
		{"plain http", "http://files.example.com/secret-path?" + canary, fetch.Wanted{}, all, "https://"},
		{"plain http with a loopback connection", "http://files.example.com/?" + canary, loopback, all, "https://"},
		{"plain http to loopback without such a connection", "http://127.0.0.1/secret-path?" + canary, fetch.Wanted{}, all, "BASE_URL"},
		{"plain http to loopback that is not listed", "http://127.0.0.1/?" + canary, loopback, []string{"files.example.com"}, "WECOM_FETCH_HOSTS"},
		{"B82 file:", "file:///etc/passwd?" + canary, fetch.Wanted{}, all, "https://"},
		{"B82 javascript:", "javascript:alert(1)?" + canary, fetch.Wanted{}, all, "https://"},
		{"B82 data:", "data:image/png;base64,AAAA?" + canary, fetch.Wanted{}, all, "https://"},
		{"B83 user name and password", "https://user:canary@files.example.com/", fetch.Wanted{}, all, "password"},
		{"B83 a host that is not ASCII", "https://例子.中国/?" + canary, fetch.Wanted{}, all, "xn--"},
		{"B83 white space", "https://files.example.com/a b?" + canary, fetch.Wanted{}, all, "white space"},
		{"no host", "https:///secret-path?" + canary, fetch.Wanted{}, all, "host"},
		{"no links at all", signed, fetch.Wanted{}, nil, "WECOM_FETCH_HOSTS"},
		{"another host", "https://files.example.org/?" + canary, fetch.Wanted{}, all, "files.example.org"},
		{"a host below one that is listed by its name", "https://a.files.example.com/?" + canary, fetch.Wanted{}, all, "WECOM_FETCH_HOSTS"},
		{"the host that a pattern is about", "https://cdn.example.com/?" + canary, fetch.Wanted{}, all, "WECOM_FETCH_HOSTS"},
		{"a host that ends like a pattern", "https://evilcdn.example.com/?" + canary, fetch.Wanted{}, all, "WECOM_FETCH_HOSTS"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := open(t.Context(), s.fetcher(c.hosts...), c.link, c.wanted)
			refused(t, err, fault.InvalidInput, c.says)
		})
	}
	assert.Empty(t, s.requests, "nothing was asked for")
	assert.Empty(t, s.dialled)
}

func TestHostsAreFoundWhateverTheirSpelling(t *testing.T) {
	t.Parallel()
	for _, link := range []string{"https://FILES.example.com/", "https://files.example.com./", "https://files.example.com:443/", "https://a.b.example.com/"} {
		f := fetch.New(fetch.Settings{Hosts: []string{"Files.Example.com", "*.b.example.com"}})
		_, refused := f.Link(link, fetch.Wanted{})
		assert.Nil(t, refused, link)
	}
}

func TestCheckHost(t *testing.T) {
	t.Parallel()
	for item, ok := range map[string]bool{
		"files.example.com": true, "*.example.com": true, "localhost": true, "127.0.0.1": true, "::1": true, "xn--fsqu00a.xn--fiqs8s": true, "a_b.example.com": true,
		"*": false, "*.com": false, "*.": false, "a.*.com": false, "*.*.example.com": false, "*.127.0.0.1": false, "https://example.com": false,
		"example.com:443": false, "example.com/path": false, "": false, "a..b": false, "例子.中国": false, "exa mple.com": false, "[::1]": false, "user@example.com": false,
	} {
		assert.Equal(t, ok, fetch.CheckHost(item) == "", item)
	}
}

// B84: whatever a host is called, and however its address is written, nothing but the public internet is dialled.
func TestAddressesThatAreNotPublic(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"127.0.0.1", "127.8.9.10", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "169.254.170.2",
		"100.64.0.1", "100.100.100.200", "100.127.255.255", "168.63.129.16", "192.0.0.192", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.51.100.1",
		"203.0.113.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
		"::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:10.0.0.1",
		"::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "2001:0:7f00:1::", "2001:db8::1", "3fff::1", "100::1", "5f00::1", "fec0::1",
	} {
		t.Run(address, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, says(png))
			s.resolve = func(string) ([]netip.Addr, error) { return []netip.Addr{netip.MustParseAddr(address)}, nil }
			_, err := open(t.Context(), s.fetcher("files.example.com"), signed, fetch.Wanted{})
			e := refused(t, err, fault.InvalidInput, "public address")
			assert.NotContains(t, string(e.JSON()), address, "what a name resolves to is not for callers to know")

			literal := netip.MustParseAddr(address)
			host := address
			if literal.Is6() {
				host = "[" + strings.ReplaceAll(address, "%", "%25") + "]"
			}
			_, err = open(t.Context(), s.fetcher(address, "files.example.com"), "https://"+host+"/secret-path?"+canary, fetch.Wanted{Loopback: true})
			refused(t, err, fault.InvalidInput, "")
			assert.Empty(t, s.dialled)
		})
	}
	t.Run("and public ones beside them are", func(t *testing.T) {
		t.Parallel()
		s := newSite(t, says(png))
		s.resolve = func(string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("2606:4700::1111"), netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("1.1.1.1"), netip.MustParseAddr("::ffff:" + public)}, nil
		}
		opened, err := open(t.Context(), s.fetcher("files.example.com"), signed, fetch.Wanted{})
		require.NoError(t, err)
		defer opened.Close()
		assert.Equal(t, []string{"1.1.1.1:443", public + ":443"}, s.dialled, "IPv4 first, one after the other")
	})
}

// B84: a name service that answers one address when it is checked, and another when it is used, finds no gap between.
func TestRebinding(t *testing.T) {
	t.Parallel()
	s := newSite(t, says(png))
	asked := 0
	s.resolve = func(string) ([]netip.Addr, error) {
		if asked++; asked == 1 {
			return []netip.Addr{netip.MustParseAddr(public)}, nil
		}
		return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
	}
	f := s.fetcher("files.example.com")
	opened, err := open(t.Context(), f, signed, fetch.Wanted{})
	require.NoError(t, err)
	require.NoError(t, opened.Close())
	assert.Equal(t, 1, asked, "what was checked is what is dialled: nothing asks twice")
	_, err = open(t.Context(), f, signed, fetch.Wanted{})
	refused(t, err, fault.InvalidInput, "public address")
	assert.Equal(t, []string{public + ":443"}, s.dialled)
}

func TestRedirects(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, location, says string
	}{
		{"to the metadata service", "https://169.254.169.254/latest/meta-data/", "169.254.169.254"},
		{"to the metadata service by plain http", "http://169.254.169.254/latest/meta-data/", "https://"},
		{"to a listed name at a private address", "https://private.example.com/", "public address"},
		{"to loopback by plain http", "http://127.0.0.1/", "https://"},
		{"to loopback by https", "https://127.0.0.1/", "public address"},
		{"to another host", "https://example.org/" + canary, "example.org"},
		{"with a password", "https://user:canary@files.example.com/", "password"},
		{"to another scheme", "file:///etc/passwd", "https://"},
		{"to nothing that is a URL", "https://[::1/", "not a URL"},
		{"to itself", "/secret-path/chart.png", "without an end"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Location"] = []string{c.location}
				w.WriteHeader(http.StatusFound)
			})
			s.resolve = func(host string) ([]netip.Addr, error) {
				if host == "private.example.com" {
					return []netip.Addr{netip.MustParseAddr("10.0.0.1")}, nil
				}
				return []netip.Addr{netip.MustParseAddr(public)}, nil
			}
			_, err := open(t.Context(), s.fetcher("files.example.com", "private.example.com", "127.0.0.1"), signed, fetch.Wanted{Loopback: true})
			refused(t, err, fault.InvalidInput, c.says)
			for _, address := range s.dialled {
				assert.Equal(t, public+":443", address)
			}
		})
	}
	t.Run("within the list, a few times", func(t *testing.T) {
		t.Parallel()
		s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
			if len(r.URL.Path) < 6 {
				http.Redirect(w, r, "https://cdn.example.com"+r.URL.Path+"x?"+canary, http.StatusTemporaryRedirect)
				return
			}
			_, _ = io.WriteString(w, png)
		})
		opened, err := open(t.Context(), s.fetcher("files.example.com", "cdn.example.com"), "https://files.example.com/?"+canary, fetch.Wanted{})
		require.NoError(t, err)
		defer opened.Close()
		assert.Len(t, s.requests, 6)
		assert.Equal(t, "xxxxx", opened.Name)
		assert.Empty(t, s.requests[1].Header.Get("Referer"))
	})
}

func TestAnswersThatAreNotTheFile(t *testing.T) {
	t.Parallel()
	html := "<!DOCTYPE html><html><body>Log in</body></html>"
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
	}
	declared := func(contentType, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			_, _ = io.WriteString(w, body)
		}
	}
	file := fetch.Wanted{Rules: media.Rules{Type: media.File}}
	for _, c := range []struct {
		name   string
		serve  http.HandlerFunc
		wanted fetch.Wanted
		kind   fault.Kind
		says   string
	}{
		{"a page for an image", declared("text/html", html), fetch.Wanted{}, fault.InvalidInput, "web page"},
		{"a page that says it is an image", declared("image/png", html), fetch.Wanted{}, fault.InvalidInput, "web page"},
		{"a page for a file", declared("text/html; charset=utf-8", html), file, fault.InvalidInput, "web page"},
		{"a page for a file that says it is one", declared("application/pdf", html), file, fault.InvalidInput, "web page"},
		{"B78 a GIF for an image", says("GIF89a and more"), fetch.Wanted{}, fault.InvalidInput, "JPG or PNG"},
		{"B80 5 bytes", says("12345"), file, fault.InvalidInput, "5 bytes"},
		{"nothing", says(""), file, fault.InvalidInput, "0"},
		{"B81 confidential, of another type", says("PK\x03\x04 a zip"), fetch.Wanted{Rules: media.Rules{Type: media.File, Confidential: true}, Name: "a.zip"}, fault.InvalidInput, "onfidential"},
		{"compressed", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = io.WriteString(w, png)
		}, fetch.Wanted{}, fault.InvalidInput, "Content-Encoding"},
		{"status 403", status(403), fetch.Wanted{}, fault.InvalidInput, "403"},
		{"status 404", status(404), fetch.Wanted{}, fault.InvalidInput, "404"},
		{"status 204", status(204), fetch.Wanted{}, fault.InvalidInput, "204"},
		{"status 304", status(304), fetch.Wanted{}, fault.InvalidInput, "304"},
		{"a redirect to nowhere", status(302), fetch.Wanted{}, fault.InvalidInput, "302"},
		{"status 429", status(429), fetch.Wanted{}, fault.Unavailable, "429"},
		{"status 503", status(503), fetch.Wanted{}, fault.Unavailable, "503"},
		{"no answer", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, fetch.Wanted{}, fault.Unavailable, "cannot be reached"},
		{"more than the limit, announced", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "10485761")
			_, _ = io.WriteString(w, png)
		}, fetch.Wanted{}, fault.TooLarge, "10,485,760"},
		{"a body without an end", func(w http.ResponseWriter, _ *http.Request) {
			_, err := io.WriteString(w, png)
			for chunk := make([]byte, 1<<20); err == nil; {
				_, err = w.Write(chunk)
			}
		}, fetch.Wanted{}, fault.TooLarge, "more than the 10,485,760 bytes"},
		{"a length that is too long, at once", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, png)
		}, fetch.Wanted{}, fault.Unavailable, "broke off"},
		{"no length, and broken off", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, png)
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}, fetch.Wanted{}, fault.Unavailable, "broke off"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, c.serve)
			_, err := open(t.Context(), s.fetcher("files.example.com"), signed, c.wanted)
			refused(t, err, c.kind, c.says)
		})
	}
	t.Run("but a page is a file where it is called one", func(t *testing.T) {
		t.Parallel()
		s := newSite(t, declared("text/html", html))
		opened, err := open(t.Context(), s.fetcher("files.example.com"), "https://files.example.com/report.html", file)
		require.NoError(t, err)
		require.NoError(t, opened.Close())
	})
}

func TestALinkThatLiesAboutItsLength(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100000")
		_, _ = io.WriteString(w, png+strings.Repeat("x", 2000))
	})
	opened, err := open(t.Context(), s.fetcher("files.example.com"), signed, fetch.Wanted{})
	require.NoError(t, err, "it begins well")
	_, err = io.Copy(io.Discard, opened)
	refused(t, err, fault.Unavailable, "broke off after 2,017 bytes")
	assert.Equal(t, fault.From(err), opened.Err())
	assert.False(t, opened.Whole())
}

func TestALinkIsHeldToTheDeadline(t *testing.T) {
	t.Parallel()
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	for name, serve := range map[string]http.HandlerFunc{
		"no answer": hang,
		"no body": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "1000")
			w.(http.Flusher).Flush()
			hang(w, r)
		},
		"drop by drop": func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				_, _ = io.WriteString(w, "x")
				w.(http.Flusher).Flush()
				time.Sleep(10 * time.Millisecond)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, serve)
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			started := time.Now()
			_, err := open(ctx, s.fetcher("files.example.com"), signed, fetch.Wanted{})
			assert.Less(t, time.Since(started), 2*time.Second)
			refused(t, err, fault.Unavailable, "in time")
		})
	}
	t.Run("a caller who goes away", func(t *testing.T) {
		t.Parallel()
		s := newSite(t, hang)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, cancel)
		_, err := open(ctx, s.fetcher("files.example.com"), signed, fetch.Wanted{})
		require.ErrorIs(t, err, fault.Canceled)
	})
}

func TestHostsThatCannotBeReached(t *testing.T) {
	t.Parallel()
	s := newSite(t, says(png))
	s.resolve = func(host string) ([]netip.Addr, error) { return nil, &net.DNSError{Name: host, IsNotFound: true} }
	_, err := open(t.Context(), s.fetcher("files.example.com"), signed, fetch.Wanted{})
	refused(t, err, fault.Unavailable, "does not resolve")

	s = newSite(t, says(png))
	s.resolve = func(string) ([]netip.Addr, error) { return []netip.Addr{netip.MustParseAddr("1.1.1.1")}, nil }
	_, err = open(t.Context(), s.fetcher("files.example.com"), signed, fetch.Wanted{})
	refused(t, err, fault.Unavailable, "cannot be reached")

	s = newSite(t, says(png)) // whose certificate is not for this name
	_, err = open(t.Context(), s.fetcher("files.example.org"), "https://files.example.org/secret-path?"+canary, fetch.Wanted{})
	refused(t, err, fault.Unavailable, "certificate")
}

// The emulator's own machine: plain http to loopback, where the connection leads there, too.
func TestLoopback(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(says(png))
	t.Cleanup(server.Close)
	u, err := url.Parse(server.URL)
	require.NoError(t, err)
	for _, host := range []string{"127.0.0.1", "localhost"} {
		link := "http://" + net.JoinHostPort(host, u.Port()) + "/a.png"
		opened, err := open(t.Context(), fetch.New(fetch.Settings{Hosts: []string{host}}), link, fetch.Wanted{Loopback: true})
		require.NoError(t, err)
		require.NoError(t, opened.Close())
	}
	// A name that only looks like this machine is resolved by nobody.
	_, err = open(t.Context(), fetch.New(fetch.Settings{Hosts: []string{"0x7f.1"}}), "http://0x7f.1:"+u.Port()+"/", fetch.Wanted{Loopback: true})
	require.ErrorIs(t, err, fault.InvalidInput)
}
