package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

var server = target{name: "server", main: "./functions/server", binary: "server", files: imageFiles}

// imageFiles are what an image needs beside the program, and the Dockerfile that makes it: the folder is the whole
// context of the build.
func imageFiles() ([]entry, error) {
	dockerfile, err := os.ReadFile(filepath.FromSlash("functions/server/Dockerfile"))
	if err != nil {
		return nil, fmt.Errorf("%w; run this in the project's folder", err)
	}
	authorities, err := bundle()
	if err != nil {
		return nil, err
	}
	return []entry{
		{name: "Dockerfile", mode: readable, data: dockerfile},
		{name: "etc/ssl/certs/ca-certificates.crt", mode: readable, data: authorities},
	}, nil
}

// bundles are where systems keep the certificates of the authorities that they trust.
var bundles = []string{
	"/etc/ssl/certs/ca-certificates.crt", // Debian, Alpine
	"/etc/pki/tls/certs/ca-bundle.crt",   // Fedora
	"/etc/ssl/ca-bundle.pem",             // openSUSE
	"/etc/ssl/cert.pem",                  // macOS
}

// bundle is this machine's, or the one that SSL_CERT_FILE names, which must hold certificates.
func bundle() ([]byte, error) {
	candidates := bundles
	if chosen := os.Getenv("SSL_CERT_FILE"); chosen != "" {
		candidates = []string{chosen}
	}
	for _, candidate := range candidates {
		data, err := os.ReadFile(candidate)
		switch {
		case errors.Is(err, os.ErrNotExist):
			continue
		case err != nil:
			return nil, err
		case !x509.NewCertPool().AppendCertsFromPEM(data):
			return nil, fmt.Errorf("%s holds no certificate; reinstall the package ca-certificates, or set SSL_CERT_FILE to another bundle", candidate)
		}
		return data, nil
	}
	return nil, fmt.Errorf("there is no %s: the image would trust nobody. Install the package ca-certificates, or set SSL_CERT_FILE "+
		"to a bundle of the authorities to trust", candidates[0])
}
