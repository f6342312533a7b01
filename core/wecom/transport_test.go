package wecom_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/url"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/core/fault"
	"github.com/wecom-functions/wecom-functions/core/wecom"
)

// warm makes a call, so that there are a token and a kept connection.
func warm(t *testing.T, client wecom.Client) {
	t.Helper()
	require.NoError(t, read(t.Context(), client))
}

func TestNoConnection(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		err    error
		detail string
	}{
		{"F13 the name does not resolve", &net.DNSError{Err: "no such host", Name: "qyapi.weixin.qq.com", IsNotFound: true}, "name does not resolve"},
		{"F13 the name server fails", &net.DNSError{Err: "server misbehaving", Name: "qyapi.weixin.qq.com", IsTemporary: true}, "name does not resolve"},
		{"F14 refused", &net.OpError{Op: "dial", Net: "tcp", Err: fmt.Errorf("connection refused")}, "no connection could be made"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			settings := at(t, f.URL)
			dials, failing := 0, true
			transport := settings.Transport.(*http.Transport)
			dial := transport.DialContext
			transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
				if dials++; failing {
					return nil, c.err
				}
				return dial(ctx, network, address)
			}
			app := wecom.NewApp(settings, impatient())
			e := requireFault(t, send(t.Context(), app), fault.Unavailable, "upstream_unavailable")
			assert.Contains(t, e.Detail, c.detail)
			assert.Equal(t, 4, dials)
			failing = false
			assert.NoError(t, send(t.Context(), app))
		})
	}
	for _, hanging := range []string{"F13 the name server hangs", "F14 packets are dropped"} {
		t.Run(hanging, func(t *testing.T) {
			t.Parallel()
			settings := at(t, "http://127.0.0.1:1")
			settings.Transport.(*http.Transport).DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			requireTimeout(t, wecom.NewApp(settings, impatient()), fault.Unavailable)
		})
	}
}

// requireTimeout makes a send with a deadline in 200 ms and requires it to be kept.
func requireTimeout(t *testing.T, client wecom.Client, kind fault.Kind) {
	t.Helper()
	const wait = 200 * time.Millisecond
	ctx, cancel := context.WithTimeout(t.Context(), wait)
	defer cancel()
	started := time.Now()
	err := send(ctx, client)
	late := time.Since(started) - wait
	requireFault(t, err, kind, "timeout")
	assert.Less(t, late, 500*time.Millisecond)
}

func TestTransportLimits(t *testing.T) {
	t.Parallel()
	transport := wecom.NewTransport(nil)
	assert.LessOrEqual(t, transport.TLSHandshakeTimeout, 5*time.Second)
	assert.LessOrEqual(t, transport.ResponseHeaderTimeout, 10*time.Second)
	assert.Equal(t, 64, transport.MaxConnsPerHost)
	assert.Equal(t, 64, transport.MaxIdleConnsPerHost, "a burst finds its connections again")
	assert.Nil(t, transport.Proxy)
	assert.False(t, transport.TLSClientConfig.InsecureSkipVerify)
	assert.GreaterOrEqual(t, transport.TLSClientConfig.MinVersion, uint16(tls.VersionTLS12))
}

// authority signs certificates for tests.
type authority struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
	pool *x509.CertPool
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	a := &authority{key: key, cert: cert, pool: x509.NewCertPool()}
	a.pool.AddCert(cert)
	return a
}

func (a *authority) certificate(t *testing.T, name string, until time.Time) tls.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: until,
	}
	if ip := net.ParseIP(name); ip != nil {
		template.DNSNames, template.IPAddresses = nil, []net.IP{ip}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &a.key.PublicKey, a.key)
	require.NoError(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: a.key}
}

// secured starts a fake behind TLS.
func secured(t *testing.T, config *tls.Config) *fake {
	t.Helper()
	f := unstarted()
	f.TLS = config
	f.EnableHTTP2 = true
	f.StartTLS()
	f.closeAfter(t)
	return f
}

func TestTLS(t *testing.T) {
	t.Parallel()
	ours, theirs := newAuthority(t), newAuthority(t)
	good := ours.certificate(t, "127.0.0.1", time.Now().Add(time.Hour))
	for _, c := range []struct {
		name   string
		config *tls.Config
		detail string
	}{
		{"F15 a certificate of an unknown authority", &tls.Config{Certificates: []tls.Certificate{theirs.certificate(t, "127.0.0.1", time.Now().Add(time.Hour))}}, "not trusted"},
		{"F15 an expired certificate", &tls.Config{Certificates: []tls.Certificate{ours.certificate(t, "127.0.0.1", time.Now().Add(-time.Hour))}}, "expired"},
		{"F15 a certificate for another name", &tls.Config{Certificates: []tls.Certificate{ours.certificate(t, "evil.example", time.Now().Add(time.Hour))}}, "another name"},
		{"F15 nothing newer than TLS 1.0", &tls.Config{Certificates: []tls.Certificate{good}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10}, "handshake"},
		{"F15 a client certificate is demanded, TLS 1.2", &tls.Config{Certificates: []tls.Certificate{good}, ClientAuth: tls.RequireAnyClientCert, MaxVersion: tls.VersionTLS12}, "handshake"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := secured(t, c.config)
			var dials atomic.Int64
			app := wecom.NewApp(trusting(t, f, ours, &dials), impatient())
			for i := range 2 {
				e := requireFault(t, send(t.Context(), app), fault.Unavailable, "tls")
				assert.Contains(t, e.Detail, c.detail)
				assert.EqualValues(t, i+1, dials.Load(), "never repeated by ourselves")
			}
			assert.Empty(t, f.tokenRequests(), "no secret left this process")
		})
	}
	t.Run("F15 plain HTTP where TLS is expected", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		var dials atomic.Int64
		settings := trusting(t, f, ours, &dials)
		settings.BaseURL = strings.Replace(f.URL, "http://", "https://", 1)
		requireFault(t, send(t.Context(), wecom.NewApp(settings, impatient())), fault.Unavailable, "tls")
		assert.EqualValues(t, 1, dials.Load())
	})
	t.Run("F22 a good certificate, and HTTP/1.1 though HTTP/2 is offered", func(t *testing.T) {
		t.Parallel()
		f := secured(t, &tls.Config{Certificates: []tls.Certificate{good}})
		f.alwaysAnswers("message/send", func(w http.ResponseWriter, r *http.Request) {
			assert.Equal(t, 1, r.ProtoMajor)
			success(w, r)
		})
		var dials atomic.Int64
		app := wecom.NewApp(trusting(t, f, ours, &dials), impatient())
		for range 3 {
			assert.NoError(t, send(t.Context(), app))
		}
		assert.EqualValues(t, 1, dials.Load(), "the connection is kept")
	})
	t.Run("F17 a reset after the body, under TLS, is an unknown outcome", func(t *testing.T) {
		t.Parallel()
		f := secured(t, &tls.Config{Certificates: []tls.Certificate{good}})
		f.alwaysAnswers("message/send", resets)
		var dials atomic.Int64
		app := wecom.NewApp(trusting(t, f, ours, &dials), impatient())
		requireFault(t, send(t.Context(), app), fault.OutcomeUnknown, "upstream_unavailable")
		assert.Len(t, f.received(), 1)
	})
	t.Run("F15 a client certificate is demanded after the request was written, TLS 1.3", func(t *testing.T) {
		t.Parallel()
		f := secured(t, &tls.Config{Certificates: []tls.Certificate{good}, ClientAuth: tls.RequireAnyClientCert})
		var dials atomic.Int64
		app := wecom.NewApp(trusting(t, f, ours, &dials), impatient())
		require.ErrorIs(t, send(t.Context(), app), fault.Unavailable, "gettoken is a read")
		bot := trusting(t, f, ours, &dials)
		bot.Key = connection.Value(webhookKey)
		err := send(t.Context(), wecom.NewBot(bot, impatient()))
		// The alert comes before the first byte of the request or after it. After it, it is no proof of anything.
		assert.True(t, errors.Is(err, fault.OutcomeUnknown) || fault.From(err).Reason == "tls", "%v", err)
	})
}

// trusting are the settings for a fake behind TLS, trusting the authority and counting dials.
func trusting(t *testing.T, f *fake, ours *authority, dials *atomic.Int64) connection.Settings {
	t.Helper()
	settings := at(t, f.URL)
	transport := settings.Transport.(*http.Transport)
	transport.TLSClientConfig.RootCAs = ours.pool
	dial := transport.DialContext
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		dials.Add(1)
		return dial(ctx, network, address)
	}
	return settings
}

// listen serves each connection by a function of its number.
func listen(t *testing.T, serve func(n int, conn net.Conn)) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for n := 1; ; n++ {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go serve(n, conn)
		}
	}()
	return listener.Addr().String()
}

func reset(conn net.Conn) {
	_ = conn.(*net.TCPConn).SetLinger(0)
	_ = conn.Close()
}

func TestResetBeforeTheBody(t *testing.T) {
	t.Parallel()
	ours := newAuthority(t)
	f := secured(t, &tls.Config{Certificates: []tls.Certificate{ours.certificate(t, "127.0.0.1", time.Now().Add(time.Hour))}})
	for _, of := range classes {
		t.Run("F16 in the handshake, twice/"+of.name, func(t *testing.T) {
			// A relay that resets the first two connections, before anything could be written.
			relay := listen(t, func(n int, conn net.Conn) {
				if n <= 2 {
					reset(conn)
					return
				}
				to, err := net.Dial("tcp", f.Listener.Addr().String())
				if err != nil {
					return
				}
				go func() { _, _ = io.Copy(to, conn); _ = to.Close() }()
				_, _ = io.Copy(conn, to)
				_ = conn.Close()
			})
			var dials atomic.Int64
			settings := trusting(t, f, ours, &dials)
			settings.BaseURL = "https://" + relay
			before := len(f.received())
			_, err := wecom.Do[*wecom.Empty](t.Context(), wecom.NewApp(settings, impatient()), of.call)
			require.NoError(t, err)
			assert.Len(t, f.received(), before+1)
		})
	}
}

func TestBrokenAnswers(t *testing.T) {
	t.Parallel()
	for name, beginning := range map[string]string{
		"F17 nothing":       "",
		"F18 a status line": "HTTP/1.1 200 OK\r\n",
		"F18 a head":        "HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n",
		"F18 less than Content-Length, whole JSON": "HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n{\"errcode\":0,\"errmsg\":\"ok\"}",
		"F18 a chunk without an end":               "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1b\r\n{\"errcode\":0,\"errmsg\":\"ok\"}\r\n",
		"F18 half of an errcode":                   "HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{\"errcode\":",
		"F18 no HTTP":                              "SSH-2.0-OpenSSH_9.9\r\n",
		"F18 two lengths":                          "HTTP/1.1 200 OK\r\nContent-Length: 13\r\nContent-Length: 14\r\n\r\n{\"errcode\":0}",
		"F18 a head of 1 MB":                       "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 1<<20) + "\r\n\r\n{\"errcode\":0}",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			app := newApp(t, f, impatient())
			warm(t, app)
			before := len(f.received())
			f.answers("message/send", cutsOff(beginning))
			require.ErrorIs(t, send(t.Context(), app), fault.OutcomeUnknown)
			assert.Len(t, f.received(), before+1, "sent once")
			f.answers("department/simplelist", cutsOff(beginning))
			require.NoError(t, read(t.Context(), app), "a read is repeated")
		})
	}
}

// The moment at which a kept connection dies is a race: whatever comes of it, no message is taken twice, and none that
// the caller is told was not sent.
func TestConnectionDiesAtReuse(t *testing.T) {
	t.Parallel()
	for name, die := range map[string]func(http.ResponseWriter, *http.Request){
		"F19 closed right after the answer": func(w http.ResponseWriter, _ *http.Request) {
			hangUp(w, "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{\"errcode\":0}")
		},
		"F19 reset a moment later": func(w http.ResponseWriter, _ *http.Request) {
			conn, _, _ := w.(http.Hijacker).Hijack()
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{\"errcode\":0}")
			time.AfterFunc(100*time.Microsecond, func() { reset(conn) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			app := newApp(t, f, impatient())
			f.alwaysAnswers("appchat/send", die)
			outcomes := map[string]error{}
			for i := range 300 {
				text := fmt.Sprintf("message %d", i)
				_, outcomes[text] = wecom.Do[*wecom.Empty](t.Context(), app, wecom.Call{
					Path: "appchat/send", Body: message{Content: text}, Effect: wecom.Send,
				})
			}
			requireOneEffectEach(t, f, outcomes)
		})
	}
	authority := newAuthority(t)
	behindTLS := secured(t, &tls.Config{Certificates: []tls.Certificate{authority.certificate(t, "127.0.0.1", time.Now().Add(time.Hour))}})
	plain := newFake(t)
	for name, c := range map[string]struct {
		fake *fake
		app  *wecom.App
	}{
		"over TCP": {plain, newApp(t, plain, impatient())},
		// TLS says goodbye when it closes: bytes that are none of the request's.
		"over TLS": {behindTLS, wecom.NewApp(trusting(t, behindTLS, authority, new(atomic.Int64)), impatient())},
	} {
		t.Run("F19 closed before a byte was written: sent again, once, "+name, func(t *testing.T) {
			t.Parallel()
			warm(t, c.app)
			closed := false
			ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
				if info.Reused && !closed {
					closed = true
					_ = info.Conn.Close()
				}
			}})
			trace := &wecom.Trace{}
			require.NoError(t, send(wecom.WithTrace(ctx, trace), c.app))
			assert.True(t, closed)
			assert.Equal(t, 2, trace.Attempts)
			assert.Len(t, c.fake.received(), 1+1)
		})
	}
	t.Run("F19 X1 net/http repeats no removal, though it is a GET", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		app := newApp(t, f, impatient())
		warm(t, app)
		// The kept connection dies after it has taken the request: net/http repeats a GET there, without a word.
		f.alwaysAnswers("user/delete", resets)
		_, err := wecom.Do[*wecom.Empty](t.Context(), app, wecom.Call{
			Path: "user/delete", Query: url.Values{"userid": {"zhangsan"}}, Effect: wecom.Create, // one that may not be repeated
		})
		requireFault(t, err, fault.OutcomeUnknown, "upstream_unavailable")
		assert.Len(t, f.received(), 2)
		assert.Equal(t, "zhangsan", f.received()[1].query.Get("userid"))
		assert.Empty(t, f.received()[1].body)
	})
	t.Run("F19 X1 nor a message", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		app := newApp(t, f, impatient())
		warm(t, app)
		f.alwaysAnswers("message/send", resets)
		requireFault(t, send(t.Context(), app), fault.OutcomeUnknown, "upstream_unavailable")
		assert.Len(t, f.received(), 2)
		for name := range f.received()[1].header {
			assert.NotContains(t, strings.ToLower(name), "idempotency")
		}
	})
}

func requireOneEffectEach(t *testing.T, f *fake, outcomes map[string]error) {
	t.Helper()
	effects := map[string]int{}
	for _, body := range bodiesOf(f.received()) {
		for text := range outcomes {
			if strings.HasSuffix(body, `"`+text+`"}`) {
				effects[text]++
			}
		}
	}
	for text, err := range outcomes {
		switch {
		case err == nil:
			require.Equal(t, 1, effects[text], text)
		case errors.Is(err, fault.Unavailable): // the budget of repeats was spent
			require.Zero(t, effects[text], text)
		default:
			require.ErrorIs(t, err, fault.OutcomeUnknown)
			require.LessOrEqual(t, effects[text], 1, text)
		}
	}
}

func TestSlowAnswers(t *testing.T) {
	t.Parallel()
	drip := func(w http.ResponseWriter, r *http.Request) {
		for _, c := range `{"errcode":0,"errmsg":"ok"}` {
			_, _ = fmt.Fprintf(w, "%c", c)
			_ = http.NewResponseController(w).Flush()
			select {
			case <-time.After(time.Second):
			case <-r.Context().Done():
				return
			}
		}
	}
	for name, slow := range map[string]reply{"F20 no answer": hangs, "F20 a slow body": drip} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			app := newApp(t, f, impatient())
			warm(t, app)
			f.alwaysAnswers("message/send", slow)
			requireTimeout(t, app, fault.OutcomeUnknown)
			f.alwaysAnswers("message/send", nil)
			assert.NoError(t, send(t.Context(), app))
		})
	}
	t.Run("F20 a slow head", func(t *testing.T) {
		t.Parallel()
		address := listen(t, func(_ int, conn net.Conn) {
			defer func() { _ = conn.Close() }()
			_, _ = http.ReadRequest(bufio.NewReader(conn))
			for _, c := range "HTTP/1.1 200 OK\r\n" {
				if _, err := fmt.Fprintf(conn, "%c", c); err != nil {
					return
				}
				time.Sleep(50 * time.Millisecond)
			}
		})
		settings := at(t, "http://"+address)
		settings.Key = connection.Value(webhookKey)
		requireTimeout(t, wecom.NewBot(settings, impatient()), fault.OutcomeUnknown)
	})
	t.Run("F20 no head in time, with time left: an unknown outcome for a message, another try for a read", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		settings := at(t, f.URL)
		settings.Transport.(*http.Transport).ResponseHeaderTimeout = 100 * time.Millisecond
		app := wecom.NewApp(settings, impatient())
		warm(t, app)
		f.answers("message/send", hangs)
		requireFault(t, send(t.Context(), app), fault.OutcomeUnknown, "timeout")
		f.answers("department/simplelist", hangs)
		assert.NoError(t, read(t.Context(), app))
	})
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	elsewhere := newFake(t)
	for _, code := range []int{301, 302, 303, 307, 308} {
		t.Run(fmt.Sprintf("F21 %d", code), func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.alwaysAnswers("message/send", status(code, "", "Location", elsewhere.URL+"/cgi-bin/message/send"))
			f.alwaysAnswers("department/simplelist", status(code, "", "Location", "http://169.254.169.254/latest/meta-data"))
			app := newApp(t, f, impatient())
			requireFault(t, send(t.Context(), app), fault.OutcomeUnknown, "upstream_protocol")
			e := requireFault(t, read(t.Context(), app), fault.Unavailable, "upstream_protocol")
			assert.Contains(t, e.Hint, "BASE_URL")
		})
	}
	t.Cleanup(func() { assert.Empty(t, elsewhere.received()) })
}

const proxyPassword = "canaryPROXY-password-0123456789"

func TestProxy(t *testing.T) {
	t.Parallel()
	through := func(t *testing.T, base, proxy string) connection.Settings {
		t.Helper()
		address := &url.URL{Scheme: "http", Host: proxy, User: url.UserPassword("user", proxyPassword)}
		transport := wecom.NewTransport(http.ProxyURL(address))
		t.Cleanup(transport.CloseIdleConnections)
		settings := at(t, base)
		settings.Transport = transport
		return settings
	}
	for _, code := range []int{403, 407, 502} {
		t.Run(fmt.Sprintf("F23 a proxy that answers CONNECT with %d", code), func(t *testing.T) {
			t.Parallel()
			var connects atomic.Int64
			proxy := listen(t, func(_ int, conn net.Conn) {
				defer func() { _ = conn.Close() }()
				r, err := http.ReadRequest(bufio.NewReader(conn))
				if err != nil {
					return
				}
				connects.Add(1)
				assert.Equal(t, http.MethodConnect, r.Method)
				page := "your password " + proxyPassword + " is wrong"
				_, _ = fmt.Fprintf(conn, "HTTP/1.1 %d %s\r\nContent-Length: %d\r\n\r\n%s", code, proxyPassword, len(page), page)
			})
			e := requireFault(t, send(t.Context(), wecom.NewApp(through(t, "https://qyapi.weixin.qq.com", proxy), impatient())),
				fault.Unavailable, "upstream_unavailable")
			assert.Contains(t, e.Detail, fmt.Sprintf("the proxy answered HTTP status %d", code))
			assertNoSecret(t, e)
			assert.EqualValues(t, 4, connects.Load(), "nothing was sent")
		})
	}
	t.Run("F23 a proxy that answers a plain request with 407", func(t *testing.T) {
		t.Parallel()
		proxy := httptest.NewServer(http.HandlerFunc(status(407, "your password "+proxyPassword+" is wrong")))
		t.Cleanup(proxy.Close)
		e := requireFault(t, send(t.Context(), wecom.NewApp(through(t, "http://wecom.test", proxy.Listener.Addr().String()), impatient())),
			fault.Unavailable, "upstream_unavailable")
		assert.Contains(t, e.Hint, "proxy")
		assertNoSecret(t, e)
	})
	t.Run("a proxy that works is used, with its credentials", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		app := wecom.NewApp(through(t, "http://wecom.test", f.Listener.Addr().String()), impatient())
		require.NoError(t, send(t.Context(), app))
		want := "Basic " + base64.StdEncoding.EncodeToString([]byte("user:"+proxyPassword))
		assert.Equal(t, want, f.received()[0].header.Get("Proxy-Authorization"))
	})
	t.Run("F17 a reset through a tunnel is an unknown outcome", func(t *testing.T) {
		t.Parallel()
		ours := newAuthority(t)
		f := secured(t, &tls.Config{Certificates: []tls.Certificate{ours.certificate(t, "wecom.test", time.Now().Add(time.Hour))}})
		proxy := listen(t, func(_ int, conn net.Conn) {
			if _, err := http.ReadRequest(bufio.NewReader(conn)); err != nil {
				return
			}
			to, err := net.Dial("tcp", f.Listener.Addr().String())
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n")
			go func() { _, _ = io.Copy(to, conn); _ = to.Close() }()
			_, _ = io.Copy(conn, to)
			_ = conn.Close()
		})
		settings := through(t, "https://wecom.test", proxy)
		settings.Transport.(*http.Transport).TLSClientConfig.RootCAs = ours.pool
		app := wecom.NewApp(settings, impatient())
		require.NoError(t, send(t.Context(), app))
		f.answers("message/send", resets)
		requireFault(t, send(t.Context(), app), fault.OutcomeUnknown, "upstream_unavailable")
		assert.Len(t, f.received(), 2)
	})
}

func TestPoolExhausted(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	settings := at(t, f.URL)
	settings.Transport.(*http.Transport).MaxConnsPerHost = 1
	app := wecom.NewApp(settings, impatient())
	warm(t, app)
	f.answers("message/send", hangs)
	ctx, cancel := context.WithCancel(t.Context())
	first := make(chan error, 1)
	go func() { first <- send(ctx, app) }()
	require.Eventually(t, func() bool { return len(f.received()) == 2 }, 5*time.Second, time.Millisecond)
	requireTimeout(t, app, fault.Unavailable)
	assert.Len(t, f.received(), 2, "F24 not sent")
	cancel()
	requireFault(t, <-first, fault.Canceled, "outcome_unknown")
	assert.NoError(t, send(t.Context(), app))
}

func TestCallerGoesAway(t *testing.T) {
	t.Parallel()
	canceled := func(t *testing.T, f *fake, client wecom.Client, call wecom.Call, when int) error {
		t.Helper()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		done := make(chan error, 1)
		go func() {
			_, err := wecom.Do[*wecom.Empty](ctx, client, call)
			done <- err
		}()
		require.Eventually(t, func() bool { return len(f.received()) >= when }, 5*time.Second, time.Millisecond)
		time.Sleep(50 * time.Millisecond) // for the answer, where there is one
		cancel()
		return <-done
	}
	for _, of := range classes {
		t.Run("F55 after the write/"+of.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.alwaysAnswers(of.call.Path, hangs)
			reason := "outcome_unknown"
			if of.call.Effect == wecom.Read {
				reason = "canceled"
			}
			requireFault(t, canceled(t, f, newApp(t, f, impatient()), of.call, 1), fault.Canceled, reason)
			assert.Len(t, f.received(), 1, "not sent again")
		})
	}
	t.Run("F55 before the write", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		app := newApp(t, f, impatient())
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		requireFault(t, send(ctx, app), fault.Canceled, "canceled")
		warm(t, app)
		requireFault(t, send(ctx, app), fault.Canceled, "canceled")
		assert.Len(t, f.received(), 1)
	})
	t.Run("F55 during the back-off", func(t *testing.T) {
		t.Parallel()
		for code, reason := range map[int]string{429: "canceled", 502: "outcome_unknown"} {
			f := newFake(t)
			f.alwaysAnswers("department/update", status(code, "", "Retry-After", "5"))
			started := time.Now()
			requireFault(t, canceled(t, f, newApp(t, f, wecom.Options{}), classes[1].call, 1), fault.Canceled, reason)
			assert.Less(t, time.Since(started), 2*time.Second)
			assert.Len(t, f.received(), 1)
		}
	})
	t.Run("F55 during the repeat of what may have been done", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		f.answers("department/update", resets, hangs)
		requireFault(t, canceled(t, f, newApp(t, f, impatient()), classes[1].call, 2), fault.Canceled, "outcome_unknown")
	})
	t.Run("F55 after an answer that is one", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		ctx, cancel := context.WithCancel(t.Context())
		f.answers("message/send", func(w http.ResponseWriter, r *http.Request) {
			errcode(81013)(w, r)
			cancel()
		})
		err := send(ctx, newApp(t, f, impatient()))
		// The cancellation may overtake the answer.
		assert.True(t, errors.Is(err, fault.NotFound) || errors.Is(err, fault.Canceled), "%v", err)
	})
}

func TestFrozenInstance(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name        string
		jump        time.Duration
		connections int
	}{
		{"F59 an hour between two calls", time.Hour, 2},
		{"F59 four seconds", 4 * time.Second, 2},
		{"F59 two seconds keep the connection", 2 * time.Second, 1},
		{"F59 a wall clock that was put back", -time.Hour, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			jumping := &clock{}
			app := newApp(t, f, wecom.Options{Clock: jumping})
			require.NoError(t, send(t.Context(), app))
			require.NoError(t, send(t.Context(), app))
			require.Equal(t, 1, f.connections())
			jumping.jump(c.jump)
			require.NoError(t, send(t.Context(), app))
			assert.Equal(t, c.connections, f.connections())
			assert.Len(t, f.tokenRequests(), 1)
		})
	}
	t.Run("F59 an instance that was frozen in the middle of a call", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		jumping := &clock{}
		app := newApp(t, f, wecom.Options{Clock: jumping})
		for _, err := range atOnce(2, func() error { return send(t.Context(), app) }) {
			require.NoError(t, err)
		}
		kept := f.connections()
		f.answers("message/send", func(w http.ResponseWriter, r *http.Request) {
			jumping.jump(time.Hour)
			success(w, r)
		})
		require.NoError(t, send(t.Context(), app))
		for _, err := range atOnce(2, func() error { return send(t.Context(), app) }) {
			require.NoError(t, err)
		}
		assert.Greater(t, f.connections(), kept, "what idled through it is not trusted")
	})
	t.Run("F59 another client's first call trusts no connection of a transport that both share", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		jumping := &clock{}
		settings := at(t, f.URL)
		first, second := wecom.NewApp(settings, wecom.Options{Clock: jumping}), wecom.NewApp(settings, wecom.Options{Clock: jumping})
		require.NoError(t, send(t.Context(), first))
		jumping.jump(time.Hour)
		require.NoError(t, send(t.Context(), second))
		assert.Equal(t, 2, f.connections())
	})
	t.Run("F59 an idle timeout of one's own", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		jumping := &clock{}
		app := newApp(t, f, wecom.Options{Clock: jumping, IdleTimeout: 2 * time.Hour})
		require.NoError(t, send(t.Context(), app))
		jumping.jump(time.Hour)
		require.NoError(t, send(t.Context(), app))
		assert.Equal(t, 1, f.connections())
	})
}

func TestConnectionsAreReused(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	app := newApp(t, f, impatient())
	for range 50 {
		for _, err := range atOnce(16, func() error { return send(t.Context(), app) }) {
			require.NoError(t, err)
		}
	}
	assert.LessOrEqual(t, f.connections(), 32, "50 bursts of 16: a connection comes back a moment after its answer")
	t.Run("also after refusals and short answers that are none", func(t *testing.T) {
		f := newFake(t)
		app := newApp(t, f, impatient())
		for _, r := range []reply{errcode(60011), status(404, ""), status(502, htmlPage), says(htmlPage), says("")} {
			f.answers("appchat/send", r)
			_, err := wecom.Do[*wecom.Empty](t.Context(), app, classes[4].call)
			require.Error(t, err)
		}
		assert.Equal(t, 1, f.connections())
	})
}

// Not parallel: it counts the goroutines of the process.
func TestNothingIsLeftBehind(t *testing.T) {
	before := runtime.NumGoroutine()
	f := unstarted()
	f.Start()
	settings := at(t, f.URL)
	app := wecom.NewApp(settings, impatient())
	for _, r := range []reply{success, errcode(-1), errcode(42001), status(502, htmlPage), resets, cutsOff("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"), says(strings.Repeat("x", 2<<20)), hangs} {
		f.answers("message/send", r)
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		_ = send(ctx, app)
		cancel()
	}
	settings.Transport.(*http.Transport).CloseIdleConnections()
	f.CloseClientConnections()
	f.Close()
	for deadline := time.Now().Add(time.Second); runtime.NumGoroutine() > before && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
	}
	assert.LessOrEqual(t, runtime.NumGoroutine(), before, "I7 goroutines before and a second after")
}
