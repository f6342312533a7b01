package connection

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"strings"
)

// Secret is a value, a file that holds it, or a reference that a Resolver reads. However it is printed, logged or
// marshalled, it shows as [redacted].
type Secret struct {
	// Behind two pointers, because fmt prints what the unexported members of a struct hold without asking their
	// methods: with a wrong verb it follows one pointer, and never a second.
	source **source
}

type source struct {
	value   string
	file    string
	resolve Resolver
	ref     string
}

// Resolver reads a secret by reference from a store, such as a cloud's secret manager.
type Resolver func(ctx context.Context, ref string) (string, error)

const redacted = "[redacted]"

func hide(s source) Secret {
	hidden := &s
	return Secret{&hidden}
}

// Value is a secret given as it is; the empty one is the zero Secret.
func Value(s string) Secret {
	if s == "" {
		return Secret{}
	}
	return hide(source{value: s})
}

// File is a secret in a file; one newline at its end is not part of it.
func File(path string) Secret { return hide(source{file: path}) }

// Reference is a secret that resolve reads when it is needed.
func Reference(resolve Resolver, ref string) Secret {
	return hide(source{resolve: resolve, ref: ref})
}

// IsZero tells that no secret was given.
func (s Secret) IsZero() bool { return s.source == nil }

// Rereadable tells whether reading the secret again can give another value: it was rotated, in its file or store.
func (s Secret) Rereadable() bool {
	return s.source != nil && (*s.source).value == ""
}

// Reveal reads the secret itself. Its errors never hold the value.
func (s Secret) Reveal(ctx context.Context) (string, error) {
	if s.IsZero() {
		return "", errors.New("no secret was given")
	}
	switch from := *s.source; {
	case from.resolve != nil:
		return from.fromStore(ctx)
	case from.value == "":
		return readFile(from.file)
	default:
		return from.value, nil
	}
}

func (s *source) fromStore(ctx context.Context) (string, error) {
	value, err := s.resolve(ctx, s.ref)
	if request, ok := errors.AsType[*url.Error](err); ok {
		err = request.Err // without its URL, which may hold what the store was asked with
	}
	switch {
	case err != nil:
		return "", fmt.Errorf("its store does not give it: %w", err)
	case value == "":
		return "", errors.New("it is empty in its store")
	default:
		return value, nil
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

// String hides the secret.
func (s Secret) String() string { return redacted }

// Format hides it from every verb of fmt.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// MarshalJSON hides it from encoding/json.
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(redacted) }

// LogValue hides it from log/slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }
