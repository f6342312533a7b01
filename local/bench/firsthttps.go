package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/wecom-functions/wecom-functions/local/bench/fakewecom"
)

// measureFirstHTTPS looks what an instance has used when its first message was sent over TLS: our function, which finds
// the machine's bundle of authorities by itself, against one that posts without a token and is told to load the same.
func measureFirstHTTPS(h *harness) ([]line, error) {
	fake, err := fakewecom.Start()
	if err != nil {
		return nil, err
	}
	defer fake.Close()
	secure, err := h.serveSecurely(fake)
	if err != nil {
		return nil, err
	}
	defer secure.close()
	ours := lambdaOurs
	ours.name, ours.ldflags = "lambda-https", "-X "+modulePath+"/adapters/env.bundles="+secure.bundle
	environment := append(connectionTo(secure.url), "FLOOR_URL="+floorURL(secure.url, fake.IssueToken()))
	oneFile := append([]string{"SSL_CERT_FILE=" + secure.bundle, "SSL_CERT_DIR=" + os.DevNull}, environment...)

	rounds := pick(h, 101, 5)
	our, base, err := h.alternate(rounds, ours, lambdaPost, func(p program) (spent, error) {
		if p == lambdaPost {
			return h.spentOnFirstSend(p, oneFile)
		}
		return h.spentOnFirstSend(p, environment)
	})
	if err != nil {
		return nil, err
	}
	both, _, err := h.alternate(rounds/4, lambdaPost, lambdaPost, func(p program) (spent, error) {
		return h.spentOnFirstSend(p, append([]string{"SSL_CERT_FILE=" + secure.bundle}, environment...))
	})
	if err != nil {
		return nil, err
	}
	cpu := medianRatio(our, base, cpuSpent)
	return []line{{
		what: "Lambda: first HTTPS send of a cold instance, CPU, against that function with one bundle file of roots",
		bar:  "<= 1.15", grade: atMost("", 1.15, 1.15, cpu, "").grade,
		measured: fmt.Sprintf("%.2f (%.1f against %.1f ms; %.1f with Go's own loading of roots)", cpu,
			median(each(our, cpuSpent))/1e6, median(each(base, cpuSpent))/1e6, median(each(both, cpuSpent))/1e6),
	}}, nil
}

func (h *harness) spentOnFirstSend(p program, environment []string) (spent, error) {
	i, err := h.startInstance(p, environment, h.one())
	if err != nil {
		return spent{}, err
	}
	defer i.close()
	if err := i.invoke(textEvent(sampleText)); err != nil {
		return spent{}, err
	}
	return i.spent()
}

// secureFront takes TLS connections for a fake WeCom.
type secureFront struct {
	url    string
	bundle string // the machine's authorities, and the one that the front's certificate is from
	server *http.Server
}

func (s *secureFront) close() { s.server.Close() }

func (h *harness) serveSecurely(fake *fakewecom.Fake) (*secureFront, error) {
	machines, err := machineBundle()
	if err != nil {
		return nil, err
	}
	root, certificate, err := issue()
	if err != nil {
		return nil, err
	}
	bundle := filepath.Join(h.dir, "bundle.pem")
	if err := os.WriteFile(bundle, append(machines, root...), 0o600); err != nil {
		return nil, err
	}
	// HTTP/1.1 is what WeCom is spoken to in; the floor would take HTTP/2 if it were offered.
	config := &tls.Config{Certificates: []tls.Certificate{certificate}, NextProtos: []string{"http/1.1"}}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", config)
	if err != nil {
		return nil, err
	}
	behind, err := url.Parse(fake.URL())
	if err != nil {
		return nil, err
	}
	server := &http.Server{Handler: httputil.NewSingleHostReverseProxy(behind), ErrorLog: log.New(io.Discard, "", 0)}
	go server.Serve(listener)
	return &secureFront{"https://" + listener.Addr().String(), bundle, server}, nil
}

// machineBundle is a bundle of realistic size.
func machineBundle() ([]byte, error) {
	for _, path := range []string{"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"} {
		if content, err := os.ReadFile(path); err == nil {
			return content, nil
		}
	}
	return nil, errors.New("this machine has no bundle of certificates; install ca-certificates")
}

// issue makes an authority, and the certificate of a server on loopback that is from it.
func issue() (root []byte, server tls.Certificate, err error) {
	rootKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, server, err
	}
	serverKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, server, err
	}
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "bench"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}
	rootDER, err := x509.CreateCertificate(rand.Reader, authority, authority, &rootKey.PublicKey, rootKey)
	if err != nil {
		return nil, server, err
	}
	leaf := *authority
	leaf.SerialNumber, leaf.Subject, leaf.IsCA = big.NewInt(2), pkix.Name{CommonName: "wecom"}, false
	leaf.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
	leafDER, err := x509.CreateCertificate(rand.Reader, &leaf, authority, &serverKey.PublicKey, rootKey)
	if err != nil {
		return nil, server, err
	}
	root = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: rootDER})
	return root, tls.Certificate{Certificate: [][]byte{leafDER}, PrivateKey: serverKey}, nil
}
