package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"time"
)

// Settings say where files may be fetched from.
type Settings struct {
	// Hosts lists the hosts: names, or *.example.com for all that are below one. Empty: no link is followed.
	Hosts []string
	// Resolve finds the addresses of a host; nil for the system's name service.
	Resolve func(ctx context.Context, host string) ([]netip.Addr, error)
	// Dial connects to an address that was checked; nil for the network's.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// RootCAs are the authorities to trust; nil for the system's.
	RootCAs *x509.CertPool
	// UserAgent names this program to the hosts.
	UserAgent string
}

// The limits of connections to hosts, beside the deadline of the call.
const (
	dialTimeout      = 3 * time.Second
	handshakeTimeout = 5 * time.Second
	headerTimeout    = 10 * time.Second
	maxHeader        = 64 << 10
	maxRedirects     = 5
)

// Fetcher follows links. It is safe for concurrent use, and keeps no connection when a file was read.
type Fetcher struct {
	hosts     []string
	userAgent string
	// public and loopback are apart so that neither can lead to where the other may go.
	public, loopback http.RoundTripper
}

// New makes a Fetcher. It does nothing that can wait.
func New(settings Settings) *Fetcher {
	if settings.Resolve == nil {
		settings.Resolve = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	if settings.Dial == nil {
		settings.Dial = (&net.Dialer{Timeout: dialTimeout}).DialContext
	}
	return &Fetcher{
		hosts: settings.Hosts, userAgent: settings.UserAgent,
		public: transport(settings, isPublic), loopback: transport(settings, isLoopback),
	}
}

// transport makes a transport that connects to allowed addresses alone.
func transport(settings Settings, allowed func(netip.Addr) bool) *http.Transport {
	d := dialer{settings, allowed}
	return &http.Transport{
		Proxy:                  nil, // it would resolve the name again, and nobody would check the address
		DialContext:            d.dial,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: settings.RootCAs},
		TLSHandshakeTimeout:    handshakeTimeout,
		ResponseHeaderTimeout:  headerTimeout,
		MaxResponseHeaderBytes: maxHeader,
		DisableKeepAlives:      true, // an instance may be frozen after the call
		DisableCompression:     true, // the bytes are counted as they are
	}
}

// dialer resolves names itself and connects to addresses that it has checked.
type dialer struct {
	settings Settings
	allowed  func(netip.Addr) bool
}

// errAddress is a host that leads to no address that may be fetched from. Which one it was is not for callers to know.
var errAddress = errors.New("not an address that files are fetched from")

func (d dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	addresses, err := d.resolve(ctx, host)
	if err != nil {
		return nil, err
	}
	failed := errAddress
	for _, four := range []bool{true, false} { // IPv6 comes last: functions often have no way out by it
		for _, one := range addresses {
			if one.Unmap().Is4() != four || !d.allowed(one) {
				continue
			}
			conn, err := d.settings.Dial(ctx, network, net.JoinHostPort(one.Unmap().String(), port))
			if err == nil {
				return conn, nil
			}
			failed = err
		}
	}
	return nil, failed
}

func (d dialer) resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	if literal, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{literal}, nil
	}
	return d.settings.Resolve(ctx, host)
}

// get makes one request. It has nothing of the caller's but the link.
func (f *Fetcher) get(ctx context.Context, to *url.URL) (*http.Response, error) {
	request := (&http.Request{
		Method: http.MethodGet, URL: to, Host: to.Host, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"User-Agent": {f.userAgent}, "Accept": {"*/*"}, "Accept-Encoding": {"identity"}},
	}).WithContext(ctx)
	through := f.public
	if to.Scheme == "http" {
		through = f.loopback
	}
	return through.RoundTrip(request)
}
