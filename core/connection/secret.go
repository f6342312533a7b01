package connection

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"
)

// Secret is a value, a file that holds it, or a reference that a Resolver reads. However it is printed, logged or
// marshalled, it shows as [redacted].
type Secret struct {
	value    string
	file     string
	resolve  Resolver
	resolved string // the reference without its scheme
}

// Resolver reads a secret by reference from a store, such as a cloud's secret manager.
type Resolver func(ctx context.Context, ref string) (string, error)

const redacted = "[redacted]"

// Value is a secret given as it is.
func Value(s string) Secret { return Secret{value: s} }

// File is a secret in a file; one newline at its end is not part of it.
func File(path string) Secret { return Secret{file: path} }

// Reference is a secret that resolve reads at the first use.
func Reference(resolve Resolver, ref string) Secret { return Secret{resolve: resolve, resolved: ref} }

// IsZero tells that no secret was given.
func (s Secret) IsZero() bool { return s.value == "" && s.file == "" && s.resolve == nil }

// Rereadable tells whether reading the secret again can give another value: it was rotated, in its file or store.
func (s Secret) Rereadable() bool { return s.file != "" || s.resolve != nil }

// Reveal reads the secret itself. Its errors never hold the value.
func (s Secret) Reveal(ctx context.Context) (string, error) {
	switch {
	case s.resolve != nil:
		value, err := s.resolve(ctx, s.resolved)
		if err == nil && value == "" {
			err = errors.New("the secret is empty in its store")
		}
		return value, err
	case s.file != "":
		return readFile(s.file)
	default:
		return s.value, nil
	}
}

func readFile(path string) (string, error) {
	data, err := os.ReadFile(path)
	if cause, ok := errors.AsType[*fs.PathError](err); ok {
		return "", fmt.Errorf("the file cannot be read: %w", cause.Err)
	}
	if err != nil {
		return "", errors.New("the file cannot be read")
	}
	value := strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
	if value == "" {
		return "", errors.New("the file is empty")
	}
	return value, nil
}

// String hides the secret from every %v and %s.
func (s Secret) String() string { return redacted }

// GoString hides it from %#v.
func (s Secret) GoString() string { return redacted }

// MarshalJSON hides it from encoding/json.
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(redacted) }

// LogValue hides it from log/slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }
