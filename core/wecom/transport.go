package wecom

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"
)

// The limits of outgoing connections.
const (
	dialTimeout           = 3 * time.Second
	handshakeTimeout      = 5 * time.Second
	responseHeaderTimeout = 10 * time.Second
	idleConnTimeout       = 90 * time.Second
	maxConnsPerHost       = 64
	maxHeader             = 256 << 10 // WeCom repeats its errmsg in a header
)

// NewTransport makes a transport for calls to WeCom: HTTP/1.1, as many idle connections kept as may be open, so that a
// burst reuses them, and no switch to skip the verification of certificates. proxy may be nil. The roots are those of
// SSL_CERT_FILE and SSL_CERT_DIR or of the system, loaded at the first handshake.
func NewTransport(proxy func(*http.Request) (*url.URL, error)) *http.Transport {
	dialer := &net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy: proxy,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return &countingConn{Conn: conn}, nil
		},
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:   handshakeTimeout,
		ResponseHeaderTimeout: responseHeaderTimeout,
		IdleConnTimeout:       idleConnTimeout,
		MaxConnsPerHost:       maxConnsPerHost,
		MaxIdleConnsPerHost:   maxConnsPerHost,

		MaxResponseHeaderBytes: maxHeader,
		OnProxyConnectResponse: refusedByProxy,
	}
}

// proxyRefusal is the HTTP status of a proxy that gives no connection.
type proxyRefusal int

func (p proxyRefusal) Error() string { return "the proxy answered HTTP status " + strconv.Itoa(int(p)) }

func refusedByProxy(_ context.Context, _ *url.URL, _ *http.Request, answer *http.Response) error {
	if answer.StatusCode != http.StatusOK {
		return proxyRefusal(answer.StatusCode)
	}
	return nil
}

// countingConn counts the bytes that were handed to the network, to tell a request of which nothing was written from
// one that may have arrived.
type countingConn struct {
	net.Conn
	written atomic.Int64
}

func (c *countingConn) Write(p []byte) (int, error) {
	// Counted before they go, so that whoever looks while the write is under way sees too many and never too few.
	c.written.Add(int64(len(p)))
	n, err := c.Conn.Write(p)
	c.written.Add(int64(n - len(p)))
	return n, err
}

// watch tells whether a request was written, at least in part. It is for one RoundTrip.
type watch struct {
	trace httptrace.ClientTrace
	got   bool // a connection was chosen for the request
	conn  *countingConn
	start int64 // what had been written on it before, and may be written beside a request
}

// maxAlert is what TLS writes by itself to say that it closes a connection: one record of an alert. A request is longer,
// and a server cannot read a part of a record.
const maxAlert = 64

// observe makes the watch see the request under the context. net/http reports a connection before it writes to it,
// in the goroutine of RoundTrip.
func (w *watch) observe(ctx context.Context) context.Context {
	w.trace.GotConn = w.gotConn
	return httptrace.WithClientTrace(ctx, &w.trace)
}

func (w *watch) gotConn(info httptrace.GotConnInfo) {
	conn := info.Conn
	beside := int64(0)
	for {
		secured, ok := conn.(*tls.Conn)
		if !ok {
			break
		}
		conn = secured.NetConn()
		beside += maxAlert
	}
	w.got = true
	if w.conn, _ = conn.(*countingConn); w.conn != nil {
		w.start = w.conn.written.Load() + beside
	}
}

// written tells whether a byte of the request may have left, after RoundTrip failed with err. Where that cannot be
// known, it may.
func (w *watch) written(transport http.RoundTripper, err error) bool {
	switch _, known := transport.(*http.Transport); {
	case w.conn != nil:
		return w.conn.written.Load() > w.start
	case w.got:
		return true
	case known:
		return false // net/http never chose a connection
	default:
		return !isDial(err) && !isCertificate(err)
	}
}
